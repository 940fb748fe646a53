"""Corrections over HTTP: right labels in, an id out. Files and reviews are in `ingestion.correction_files`."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from music_platform.declarations import Task
from music_platform.features.cleaning import CLEANERS
from music_platform.ingestion.correction_files import Corrections
from music_platform.ingestion.landing import Landing
from music_platform.serving.api.refusals import DOCUMENTED, invalid, refusal
from music_platform.serving.api.trace import TRACE
from music_platform.serving.engine import Engine
from music_platform.serving.wire.answers import CorrectionTaken
from music_platform.serving.wire.requests import Correction
from music_platform.tasks import corrected

_TASKS = {task.route: task for task in corrected()}


def correction_routes(engine: Callable[[], Engine], landing: Landing) -> APIRouter:
    """The route.

    Args:
        engine: gives the loaded bundle; called within requests only.
        landing: the landing zone that corrections go to.
    """
    routes = APIRouter(tags=["corrections"])

    @routes.post("/corrections", status_code=201, response_model=CorrectionTaken, responses=DOCUMENTED)
    def correct(correction: Correction) -> CorrectionTaken | JSONResponse:
        """Right labels for lyrics that were answered wrongly. Models learn from them once a review accepts them."""
        task = _TASKS[correction.route]
        known = engine().text(task.name).labels
        if wrong := _problem(correction, task, known):
            return invalid([wrong])
        corrections = Corrections(landing)
        try:
            identifier = corrections.add(
                task.name, correction.lyrics, correction.labels, correction.answered, correction.model_version
            )
        except OSError as error:
            return refusal(503, ["service"], f"The correction can't be written ({error.strerror})", "unwritable")
        return CorrectionTaken(
            correction_id=identifier, status=corrections.status(identifier), trace_id=TRACE.get()
        )  # fmt: skip

    return routes


def _problem(correction: Correction, task: Task, known: tuple[str, ...]) -> dict[str, Any] | None:
    """The first problem of a correction, in pydantic's form; None if there is none."""
    for place, label in enumerate(correction.labels):
        if label not in known:
            return _error(["labels", place], f"Label should be one of {', '.join(known)}")
    if task.single and len(set(correction.labels)) > 1:
        return _error(["labels"], "Labels should be exactly one for this route")
    if not CLEANERS[task.cleaner](correction.lyrics):
        return _error(["lyrics"], "Lyrics should hold at least one word that is sung")
    return None


def _error(where: list[str | int], message: str) -> dict[str, Any]:
    return {"loc": ["body", *where], "msg": message, "type": "value_error"}
