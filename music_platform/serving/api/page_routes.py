"""The page people use: what lies in `web`, each file read once. What the page shows comes from the other routes."""

from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from music_platform.serving.api.middleware import refusal

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
"""Everything comes from this service. A browser keeps the files, and asks each time whether they are still right."""
_OWN = {"docs.html"}
"""Served elsewhere, under a policy of its own."""


def page_routes(web: Path) -> APIRouter:
    """The page at `/` and its parts at `/web/<name>`, from the files of the folder `web`."""
    routes = APIRouter(include_in_schema=False)
    files = {
        file.name: _answer(file.read_bytes(), _KINDS[file.suffix])
        for file in web.iterdir()
        if file.suffix in _KINDS and file.name not in _OWN
    }

    @routes.get("/", response_model=None)
    @routes.get("/web/{name}", response_model=None)
    def part(request: Request, name: str = "index.html") -> Response:
        if name not in files:
            return refusal(404, ["path"], "No such file", "not_found")
        content, headers = files[name]
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers)

    return routes


def _answer(content: bytes, kind: str) -> tuple[bytes, dict[str, str]]:
    return content, {**_HEADERS, "ETag": f'"{sha256(content).hexdigest()[:16]}"', "Content-Type": kind}
