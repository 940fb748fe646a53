"""The bento's service: routes, life cycle, configuration. What is answered is decided in `serving`."""

import gc
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

import bentoml
from pydantic import ValidationError

from music_platform.serving.answer_log import AnswerLog
from music_platform.serving.api.access import Access
from music_platform.serving.api.app import create_app
from music_platform.serving.api.logs import write_log
from music_platform.serving.api.middleware import MAX_SECONDS, PROBES, TRACE, Gate, refusal
from music_platform.serving.api.recording import Recorder
from music_platform.serving.assistant.assistant import Assistant
from music_platform.serving.engine import Engine, NoCatalogueError, NoModelError
from music_platform.serving.tracks.store import UnknownTrackError
from music_platform.serving.wire.answers import ClusterAnswer, Recommendations, TextAnswers
from music_platform.serving.wire.requests import (
    ClusterRequest,
    LyricsRequest,
    RecommendationRequest,
    TextRequest,
)
from music_platform.settings import Home, Settings

_HERE = Path(__file__).parent
_HOME, _SETTINGS = Home.at(), Settings.read()
_ROUTES = frozenset(
    {"/assistant", "/corrections", "/genres", "/genre_pt", "/topics", "/intents", "/recommendations", "/clusters"}
)


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a log record is about a failure of ours: what a client sent wrong is answered, not logged."""
    return not (record.exc_info and isinstance(record.exc_info[1], ValidationError))


def _service() -> Any:
    return bentoml.get_current_service()


def _inference() -> dict[str, Callable[..., Any]]:
    apis = _service().bento_service.apis
    return {name: partial(method.func, None) for name, method in apis.items()}


_APP = create_app(lambda: _service().engine, lambda: _service().assistant(), _HERE / "web", _inference)
_CORS = {
    "enabled": bool(_SETTINGS.cors_origins),
    "access_control_allow_origins": list(_SETTINGS.cors_origins),
    "access_control_allow_methods": ["GET", "POST", "DELETE"],
    "access_control_allow_headers": ["Authorization", "Content-Type"],
}


@bentoml.service(
    name="music",
    workers=_SETTINGS.workers,
    threads=4,
    traffic={"timeout": int(3 * MAX_SECONDS)},
    http={"host": "127.0.0.1", "port": 8000, "cors": _CORS},
    logging={"access": {"enabled": False}},
    metrics={"enabled": False},  # its own label paths as they were sent, with ids of sessions; ours are in `metrics`
)
@bentoml.asgi_app(_APP)
class Music:
    """Genres of lyrics, topics of news, intents of requests, tracks that sound alike, and a playlist assistant."""

    def __init__(self) -> None:
        write_log()
        self.engine = Engine(_HERE / "bundle")
        self.engine.warm()
        self._log = AnswerLog(_HOME.answers, _HOME.landing / "answers")
        self._recorder = Recorder(self._log, keep_input=_SETTINGS.log_inputs)
        self.assistant = cache(partial(Assistant, self.engine, _HOME.state, self._recorder.record))
        with suppress(NoModelError, NoCatalogueError):
            self.assistant()
        # A full collection over the models takes 60-130 ms, in the middle of somebody's request.
        gc.collect()
        gc.freeze()
        self._ready = True

    async def __is_ready__(self) -> bool:
        return self._ready

    @bentoml.on_shutdown
    def close(self) -> None:
        """Write and hand on what was answered."""
        self._log.close()

    def _found(self, route: str, answer: Callable[..., Any], request: Any) -> Any:
        began = time.perf_counter()
        try:
            answered = answer(request, TRACE.get())
        except UnknownTrackError as unknown:
            return refusal(
                404, ["body", *unknown.path], f"No track {unknown.track_id!r} in the collection", "not_found"
            )
        except NoModelError as missing:
            return refusal(404, ["path"], f"No model for the task {missing.args[0]!r} in this bento", "not_found")
        self._recorder.record(route, request.root, answered, time.perf_counter() - began)
        return answered

    @bentoml.api
    def genres(self, request: LyricsRequest, /) -> TextAnswers:
        """Genres of lyrics, several of them or none: multi-label, a threshold per genre."""
        return self._found("genres", partial(self.engine.classify, "genre"), request)

    @bentoml.api
    def genre_pt(self, request: LyricsRequest, /) -> TextAnswers:
        """The Brazilian genre of Portuguese lyrics: exactly one."""
        return self._found("genre_pt", partial(self.engine.classify, "genre_pt"), request)

    @bentoml.api
    def topics(self, request: TextRequest, /) -> TextAnswers:
        """The topic of a news text."""
        return self._found("topics", partial(self.engine.classify, "topic"), request)

    @bentoml.api
    def intents(self, request: TextRequest, /) -> TextAnswers:
        """What a person wants from the playlist assistant."""
        return self._found("intents", partial(self.engine.classify, "intent"), request)

    @bentoml.api
    def recommendations(self, request: RecommendationRequest, /) -> Recommendations:
        """The tracks that sound most like a track, features or a list: nearest first, the songs asked for left out."""
        return self._found("recommendations", self.engine.recommend, request)

    @bentoml.api
    def clusters(self, request: ClusterRequest, /) -> ClusterAnswer:
        """The cluster of a track, its name and its profile."""
        return self._found("clusters", self.engine.cluster, request)


# mypy does not see that the decorator makes the class a Service.
Music.add_asgi_middleware(  # type: ignore[attr-defined]
    Access, routes=_APP.state.parts | _ROUTES | PROBES, key=_SETTINGS.api_key.get_secret_value()
)
Music.add_asgi_middleware(Gate, routes=_ROUTES)  # type: ignore[attr-defined]
logging.getLogger("bentoml._internal.server.http_app").addFilter(_is_ours)
