"""Serves the local sites over real HTTP on loopback, throttles some pages, and counts the requests."""

import argparse
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from music_platform.sample.letras import letras
from music_platform.sample.song_pages import Answer, SongPage, song_pages
from music_platform.sample.songs import Song, songs
from music_platform.sample.vagalume import vagalume
from music_platform.sample.vocabulary import shuffled

THROTTLED = (429, 503)
"""Each site answers one of its song pages with each of these, and Retry-After, the first time it is asked."""

NOT_FOUND = Answer("<html><body><div class=errorContentBg>Ops! Página não encontrada.</div></body></html>", 404)


@dataclass(frozen=True)
class SampleSite:
    """Both sites while they run, and the truth about them.

    `requests` counts the requests per URL; `throttled` maps a URL to the status of its first answer.
    """

    letras_url: str
    vagalume_url: str
    songs: tuple[Song, ...]
    pages: tuple[SongPage, ...]
    throttled: Mapping[str, int]
    requests: Counter[str] = field(default_factory=Counter)

    def url(self, page: SongPage) -> str:
        """The address of a song page."""
        return (self.letras_url if page.site == "letras" else self.vagalume_url) + page.path


class _Server(ThreadingHTTPServer):
    """One site: its answers by path, and the number of requests for each."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        self.answers: Mapping[str, Answer] = {}
        self.throttled: Mapping[str, int] = {}
        self.requests: Counter[str] = Counter()
        self.counting = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that went away in the middle of an answer."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def answer(self, path: str) -> Answer:
        """Count a request and answer it."""
        url = self.url + path
        with self.counting:
            self.requests[url] += 1
            first = self.requests[url] == 1
        if first and url in self.throttled:
            return Answer("Too many requests", self.throttled[url], "text/plain")
        found = self.answers.get(path)
        if found is None and path.count("/") == 3:
            # Letras answers a wrong song of a known artist with another song of theirs.
            found = self.answers.get(path[: path.index("/", 1) + 1] + "900001/")
        return found or NOT_FOUND


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 30
    # Headers and body leave in one packet: unbuffered, each answer waits for a delayed acknowledgement.
    wbufsize = -1

    def do_GET(self) -> None:
        answer = self.server.answer(self.path.partition("?")[0])
        body = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        if answer.location:
            self.send_header("Location", answer.location)
        if answer.status in THROTTLED:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server uses
        """Say nothing: requests are counted, not printed."""


@contextmanager
def _serving(port: int) -> Iterator[_Server]:
    with _Server(port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _throttled(server: _Server, pages: tuple[SongPage, ...]) -> dict[str, int]:
    good = [page for page in pages if page.outcome == "song"]
    chosen = shuffled(good, "throttled")[: len(THROTTLED)]
    return {server.url + page.path: status for page, status in zip(chosen, THROTTLED, strict=True)}


@contextmanager
def serve_site(size: float = 1.0, *, era: str | None = None, port: int = 0) -> Iterator[SampleSite]:
    """Serve both sites on loopback until the block ends.

    Args:
        size: Share of the sample that the sites hold; 0.05 is enough for tests.
        era: One of `letras.ERAS` for all Letras pages; by default each artist has one of their own.
        port: Port of Letras; Vagalume takes the next one. 0 takes any two free ones.

    Yields:
        The sites' addresses, their truth and their request counter.
    """
    with ExitStack() as stack:
        one = stack.enter_context(_serving(port))
        two = stack.enter_context(_serving(port and port + 1))
        found = {server: song_pages(name, size) for server, name in ((one, "letras"), (two, "vagalume"))}
        requests: Counter[str] = Counter()
        for server, pages in found.items():
            server.requests, server.throttled = requests, _throttled(server, pages)
        one.answers = letras(size, base=one.url, era=era)
        two.answers = vagalume(size, base=two.url)
        throttled = {**one.throttled, **two.throttled}
        yield SampleSite(one.url, two.url, songs(size), found[one] + found[two], throttled, requests)


def main() -> None:
    """Serve the sites for people to look at, until Ctrl-C."""
    parser = argparse.ArgumentParser(description="Serve the invented lyric sites on loopback until Ctrl-C.")
    parser.add_argument(
        "--port", type=int, default=0, help="port of Letras; Vagalume takes the next one (default: any two free ones)"
    )
    parser.add_argument(
        "--size", type=float, default=1.0, help="share of the sample that the sites hold (default: 1.0)"
    )
    options = parser.parse_args()
    with serve_site(options.size, port=options.port) as site:
        print(f"letras   {site.letras_url}\nvagalume {site.vagalume_url}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
