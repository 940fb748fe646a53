"""Tracks by name, and the map of their clusters, over HTTP. What is answered is decided in `engine`."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from music_platform.serving.api.middleware import TRACE, refusal
from music_platform.serving.engine import Engine, NoModelError
from music_platform.serving.wire.answers import TrackMap, Tracks

_Words = Annotated[str, Query(min_length=1, max_length=200, description="how words of title and artist begin")]
_Limit = Annotated[int, Query(ge=1, le=50, description="number of tracks at most")]


def _refused(missing: NoModelError) -> JSONResponse:
    return refusal(404, ["path"], f"No model for the task {missing.args[0]!r} in this bento", "not_found")


def track_routes(engine: Callable[[], Engine], refusals: dict[int | str, dict[str, Any]]) -> APIRouter:
    """The routes.

    Args:
        engine: gives the loaded bundle; called within requests only.
        refusals: how refusals are documented, by status.
    """
    routes = APIRouter(tags=["tracks"])

    @routes.get("/tracks", response_model=Tracks, responses={status: refusals[status] for status in (404, 422)})
    def tracks(query: _Words, limit: _Limit = 10) -> Tracks | JSONResponse:
        """Tracks that recommendations can be asked for, found while their name is typed, most popular first."""
        try:
            return engine().tracks(query, limit, TRACE.get())
        except NoModelError as missing:
            return _refused(missing)

    @routes.get("/map", response_model=TrackMap, responses={404: refusals[404]})
    def track_map() -> Response:
        """The clusters, and a sample of their tracks on the two directions in which all tracks differ most."""
        try:
            return Response(engine().track_map(TRACE.get()), media_type="application/json")
        except NoModelError as missing:
            return _refused(missing)

    return routes
