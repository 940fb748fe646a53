"""Corrections over HTTP: the right labels in, an id out. What becomes of them is in `corrections`."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from music_platform.features.text import clean_lyrics
from music_platform.ingestion.correction_files import Corrections
from music_platform.serving.api.middleware import TRACE, invalid, refusal
from music_platform.serving.engine import Engine, NoModelError
from music_platform.serving.wire.answers import CorrectionTaken
from music_platform.serving.wire.requests import Correction
from music_platform.settings import Home

TASKS = {"genres": "genre", "genre_pt": "genre_pt"}
"""Route -> the task whose labels it corrects."""


def correction_routes(engine: Callable[[], Engine], refusals: dict[int | str, dict[str, Any]]) -> APIRouter:
    """The route; it writes to the landing zone of `MUSIC_PLATFORM_HOME`.

    Args:
        engine: gives the loaded bundle; called within requests only.
        refusals: how refusals of an inference route are documented.
    """
    routes = APIRouter(tags=["corrections"])

    @routes.post("/corrections", status_code=201, response_model=CorrectionTaken, responses=refusals)
    def correct(correction: Correction) -> CorrectionTaken | JSONResponse:
        """Right labels for lyrics that were answered wrongly: they wait for a review before models learn from them."""
        task = TASKS[correction.route]
        try:
            known = engine().labels(task)
        except NoModelError:
            return refusal(404, ["path"], f"No model for the task {task!r} in this bento", "not_found")
        if wrong := _problem(correction, known):
            return invalid([wrong])
        corrections = Corrections(Home.at().landing)
        try:
            identifier = corrections.add(
                task, correction.lyrics, correction.labels, correction.answered, correction.model_version
            )
        except OSError as error:
            return refusal(503, ["service"], f"The correction can't be written ({error.strerror})", "unwritable")
        return CorrectionTaken(
            correction_id=identifier, status=corrections.status(identifier), trace_id=TRACE.get()
        )  # fmt: skip

    return routes


def _problem(correction: Correction, known: tuple[str, ...]) -> dict[str, Any] | None:
    """What is wrong with a correction and what is allowed, in pydantic's form; None if nothing is."""
    for place, label in enumerate(correction.labels):
        if label not in known:
            return _error(["labels", place], f"Label should be one of {', '.join(known)}")
    if correction.route == "genre_pt" and len(set(correction.labels)) > 1:
        return _error(["labels"], "Labels should be exactly one for this route")
    if not clean_lyrics(correction.lyrics):
        return _error(["lyrics"], "Lyrics should hold at least one word that is sung")
    return None


def _error(where: list[str | int], message: str) -> dict[str, Any]:
    return {"loc": ["body", *where], "msg": message, "type": "value_error"}
