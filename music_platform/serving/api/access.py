"""Around everything the service is asked: who may, under which trace id, how it is told to logs and metrics.

Load and sizes are in `middleware`. What a client sent, paths included, is neither logged nor counted: only routes are.
"""

import hmac
import logging
import time
from base64 import b64decode
from contextlib import suppress
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from music_platform.serving.api.metrics import metrics
from music_platform.serving.api.middleware import TRACE, new_trace, refusal

_OPEN = frozenset({"/livez", "/readyz"})
"""Routes that need no key and are not logged: those that tell an orchestrator whether the service lives."""
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
        app: what is asked.
        routes: first parts of the paths that it knows, as `/playlists`.
        key: what a client has to know; none asked for if empty. Programs send `Authorization: Bearer KEY`, browsers ask
            their user once and send it as the password of `Basic`, also to open a WebSocket.
    """

    def __init__(self, app: ASGIApp, routes: frozenset[str], key: str = "") -> None:
        self.app = app
        self._routes = routes
        self._key = key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, unless the client may not ask."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        trace = new_trace()
        TRACE.set(trace)
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Trace-Id"] = trace
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            if self._may(scope) or scope["path"] in _OPEN or scope["method"] == "OPTIONS":
                await self.app(scope, receive, told)
            else:
                await self._refused()(scope, receive, told)
        finally:
            self._tell(scope, status, time.perf_counter() - began)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A page of another site could open one with the key its user's browser knows: it may not."""
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if self._may(scope) and (origin is None or origin.split("://")[-1] == headers.get("host")):
            await self.app(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    def _may(self, scope: Scope) -> bool:
        """Whether the client knows the key; the time it takes to compare tells nothing of it."""
        return not self._key or hmac.compare_digest(_secret(Headers(scope=scope)), self._key)

    def _refused(self) -> Any:
        refused = refusal(401, ["header", "authorization"], "The service asks for its key", "unauthorized")
        refused.headers["WWW-Authenticate"] = 'Basic realm="music_platform", charset="UTF-8"'
        return refused

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = "/" + scope["path"].split("/")[1]
        if route in _OPEN:
            return
        route = route if route in self._routes else "other"
        metrics().request(route, status, seconds)
        extra = {"method": scope["method"], "route": route, "status": status, "ms": round(seconds * 1000, 2)}
        _log.info("%s %s %d, %.1f ms", *extra.values(), extra=extra)


def _secret(headers: Headers) -> bytes:
    """What a client sent as the key."""
    kind, _, given = headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        with suppress(ValueError):
            return b64decode(given, validate=True).partition(b":")[2]
        return b""
    return given.encode("latin-1", "replace") if kind.lower() == "bearer" else b""
