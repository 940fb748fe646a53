"""What the tests of the crawl share: running it as a process, reading what it left, and a scripted site."""

import gzip
import json
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from music_platform.ingestion.crawl import command

ROOT = Path(__file__).parents[2]


def start(home, plan, **options):
    """The crawl of a plan as a running process."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command(home, plan), cwd=ROOT, text=True, **{**pipes, **options})


def finish(process):
    """Exit code, summary and errors of a process that `start` gave."""
    out, err = process.communicate(timeout=120)
    return process.returncode, json.loads(out) if out.startswith("{") else {}, err


def crawl(home, plan):
    """Run a plan to its end: exit code, summary, errors."""
    return finish(start(home, plan))


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
