"""The OpenAPI document of the whole service: the routes that FastAPI answers, and those that BentoML answers."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from music_platform.serving.api.refusals import DOCUMENTED
from music_platform.serving.wire.samples import SAMPLES

Inference = Mapping[str, Callable[..., Any]]
"""Name of a route -> the function that answers it, with one annotated request, an annotated answer and a docstring."""
_DESCRIPTION = "Genres of lyrics, topics of news, intents of requests, and tracks that sound alike."


def documentation_routes(app: FastAPI, inference: Callable[[], Inference]) -> APIRouter:
    """The document at `/openapi.json`, and at `/docs.json`, where BentoML's clients look for it.

    Args:
        app: the app whose routes are documented.
        inference: gives the routes that BentoML answers; called within requests only.
    """
    routes = APIRouter(include_in_schema=False)

    @cache
    def document() -> dict[str, Any]:
        every = [*_documented(inference()), *app.routes]
        return get_openapi(title=app.title, version=app.version, description=_DESCRIPTION, routes=every)

    @routes.get("/openapi.json")
    @routes.get("/docs.json")
    def openapi() -> JSONResponse:
        return JSONResponse(document())

    return routes


def _documented(inference: Inference) -> Iterable[APIRoute]:
    for name in filter(inference.__contains__, SAMPLES):
        function = inference[name]
        yield APIRoute(
            f"/{name}",
            function,
            name=name,
            operation_id=name,
            methods=["POST"],
            tags=["inference"],
            description=inspect.getdoc(getattr(function, "func", function)),
            responses=DOCUMENTED,
            openapi_extra={"requestBody": {"content": {"application/json": {"example": SAMPLES[name]}}}},
        )
