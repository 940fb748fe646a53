"""The FastAPI app beside BentoML's inference routes: pages, assistant, corrections, tracks, catalogue, documentation.

Put a group of routes into a module of its own, and its router into `create_app`.
"""

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from music_platform import __version__
from music_platform.ingestion.landing import Landing
from music_platform.serving.api.assistant_routes import assistant_routes
from music_platform.serving.api.catalogue_routes import catalogue_routes
from music_platform.serving.api.correction_routes import correction_routes
from music_platform.serving.api.documentation import Inference, documentation_routes
from music_platform.serving.api.page_routes import page_routes
from music_platform.serving.api.platform_routes import platform_routes
from music_platform.serving.api.refusals import REFUSED, invalid, refused
from music_platform.serving.api.track_routes import track_routes
from music_platform.serving.assistant.assistant import Assistant
from music_platform.serving.engine import Engine


def create_app(
    engine: Callable[[], Engine],
    assistant: Callable[[], Assistant],
    web: Path,
    landing: Landing,
    inference: Callable[[], Inference] = dict,
) -> FastAPI:
    """The app; `state.parts` holds the first parts of its paths, as `/playlists`.

    Args:
        engine: gives the loaded bundle; called within requests only.
        assistant: gives the assistant of that bundle, or raises `NoModelError` or `NoCatalogueError`; called within
            requests only.
        web: folder with the page and `docs.html`.
        landing: the landing zone that corrections go to.
        inference: gives the routes that BentoML answers, to be documented here; called within requests only.
    """
    app = FastAPI(title="music_platform", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(RequestValidationError)
    async def is_invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return invalid(error.errors())

    async def is_refused(_: Request, error: Exception) -> JSONResponse:
        return refused(error)

    for kind in REFUSED:
        app.add_exception_handler(kind, is_refused)
    routers = (
        documentation_routes(app, inference),
        page_routes(web),
        platform_routes(engine),
        assistant_routes(assistant),
        correction_routes(engine, landing),
        track_routes(engine),
        catalogue_routes(engine),
    )
    for router in routers:
        app.include_router(router)
    paths = [path for router in routers for route in router.routes if (path := getattr(route, "path", ""))]
    app.state.parts = frozenset("/" + path.split("/")[1] for path in paths)
    return app
