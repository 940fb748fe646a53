"""Around every HTTP request: a trace id, limits of load, size and type, refusals in one form.

BentoML answers an invalid body with 400; here it becomes 422 or 413 and the `Refusal` of `answers`. No
model is called and no body is understood here.
"""

import json
import uuid
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from music_platform.serving.contracts import MAX_BYTES, TOO_LARGE, VARIANTS

TRACE: ContextVar[str] = ContextVar("trace", default="")
"""Trace id of the request that is being answered."""
MAX_BUSY = 128
"""Inference requests at a time; one more is told to come back later."""
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


class Gate:
    """ASGI middleware for the routes named: sheds load, checks type and size, rewrites BentoML's refusals.

    Every answer, whatever its route, gets the header `X-Trace-Id`.
    """

    def __init__(self, app: ASGIApp, routes: frozenset[str]) -> None:
        self.app = app
        self.routes = routes
        self._busy = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        trace = new_trace()
        TRACE.set(trace)
        traced = _with_header(send, trace)
        if scope["method"] != "POST" or scope["path"] not in self.routes:
            await self.app(scope, receive, traced)
            return
        answer = await self._limited(scope, receive, traced)
        if answer is not None:
            await answer(scope, receive, traced)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> JSONResponse | None:
        if self._busy >= MAX_BUSY:
            busy = refusal(503, ["service"], f"More than {MAX_BUSY} requests at a time", "busy")
            busy.headers["Retry-After"] = "1"
            return busy
        self._busy += 1
        try:
            return await self._checked(scope, receive, send)
        finally:
            self._busy -= 1

    async def _checked(self, scope: Scope, receive: Receive, send: Send) -> JSONResponse | None:
        """Let the app answer; what it, or the checks before it, refuse is returned instead of sent."""
        media_type = Headers(scope=scope).get("content-type", _JSON).split(";")[0].strip().lower()
        if media_type != _JSON:
            return refusal(422, ["header", "content-type"], f"Content-Type should be {_JSON}", "content_type")
        body = await _read(receive)
        if body is None:
            return refusal(413, ["body"], f"The body should hold at most {MAX_BYTES} bytes", TOO_LARGE)
        held = _Held(send)
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


def _with_header(send: Send, trace: str) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["X-Trace-Id"] = trace
        await send(message)

    return wrapped


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
