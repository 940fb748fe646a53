"""Songs of the catalogue over HTTP. The search is in `catalogue.search`."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query

from music_platform.serving.api.refusals import DOCUMENTED
from music_platform.serving.api.trace import TRACE
from music_platform.serving.catalogue.ranking import Hit
from music_platform.serving.engine import Engine
from music_platform.serving.wire.answers import FoundSong, Songs

_Words = Annotated[
    str, Query(min_length=1, max_length=200, description="words of title, artist and album, in any order")
]
_Limit = Annotated[int, Query(ge=1, le=50, description="number of songs at most")]


def catalogue_routes(engine: Callable[[], Engine]) -> APIRouter:
    """The route; `engine` gives the loaded bundle, and is called within requests only."""
    routes = APIRouter(tags=["catalogue"])

    @routes.get("/catalogue", responses={status: DOCUMENTED[status] for status in (404, 422)})
    def catalogue(query: _Words, limit: _Limit = 10) -> Songs:
        """Songs that a query may mean, best first. Typing errors are forgiven, and versions of a song are one."""
        found = engine().catalogue.search(query, limit)
        return Songs(songs=[_song(hit) for hit in found], trace_id=TRACE.get())

    return routes


def _song(hit: Hit) -> FoundSong:
    return FoundSong(
        track_id=hit.song.track_id,
        title=hit.song.title,
        artist=hit.song.artist,
        album=hit.song.album,
        year=hit.song.year,
        score=hit.score,
        match=hit.match,
    )
