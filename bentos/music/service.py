"""The bento's service: routes, life cycle, configuration. What is answered is decided in `serving`."""

import gc
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

import bentoml
from pydantic import ValidationError

from music_platform.serving.answers import ClusterAnswer, Recommendations, TextAnswers
from music_platform.serving.app import create_app
from music_platform.serving.assistant import Assistant
from music_platform.serving.contracts import (
    ClusterRequest,
    LyricsRequest,
    RecommendationRequest,
    TextRequest,
)
from music_platform.serving.engine import Engine, NoCatalogueError, NoModelError
from music_platform.serving.middleware import TRACE, Gate, refusal
from music_platform.serving.track_store import UnknownTrackError

_HERE = Path(__file__).parent
_STATE = Path(os.environ.get("MUSIC_PLATFORM_HOME", ".music_platform")) / "state"
_ROUTES = frozenset({"/assistant", "/genres", "/genre_pt", "/topics", "/intents", "/recommendations", "/clusters"})


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a log record is about a failure of ours: what a client sent wrong is answered, not logged."""
    return not (record.exc_info and isinstance(record.exc_info[1], ValidationError))


def _service() -> Any:
    return bentoml.get_current_service()


def _inference() -> dict[str, Callable[..., Any]]:
    apis = _service().bento_service.apis
    return {name: partial(method.func, None) for name, method in apis.items()}


def _found(answer: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return answer(*arguments, TRACE.get())
    except UnknownTrackError as unknown:
        return refusal(404, ["body", *unknown.path], f"No track {unknown.track_id!r} in the collection", "not_found")
    except NoModelError as missing:
        return refusal(404, ["path"], f"No model for the task {missing.args[0]!r} in this bento", "not_found")


@bentoml.service(
    name="music",
    workers=1,
    threads=4,
    traffic={"timeout": 30},
    http={"host": "127.0.0.1", "port": 8000},
    logging={"access": {"enabled": False}},
)
@bentoml.asgi_app(create_app(lambda: _service().engine, lambda: _service().assistant(), _HERE / "web", _inference))
class Music:
    """Genres of lyrics, topics of news, intents of requests, tracks that sound alike, and a playlist assistant."""

    def __init__(self) -> None:
        self.engine = Engine(_HERE / "bundle")
        self.engine.warm()
        self.assistant = cache(partial(Assistant, self.engine, _STATE))
        with suppress(NoModelError, NoCatalogueError):
            self.assistant()
        # A full collection over the models takes 60-130 ms, in the middle of somebody's request.
        gc.collect()
        gc.freeze()
        self._ready = True

    async def __is_ready__(self) -> bool:
        return self._ready

    @bentoml.api
    def genres(self, request: LyricsRequest, /) -> TextAnswers:
        """Genres of lyrics, several of them or none: multi-label, a threshold per genre."""
        return _found(self.engine.classify, "genre", request)

    @bentoml.api
    def genre_pt(self, request: LyricsRequest, /) -> TextAnswers:
        """The Brazilian genre of Portuguese lyrics: exactly one."""
        return _found(self.engine.classify, "genre_pt", request)

    @bentoml.api
    def topics(self, request: TextRequest, /) -> TextAnswers:
        """The topic of a news text."""
        return _found(self.engine.classify, "topic", request)

    @bentoml.api
    def intents(self, request: TextRequest, /) -> TextAnswers:
        """What a person wants from the playlist assistant."""
        return _found(self.engine.classify, "intent", request)

    @bentoml.api
    def recommendations(self, request: RecommendationRequest, /) -> Recommendations:
        """The tracks that sound most like a track, features or a list: nearest first, the songs asked for left out."""
        return _found(self.engine.recommend, request)

    @bentoml.api
    def clusters(self, request: ClusterRequest, /) -> ClusterAnswer:
        """The cluster of a track, its name and its profile."""
        return _found(self.engine.cluster, request)


# mypy does not see that the decorator makes the class a Service.
Music.add_asgi_middleware(Gate, routes=_ROUTES)  # type: ignore[attr-defined]
logging.getLogger("bentoml._internal.server.http_app").addFilter(_is_ours)
