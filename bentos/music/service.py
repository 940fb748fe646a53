"""The bento's service: routes, life cycle, configuration. The answers are made in `music_platform.serving`.

Every task that gives labels to texts has a route here, which follows from its declaration in `music_platform.tasks`.
"""

import gc
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import bentoml
from pydantic import ValidationError

from music_platform.declarations import Task
from music_platform.ingestion.landing import Landing
from music_platform.serving.answer_log import AnswerLog
from music_platform.serving.api.access import Access
from music_platform.serving.api.app import create_app
from music_platform.serving.api.documentation import Inference
from music_platform.serving.api.gate import MAX_SECONDS, PROBES, Gate
from music_platform.serving.api.logs import write_log
from music_platform.serving.api.recording import Recorder
from music_platform.serving.api.refusals import REFUSED, refused
from music_platform.serving.api.trace import TRACE
from music_platform.serving.assistant.assistant import Assistant
from music_platform.serving.engine import Engine, NoCatalogueError, NoModelError
from music_platform.serving.wire.answers import TextAnswers
from music_platform.serving.wire.requests import TEXT_REQUESTS
from music_platform.serving.wire.samples import SAMPLES
from music_platform.serving.wire.track_answers import ClusterAnswer, Recommendations
from music_platform.serving.wire.track_requests import ClusterRequest, RecommendationRequest
from music_platform.settings import LOOPBACK, Settings
from music_platform.storage.home import Home
from music_platform.tasks import classifying

_HERE = Path(__file__).parent
_SETTINGS = Settings.read()
_HOME = Home.at(_SETTINGS.home)
_LANDING = Landing(_HOME.landing)
_ROUTES = frozenset(f"/{name}" for name in (*SAMPLES, "corrections"))
"""The routes that take a body."""
T = TypeVar("T")


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a log record is about a failure of the service, not about a request that was invalid."""
    return not (record.exc_info and isinstance(record.exc_info[1], ValidationError))


def _service() -> Any:
    return bentoml.get_current_service()


def _inference() -> Inference:
    apis = _service().bento_service.apis
    return {name: partial(method.func, None) for name, method in apis.items()}


def _api(answer: Callable[..., Any]) -> Any:
    """A BentoML API whose clients name the fields of its request: `client.genres(lyrics="...")`.

    BentoML knows a body of several forms as one positional argument only.
    """
    api, request = bentoml.api(answer), answer.__annotations__["request"]
    api.input_spec.model_json_schema = lambda *_, **__: request.fields_schema()
    return api


def _text_route(task: Task) -> Any:
    """The BentoML API of a task that gives labels to texts. BentoML reads name, docstring and annotations of it."""

    def answer(self: Any, request: Any, /) -> Any:
        return self.answered(task.route, lambda body, trace: self.engine.text(task.name).answer(body, trace), request)

    answer.__name__ = task.route
    answer.__doc__ = f"{task.answers[0].upper()}{task.answers[1:]}."
    answer.__annotations__ = {"request": TEXT_REQUESTS[task.body], "return": TextAnswers}
    return _api(answer)


def _with_text_routes(service: type[T]) -> type[T]:
    for task in classifying():
        setattr(service, task.route, _text_route(task))
    return service


_APP = create_app(lambda: _service().engine, lambda: _service().assistant(), _HERE / "web", _LANDING, _inference)
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
    http={"host": LOOPBACK, "port": 8000, "cors": _CORS},
    logging={"access": {"enabled": False}},
    # BentoML would count requests by their whole paths, which hold ids of sessions; `serving.metrics` counts routes.
    metrics={"enabled": False},
)
@bentoml.asgi_app(_APP)
@_with_text_routes
class Music:
    """Genres of lyrics, topics of news, intents of requests, tracks that sound alike, and a playlist assistant."""

    def __init__(self) -> None:
        write_log()
        self.engine = Engine(_HERE / "bundle")
        self.engine.warm()
        self._log = AnswerLog(_HOME.answers, _LANDING)
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
        """Write the answers that still wait, and land the answer log."""
        self._log.close()

    def answered(self, route: str, answer: Callable[[Any, str], Any], request: Any) -> Any:
        """Answer a request and record the answer, or refuse the request."""
        began = time.perf_counter()
        try:
            given = answer(request, TRACE.get())
        except REFUSED as error:
            return refused(error)
        self._recorder.record(route, request.root, given, time.perf_counter() - began)
        return given

    @_api
    def recommendations(self, request: RecommendationRequest, /) -> Recommendations:
        """The tracks that sound most like a track, features or a list, nearest first, without the songs given."""
        return self.answered(
            "recommendations", lambda body, trace: self.engine.tracks().recommend(body, trace), request
        )

    @_api
    def clusters(self, request: ClusterRequest, /) -> ClusterAnswer:
        """The cluster of a track, its name and its profile."""
        return self.answered("clusters", lambda body, trace: self.engine.tracks().cluster(body, trace), request)


# mypy does not see that the decorator makes the class a Service.
Music.add_asgi_middleware(  # type: ignore[attr-defined]
    Access, routes=_APP.state.parts | _ROUTES | PROBES, key=_SETTINGS.api_key.get_secret_value()
)
Music.add_asgi_middleware(Gate, routes=_ROUTES)  # type: ignore[attr-defined]
logging.getLogger("bentoml._internal.server.http_app").addFilter(_is_ours)
