"""The outermost middleware: it checks the key, gives every request a trace id, logs it and counts it.

Limits of load and size are in `gate`. Logs and metrics hold routes only, never a path or anything else that a client
sent.
"""

import hmac
import logging
import time
from base64 import b64decode
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from music_platform.serving.api.refusals import refusal
from music_platform.serving.api.trace import TRACE, new_trace
from music_platform.serving.language import LANGUAGE, preferred, said
from music_platform.serving.metrics import metrics

_OPEN = frozenset({"/livez", "/readyz"})
"""The probes of an orchestrator: they need no key and are not logged."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_log = logging.getLogger(__name__)


class Access:
    """ASGI middleware around all others.

    Args:
        app: the app that answers.
        routes: first parts of the app's paths, as `/playlists`.
        key: the key that clients have to send; none is needed if empty. Programs send `Authorization: Bearer KEY`.
            Browsers ask their user once and send it as the password of `Basic`, also to open a WebSocket.
    """

    def __init__(self, app: ASGIApp, routes: frozenset[str], key: str = "") -> None:
        self.app = app
        self._routes = routes
        self._key = key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a client that has the key; refuse any other."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        trace = new_trace()
        TRACE.set(trace)
        language = preferred(Headers(scope=scope).get("accept-language", ""))
        LANGUAGE.set(language)
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Trace-Id"] = trace
                headers.setdefault("Content-Language", language)
                headers.add_vary_header("Accept-Language")
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            if self._has_key(scope) or scope["path"] in _OPEN or scope["method"] == "OPTIONS":
                await self.app(scope, receive, traced)
            else:
                await _keyless()(scope, receive, traced)
        finally:
            self._count(scope, status, time.perf_counter() - began)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open a WebSocket, but not for a page of another site, whose user's browser would send the key with it."""
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if self._has_key(scope) and (origin is None or origin.split("://")[-1] == headers.get("host")):
            await self.app(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    def _has_key(self, scope: Scope) -> bool:
        """Whether the client sent the key. The comparison takes the same time whatever was sent."""
        return not self._key or hmac.compare_digest(_secret(Headers(scope=scope)), self._key)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = "/" + scope["path"].split("/")[1]
        if route in _OPEN:
            return
        route = route if route in self._routes else "other"
        metrics().request(route, status, seconds)
        extra = {"method": scope["method"], "route": route, "status": status, "ms": round(seconds * 1000, 2)}
        _log.info("%s %s %d, %.1f ms", *extra.values(), extra=extra)


def _keyless() -> JSONResponse:
    answer = refusal(401, ["header", "authorization"], said("The service needs its key in this header"), "unauthorized")
    answer.headers["WWW-Authenticate"] = 'Basic realm="music_platform", charset="UTF-8"'
    return answer


def _secret(headers: Headers) -> bytes:
    """The key that a client sent."""
    kind, _, given = headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        with suppress(ValueError):
            return b64decode(given, validate=True).partition(b":")[2]
        return b""
    return given.encode("latin-1", "replace") if kind.lower() == "bearer" else b""
