"""The gate before every route: limits of load, time, size and media type.

BentoML answers an invalid body with 400; the gate turns that into 422 or 413 and a `Refusal`. No model is called and
no body is understood here.
"""

import asyncio
import json

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from music_platform.serving.api.refusals import busy, problems, refusal, refusal_of
from music_platform.serving.wire.bodies import MAX_BYTES, TOO_LARGE

MAX_BUSY = 128
"""Concurrent requests. Above them the service answers 503 with Retry-After."""
MAX_SECONDS = 10.0
"""Time to answer a request. After it the service answers 503 with Retry-After."""
PROBES = frozenset({"/livez", "/readyz", "/metrics"})
"""Routes that are answered whatever the load."""
_INVALID = 400
_DRAINED = 8 * MAX_BYTES
_JSON = "application/json"
_PLAIN = "identity"


class Gate:
    """ASGI middleware that refuses requests beyond the limits on every route but the probes.

    Args:
        app: the app behind the gate.
        routes: paths whose body is checked for type and size before it is parsed, and whose refusals by BentoML are
            rewritten.
        seconds: time to answer a request.
    """

    def __init__(self, app: ASGIApp, routes: frozenset[str], seconds: float = MAX_SECONDS) -> None:
        self.app = app
        self.routes = routes
        self._seconds = seconds
        self._busy = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self.app(scope, receive, send)
            return
        answer = await self._limited(scope, receive, send)
        if answer is not None:
            await answer(scope, receive, send)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> JSONResponse | None:
        """Let the app answer within the limits. A refusal is returned instead of sent."""
        if self._busy >= MAX_BUSY:
            return busy(f"The service answers {MAX_BUSY} requests at a time and has more now; retry after a second")
        self._busy += 1
        held = _Held(send)
        try:
            async with asyncio.timeout(self._seconds):
                encoding = Headers(scope=scope).get("content-encoding", _PLAIN).strip().lower()
                if encoding not in (_PLAIN, ""):
                    message = (
                        f"The body should not be compressed; send plain JSON, without Content-Encoding: {encoding}"
                    )
                    return refusal(415, ["header", "content-encoding"], message, "content_encoding")
                if scope["method"] == "POST" and scope["path"] in self.routes:
                    return await self._checked(scope, receive, held)
                await self.app(scope, receive, send)
                return None
        except TimeoutError:
            if held.status:
                raise
            return busy(f"No answer within {self._seconds:g} seconds; retry after a second", kind="timeout")
        finally:
            self._busy -= 1

    async def _checked(self, scope: Scope, receive: Receive, held: "_Held") -> JSONResponse | None:
        """Let the app answer a body of the right type and size. A refusal is returned instead of sent."""
        media_type = Headers(scope=scope).get("content-type", _JSON).split(";")[0].strip().lower()
        if media_type != _JSON:
            return refusal(422, ["header", "content-type"], f"Content-Type should be {_JSON}", "content_type")
        body = await _read(receive)
        if body is None:
            return refusal(413, ["body"], f"The body should hold at most {MAX_BYTES} bytes", TOO_LARGE)
        await self.app(scope, _replay(body, receive), held)
        if held.status != _INVALID:
            return None
        errors = json.loads(held.body).get("detail", ())
        if isinstance(errors, str):  # FastAPI could not even decode the body
            return refusal(422, ["body"], "The body should be JSON in UTF-8", "json_invalid")
        detail = problems(errors)
        return refusal_of(413 if any(problem["type"] == TOO_LARGE for problem in detail) else 422, detail)


class _Held:
    """Sends an answer on, except one that says the input was invalid: that one is kept."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.status = 0
        self.body = b""

    async def __call__(self, message: Message) -> None:
        """Take one message of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        if self.status != _INVALID:
            await self.send(message)
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None if it is larger than any valid one.

    A client that still sends when it is refused may lose the answer with the connection. So the gate receives more of
    a body that is too large, up to a limit, and drops it.
    """
    body, received = bytearray(), 0
    while received <= _DRAINED:
        message = await receive()
        part = message.get("body", b"")
        received += len(part)
        if received <= MAX_BYTES:
            body += part
        if not message.get("more_body", False):
            return bytes(body) if received <= MAX_BYTES else None
    return None


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed
