"""Tracks by name, and the map of their clusters, over HTTP. The answers are made in `tracks.model`."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Response

from music_platform.serving.api.refusals import DOCUMENTED
from music_platform.serving.api.trace import TRACE
from music_platform.serving.engine import Engine
from music_platform.serving.wire.track_answers import TrackMap, Tracks

_Words = Annotated[str, Query(min_length=1, max_length=200, description="beginnings of words of title and artist")]
_Limit = Annotated[int, Query(ge=1, le=50, description="number of tracks at most")]


def track_routes(engine: Callable[[], Engine]) -> APIRouter:
    """The routes; `engine` gives the loaded bundle, and is called within requests only."""
    routes = APIRouter(tags=["tracks"])

    @routes.get("/tracks", responses={status: DOCUMENTED[status] for status in (404, 422)})
    def tracks(query: _Words, limit: _Limit = 10) -> Tracks:
        """Tracks to ask recommendations for, found while their name is typed, most popular first."""
        return engine().tracks().search(query, limit, TRACE.get())

    @routes.get("/map", response_model=TrackMap, responses={404: DOCUMENTED[404]})
    def track_map() -> Response:
        """The clusters, and a sample of their tracks on the two directions in which all tracks differ most."""
        return Response(engine().tracks().map(TRACE.get()), media_type="application/json")

    return routes
