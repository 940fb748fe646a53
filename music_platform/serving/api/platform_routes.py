"""The service about itself: its models, its health, examples, metrics; and the platform when its bento was built.

The last comes from `status.json` and the reports of the bundle.
"""

from collections.abc import Callable

from fastapi import APIRouter
from fastapi.responses import FileResponse, JSONResponse, Response

from music_platform.serving.api.refusals import DOCUMENTED, missing
from music_platform.serving.api.trace import TRACE
from music_platform.serving.engine import Engine
from music_platform.serving.metrics import exposition
from music_platform.serving.wire.platform_answers import Health, Models, Status
from music_platform.serving.wire.samples import SAMPLES
from music_platform.storage.files import read_json

_KINDS = {".html": "text/html; charset=utf-8", ".json": "application/json"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}
"""A report holds its styles and pictures inside, and has no script."""


def platform_routes(engine: Callable[[], Engine]) -> APIRouter:
    """The routes; `engine` gives the loaded bundle, and is called within requests only."""
    routes = APIRouter(tags=["service"])

    @routes.get("/models")
    def models() -> Models:
        """The champions with version, metrics and baseline."""
        return engine().models(TRACE.get())

    @routes.get("/health")
    def health() -> Health:
        """State of the service, and which version answers for each task."""
        return engine().health(TRACE.get())

    @routes.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(exposition(), media_type="text/plain; version=0.0.4")

    @routes.get("/samples/{route}", responses={404: DOCUMENTED[404]})
    def samples(route: str) -> JSONResponse:
        """A valid example body of a route, in invented text."""
        if route in SAMPLES:
            return JSONResponse(SAMPLES[route])
        return missing(f"No example for this route; there is one for {', '.join(SAMPLES)}")

    @routes.get("/status", response_model=Status, responses={404: DOCUMENTED[404]})
    def status() -> Status | JSONResponse:
        """Champions with their figures, tables with their dates, the latest runs, and the reports."""
        path = engine().folder / "status.json"
        if not path.is_file():
            return missing("No status in this bento")
        return Status(**read_json(path), trace_id=TRACE.get())

    @routes.get("/reports/{path:path}", include_in_schema=False, response_model=None)
    def reports(path: str) -> Response:
        folder = (engine().folder / "reports").resolve()
        page = (folder / path).resolve() if "\0" not in path else folder
        if folder not in page.parents or page.suffix not in _KINDS or not page.is_file():
            return missing("No such report in this bento")
        return FileResponse(page, media_type=_KINDS[page.suffix], headers=_HEADERS)

    return routes
