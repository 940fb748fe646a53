"""The page for people: the files of the folder `web`, each read once. The page gets its data from the other routes."""

from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from music_platform.serving.api.refusals import missing

_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
}
"""Everything comes from this service. A browser keeps the files, and asks each time whether they changed."""
_READING = ["GET", "HEAD"]
_DOCS = "docs.html"
_DOCS_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'; img-src data:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'"
}
"""The documentation is one file with style and script inside. It requests data from this service alone."""


def page_routes(web: Path) -> APIRouter:
    """The page at `/`, its parts at `/web/<name>`, and the documentation at `/docs`, from the folder `web`."""
    routes = APIRouter(include_in_schema=False)
    files = {
        file.name: _answer(file.read_bytes(), _KINDS[file.suffix])
        for file in web.iterdir()
        if file.suffix in _KINDS and file.name != _DOCS
    }

    @routes.api_route("/", methods=_READING, response_model=None)
    @routes.api_route("/web/{name}", methods=_READING, response_model=None)
    def part(request: Request, name: str = "index.html") -> Response:
        if name not in files:
            return missing("No such file")
        content, headers = files[name]
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers)

    @routes.api_route("/docs", methods=_READING)
    def docs() -> FileResponse:
        return FileResponse(web / _DOCS, headers=_DOCS_HEADERS)

    return routes


def _answer(content: bytes, kind: str) -> tuple[bytes, dict[str, str]]:
    return content, {**_HEADERS, "ETag": f'"{sha256(content).hexdigest()[:16]}"', "Content-Type": kind}
