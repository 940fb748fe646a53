"""What the platform shows of itself, as of when its bento was built: `status.json` and the reports of the bundle."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse, JSONResponse, Response

from music_platform.serving.api.middleware import TRACE, refusal
from music_platform.serving.wire.answers import Refusal, Status
from music_platform.storage.files import read_json

_KINDS = {".html": "text/html; charset=utf-8", ".json": "application/json"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}
"""A report carries its styles and pictures in itself, and has no script."""
_MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Refusal, "description": "Not in this bento"}}


def platform_routes(bundle: Callable[[], Path]) -> APIRouter:
    """The routes; `bundle` gives the folder of the loaded bundle, called within requests only."""
    routes = APIRouter(tags=["service"])

    @routes.get("/status", response_model=Status, responses=_MISSING)
    def status() -> Status | JSONResponse:
        """Champions with their figures, tables with their dates, the latest runs, and the reports."""
        path = bundle() / "status.json"
        if not path.is_file():
            return refusal(404, ["path"], "No status in this bento", "not_found")
        return Status(**read_json(path), trace_id=TRACE.get())

    @routes.get("/reports/{path:path}", include_in_schema=False, response_model=None)
    def reports(path: str) -> Response:
        folder = (bundle() / "reports").resolve()
        page = (folder / path).resolve() if "\0" not in path else folder
        if folder not in page.parents or page.suffix not in _KINDS or not page.is_file():
            return refusal(404, ["path"], "No such report in this bento", "not_found")
        return FileResponse(page, media_type=_KINDS[page.suffix], headers=_HEADERS)

    return routes
