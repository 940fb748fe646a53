"""Around every HTTP request: limits of load, time, size and type, refusals in one form.

BentoML answers an invalid body with 400; here it becomes 422 or 413 and the `Refusal` of `answers`. No
model is called and no body is understood here.
"""

import asyncio
import json
import uuid
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from music_platform.serving.wire.requests import MAX_BYTES, TOO_LARGE, VARIANTS

TRACE: ContextVar[str] = ContextVar("trace", default="")
"""Trace id of the request that is being answered."""
MAX_BUSY = 128
"""Requests at a time; one more is told to come back later."""
MAX_SECONDS = 10.0
"""Time to answer a request; then it is told to come back later."""
PROBES = frozenset({"/livez", "/readyz", "/metrics"})
"""Routes that are answered however much there is to do."""
_INVALID = 400
_DRAINED = 8 * MAX_BYTES
_JSON = "application/json"


def new_trace() -> str:
    """A trace id that nothing had before."""
    return uuid.uuid4().hex


def problems(errors: Iterable[Any]) -> list[dict[str, Any]]:
    """Pydantic's errors as problems: the path begins with `body` and names no alternative of a body.

    Args:
        errors: dictionaries with `loc`, `msg` and `type`.
    """
    return [
        {
            "loc": ["body", *(part for part in error["loc"] if part not in VARIANTS)],
            "msg": error["msg"],
            "type": error["type"],
        }
        for error in errors
    ]


def invalid(errors: Iterable[Any]) -> JSONResponse:
    """The answer to a request whose path or query is invalid, from pydantic's errors with whole paths."""
    return _refuse(422, [{part: error[part] for part in ("loc", "msg", "type")} for error in errors])


def refusal(status: int, where: list[str], message: str, kind: str) -> JSONResponse:
    """The answer that says what one thing is wrong: a `answers.Refusal` with this request's trace id."""
    return _refuse(status, [{"loc": where, "msg": message, "type": kind}])


def _refuse(status: int, detail: list[dict[str, Any]]) -> JSONResponse:
    return JSONResponse({"detail": detail, "trace_id": TRACE.get()}, status)


def _later(message: str, kind: str) -> JSONResponse:
    later = refusal(503, ["service"], message, kind)
    later.headers["Retry-After"] = "1"
    return later


class Gate:
    """ASGI middleware: sheds load on every route but the probes.

    On the routes named it checks type and size before anybody parses a body, and rewrites BentoML's refusals.
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
        """Let the app answer; what refuses the request is returned instead of sent."""
        if self._busy >= MAX_BUSY:
            return _later(f"More than {MAX_BUSY} requests at a time", "busy")
        self._busy += 1
        held = _Held(send)
        try:
            async with asyncio.timeout(self._seconds):
                if scope["method"] == "POST" and scope["path"] in self.routes:
                    return await self._checked(scope, receive, held)
                await self.app(scope, receive, send)
                return None
        except TimeoutError:
            if held.status:
                raise
            return _later(f"No answer within {self._seconds:g} seconds", "timeout")
        finally:
            self._busy -= 1

    async def _checked(self, scope: Scope, receive: Receive, held: "_Held") -> JSONResponse | None:
        """As `_limited`, checked before and after."""
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
        return _refuse(413 if any(problem["type"] == TOO_LARGE for problem in detail) else 422, detail)


class _Held:
    """Sends an answer on, unless it says that the input was invalid: that one is kept."""

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
    """The whole body; None when it is larger than any valid one.

    A client that still sends when it is refused may lose the answer with the connection, so of a body that is
    too large a bounded rest is received too, and forgotten.
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
