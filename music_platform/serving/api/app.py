"""The pages beside the inference routes: models, health, samples, documentation: a FastAPI app to mount."""

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.routing import APIRoute

from music_platform import __version__
from music_platform.serving.api.assistant_routes import assistant_routes
from music_platform.serving.api.correction_routes import correction_routes
from music_platform.serving.api.metrics import exposition
from music_platform.serving.api.middleware import TRACE, invalid, refusal
from music_platform.serving.api.page_routes import page_routes
from music_platform.serving.api.platform_routes import platform_routes
from music_platform.serving.api.track_routes import track_routes
from music_platform.serving.assistant.assistant import Assistant
from music_platform.serving.engine import Engine, NoCatalogueError
from music_platform.serving.wire.answers import Health, Models, Refusal, Songs
from music_platform.serving.wire.samples import SAMPLES

_DESCRIPTION = "Genres of lyrics, topics of news, intents of requests, and tracks that sound alike."
_REFUSALS: dict[int | str, dict[str, Any]] = {
    404: {"model": Refusal, "description": "Unknown track or route, or no model for the task"},
    413: {"model": Refusal, "description": "Too many items or characters"},
    422: {"model": Refusal, "description": "Invalid input"},
    503: {"model": Refusal, "description": "Too many requests at a time; see the header Retry-After"},
}


def create_app(
    engine: Callable[[], Engine],
    assistant: Callable[[], Assistant],
    web: Path,
    inference: Callable[[], Mapping[str, Callable[..., Any]]],
) -> FastAPI:
    """The app; `state.parts` holds the first parts of its paths, as `/playlists`.

    Args:
        engine: gives the loaded bundle; called within requests only.
        assistant: gives the assistant of that bundle, or raises what it lacks; called within requests only.
        web: folder with the page and `docs.html`.
        inference: gives what the server itself answers at `/<name>`, to be documented here: functions of one
            annotated request with an annotated answer and a docstring.
    """
    app = FastAPI(title="music_platform", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/docs", include_in_schema=False)
    def docs() -> FileResponse:
        return FileResponse(web / "docs.html", headers={"Content-Security-Policy": _POLICY})

    @cache
    def document() -> dict[str, Any]:
        routes = [*_documented(inference()), *app.routes]
        return get_openapi(title=app.title, version=app.version, description=_DESCRIPTION, routes=routes)

    @app.get("/openapi.json", include_in_schema=False)
    @app.get("/docs.json", include_in_schema=False)
    def openapi() -> JSONResponse:
        return JSONResponse(document())

    @app.get("/models", tags=["service"])
    def models() -> Models:
        """The champions with version, metrics and baseline."""
        return engine().models(TRACE.get())

    @app.get("/metrics", include_in_schema=False)
    def told() -> Response:
        return Response(exposition(), media_type="text/plain; version=0.0.4")

    @app.get("/health", tags=["service"])
    def health() -> Health:
        """State of the service, and which version answers for each task."""
        return engine().health(TRACE.get())

    @app.exception_handler(RequestValidationError)
    async def refused(_: Request, error: RequestValidationError) -> JSONResponse:
        return invalid(error.errors())

    routers = (
        page_routes(web),
        platform_routes(lambda: engine().folder),
        assistant_routes(assistant, _REFUSALS),
        correction_routes(engine, _REFUSALS),
        track_routes(engine, _REFUSALS),
    )
    for router in routers:
        app.include_router(router)

    @app.get(
        "/catalogue",
        tags=["catalogue"],
        response_model=Songs,
        responses={status: _REFUSALS[status] for status in (404, 422)},
    )
    def catalogue(
        query: Annotated[
            str, Query(min_length=1, max_length=200, description="words of title, artist and album, in any order")
        ],
        limit: Annotated[int, Query(ge=1, le=50, description="number of songs at most")] = 10,
    ) -> Songs | JSONResponse:
        """Songs that a query may mean, best first: slips of the fingers are forgiven, versions of a song are one."""
        try:
            return engine().songs(query, limit, TRACE.get())
        except NoCatalogueError:
            return refusal(404, ["path"], "No catalogue in this bento", "not_found")

    @app.get("/samples/{route}", tags=["service"], responses={404: _REFUSALS[404]})
    def samples(route: str) -> JSONResponse:
        """A valid example body of a route, in invented text."""
        if route in SAMPLES:
            return JSONResponse(SAMPLES[route])
        return refusal(404, ["path", "route"], f"No sample, allowed: {', '.join(SAMPLES)}", "not_found")

    own = [route for source in (app, *routers) for route in source.routes]
    app.state.parts = frozenset("/" + path.split("/")[1] for route in own if (path := getattr(route, "path", "")))
    return app


def _documented(inference: Mapping[str, Callable[..., Any]]) -> list[APIRoute]:
    return [
        APIRoute(
            f"/{name}",
            function,
            name=name,
            operation_id=name,
            methods=["POST"],
            tags=["inference"],
            description=inspect.getdoc(getattr(function, "func", function)),
            responses=_REFUSALS,
            openapi_extra={"requestBody": {"content": {"application/json": {"example": SAMPLES[name]}}}},
        )
        for name, function in sorted(inference.items(), key=lambda item: list(SAMPLES).index(item[0]))
    ]


_POLICY = "default-src 'none'; connect-src 'self'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""The page carries all it needs and asks nobody but this service."""
