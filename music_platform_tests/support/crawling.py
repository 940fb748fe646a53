"""Crawls for the tests: a crawl in a process of its own, the rows that it left, and a scripted site.

A crawl process spends most of its time importing Scrapy, so `start` forks one from a server that has imported it.
`music_platform.ingestion.crawl.command` gives the real command line, for tests that need it.
"""

import gzip
import json
import multiprocessing
import os
import shutil
import sqlite3
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import mkdtemp

from music_platform.ingestion import crawl as crawl_module

ROOT = Path(__file__).parents[2]
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        __name__,
        "music_platform.ingestion.spider",
        "scrapy.core.downloader.handlers.http11",
        "scrapy.crawler",
        "scrapy.downloadermiddlewares.cookies",
        "scrapy.extensions.remote_control",
        "twisted.internet.asyncioreactor",
    ]
)


class Crawl(FORKS.Process):
    """The crawl of a plan as a process; `prepare` is a function of a module that the process calls first."""

    def __init__(self, home, plan, prepare=None):
        super().__init__()
        self._arguments = ["--home", str(home.root), "--plan", plan.to_json()]
        self._prepare, self._folder = prepare, Path(mkdtemp(prefix="crawl-"))

    def run(self):
        """Run the command line of the crawl, with its output in files."""
        for descriptor, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(self._folder / name, os.O_WRONLY | os.O_CREAT), descriptor)
        if self._prepare:
            self._prepare()
        sys.argv = ["crawl", *self._arguments]
        sys.exit(crawl_module.main())

    def finish(self):
        """Wait for the end: exit code, summary and errors."""
        self.join(120)
        assert self.exitcode is not None, "the crawl does not end"
        out, err = ((self._folder / name).read_text("utf-8") for name in ("out", "err"))
        shutil.rmtree(self._folder)
        return self.exitcode, json.loads(out) if out.startswith("{") else {}, err


def without_waiting():
    """Let the spider print its waits before retries to stderr, as `wait 0.1`, and go on at once."""
    from music_platform.ingestion.spider import SiteSpider

    async def note(self, seconds):
        print("wait", seconds, file=sys.stderr)
        return self.stop.is_set()

    SiteSpider._stopped_within = note


def start(home, plan, prepare=None):
    """A running `Crawl`."""
    process = Crawl(home, plan, prepare)
    process.start()
    return process


def crawl(home, plan, prepare=None):
    """Run a plan to its end: exit code, summary, errors."""
    return start(home, plan, prepare).finish()


def wait_until(condition, seconds=30.0):
    """Wait for a condition, or fail."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def ask(home, query, *values):
    """Rows of a query on a home's ledger."""
    with sqlite3.connect(home.state / "ledger.sqlite") as db:
        rows = db.execute(query, values).fetchall()
    db.close()
    return rows


def landed(home):
    """All landed lyrics rows."""
    return [
        json.loads(line)
        for path in sorted((home.landing / "lyrics").glob("*.jsonl.gz"))
        for line in gzip.decompress(path.read_bytes()).decode().splitlines()
    ]


def letras_song(title, lyrics="uma linha<br>e mais outra"):
    """A song page as Letras has them."""
    return (
        f'<h1 class="textStyle-primary">{title}</h1><h2 class="textStyle-secondary">Banda</h2>'
        f'<div class="lyric-original"><p>{lyrics}</p></div>'
    )


def letras_artist(artist, songs):
    """An artist's list of songs as Letras has them."""
    return "".join(
        f'<li class="songList-table-row"><a class="songList-table-songName" href="/{artist}/{song}/">x</a></li>'
        for song in songs
    )


@contextmanager
def scripted(answers):
    """Serve `answers`: path -> body, or (status, headers, body), or a function of how often it was asked.

    Yields the base URL, a counter of paths, and a list of (path, time, User-Agent).
    """
    counts, log = Counter(), []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self):
            answer = answers.get(self.path, (404, {}, ""))
            if callable(answer):
                answer = answer(counts[self.path])
            counts[self.path] += 1
            log.append((self.path, time.monotonic(), self.headers["User-Agent"]))
            status, headers, body = (200, {}, answer) if isinstance(answer, str) else answer
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body.encode())), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", counts, log
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
