"""Every answer that refuses a request: a `wire.answers.Refusal` with status, path and trace id.

`refused` turns the exceptions of models, catalogue and sessions into such answers: put a new one there.
"""

from collections.abc import Iterable
from typing import Any

from starlette.responses import JSONResponse

from music_platform.serving.api.trace import TRACE
from music_platform.serving.assistant.playlist_store import ConflictError, UnknownSessionError
from music_platform.serving.engine import NoCatalogueError, NoModelError
from music_platform.serving.language import problem, said
from music_platform.serving.tracks.store import UnknownTrackError
from music_platform.serving.wire.answers import Refusal
from music_platform.serving.wire.bodies import FORMS

DOCUMENTED: dict[int | str, dict[str, Any]] = {
    404: {"model": Refusal, "description": "Unknown track, session or route, or no model for the task"},
    413: {"model": Refusal, "description": "Too many items or characters"},
    415: {"model": Refusal, "description": "A compressed body"},
    422: {"model": Refusal, "description": "Invalid input"},
    503: {"model": Refusal, "description": "Too many requests at a time; the header Retry-After says when to retry"},
}
"""Status -> how the documentation of a route describes the refusal."""
REFUSED = (NoModelError, NoCatalogueError, UnknownTrackError, UnknownSessionError, ConflictError)
"""The exceptions that `refused` knows."""


def problems(errors: Iterable[Any]) -> list[dict[str, Any]]:
    """Pydantic's errors of a body as problems: the path begins with `body` and names no form of the body.

    Args:
        errors: dictionaries with `loc`, `msg` and `type`.
    """
    return [
        {
            "loc": ["body", *(part for part in error["loc"] if part not in FORMS)],
            "msg": problem(error),
            "type": error["type"],
        }
        for error in errors
    ]


def refusal(status: int, where: list[str | int], message: str, kind: str) -> JSONResponse:
    """The answer that names one problem: its path, a message, and its type."""
    return refusal_of(status, [{"loc": where, "msg": message, "type": kind}])


def refusal_of(status: int, detail: list[dict[str, Any]]) -> JSONResponse:
    """The answer that names several problems, each with `loc`, `msg` and `type`."""
    return JSONResponse({"detail": detail, "trace_id": TRACE.get()}, status)


def invalid(errors: Iterable[Any]) -> JSONResponse:
    """The answer to a request that is invalid, from pydantic's errors with whole paths."""
    return refusal_of(422, [{"loc": error["loc"], "msg": problem(error), "type": error["type"]} for error in errors])


def missing(message: str, where: str = "path") -> JSONResponse:
    """The answer to a request for something that is not there."""
    return refusal(404, [where], message, "not_found")


def busy(message: str, where: str = "service", kind: str = "busy") -> JSONResponse:
    """The answer to a request that may succeed a second later."""
    later = refusal(503, [where], message, kind)
    later.headers["Retry-After"] = "1"
    return later


def refused(error: Exception) -> JSONResponse:
    """The answer to a request that raised one of `REFUSED`; any other exception is raised again."""
    match error:
        case NoModelError():
            return missing(said("No model for the task {task!r} in this bento", task=error.task))
        case NoCatalogueError():
            return missing(said("No catalogue in this bento"))
        case UnknownTrackError():
            path = ["body", *error.path]
            return refusal(
                404, path, said("No track {track_id!r} in the collection", track_id=error.track_id), "not_found"
            )
        case UnknownSessionError():
            unknown = said("No session has this id; a session that is idle for too long is deleted")
            return missing(unknown, "session_id")
        case ConflictError():
            return busy(said("Other requests keep changing this session; send this one again"), "session_id")
    raise error
