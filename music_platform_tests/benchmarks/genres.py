"""Genres over HTTP: the service against an API of scikit-learn pickles, the same kind of model, one run.

    python -m music_platform_tests.benchmarks.genres --home my/home

The reference is built as such APIs are: FastAPI, and a pickled `TfidfVectorizer` pair with a classifier per genre,
learned from the songs of the home. It is read once, or, as in some APIs, on every request. The service is the whole
bento of the home. The requests are songs of the home: one after another, from 16 clients at a time, and a hundred in a
request.
"""

import http.client
import json
import pickle  # of the reference alone: the platform has none
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import duckdb
import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from music_platform.serving.release import latest_bento
from music_platform.serving.wire.bodies import MAX_CHARACTERS
from music_platform.storage.home import Home
from music_platform_tests.support.serving import megabytes, serving

SEED = 11
REQUESTS = 400
AT_ONCE = 16
app = typer.Typer()


def learned(songs: list[tuple[str, list[str]]], path: Path) -> None:
    """Pickle a multi-label model of lyrics with their genres."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.preprocessing import MultiLabelBinarizer

    labels = MultiLabelBinarizer()
    union = make_union(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, max_features=80_000, sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, max_features=80_000, sublinear_tf=True),
    )
    model = make_pipeline(
        union, OneVsRestClassifier(SGDClassifier(loss="log_loss", random_state=0, max_iter=10, tol=None))
    )
    model.fit([lyrics for lyrics, _ in songs], labels.fit_transform([genres for _, genres in songs]))
    path.write_bytes(pickle.dumps((model, list(labels.classes_))))


@app.command()
def reference(path: Path, port: int, often: bool = False) -> None:
    """Answer `POST /genres` from the pickle, read on every request if `often`."""
    import uvicorn
    from fastapi import Body, FastAPI

    service, kept = FastAPI(), None if often else pickle.loads(path.read_bytes())  # noqa: S301

    @service.post("/genres")
    def genres(lyrics: str = Body(embed=True)) -> dict[str, float]:
        model, labels = kept or pickle.loads(path.read_bytes())  # noqa: S301
        return dict(zip(labels, model.predict_proba([lyrics])[0].tolist(), strict=True))

    uvicorn.run(service, port=port, log_level="warning")


@contextmanager
def other(path: Path, port: int, *options: str) -> Iterator[str]:
    """The reference's address, while it serves."""
    command = [sys.executable, "-m", __spec__.name, "reference", str(path), str(port), *options]
    process = subprocess.Popen(command)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                ask(address, {"lyrics": "warm"})
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait()


def ask(address: str, body: dict[str, Any]) -> Any:
    """The answer of `POST /genres`."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"))
    connection.request("POST", "/genres", json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    if answer.status != 200:
        raise RuntimeError(f"{address}: {answer.status}")
    given = json.loads(answer.read())
    connection.close()
    return given


def measured(address: str, texts: list[str]) -> list[float]:
    """Milliseconds of a request, p50 and p95, and texts per second of many clients at a time."""
    waited = []
    for text in texts[:REQUESTS]:
        began = time.perf_counter()
        ask(address, {"lyrics": text})
        waited.append((time.perf_counter() - began) * 1000)
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(lambda text: ask(address, {"lyrics": text}), texts[:REQUESTS]))
    return [*np.percentile(waited, [50, 95]), REQUESTS / (time.perf_counter() - began)]


def in_batches(address: str, texts: list[str]) -> float:
    """Texts per second, a hundred in a request, or fewer where they are long."""
    batches: list[list[str]] = [[]]
    for text in texts[:REQUESTS]:
        if len(batches[-1]) == 100 or sum(map(len, batches[-1])) + len(text) > MAX_CHARACTERS:
            batches.append([])
        batches[-1].append(text)
    began = time.perf_counter()
    for batch in batches:
        ask(address, {"items": [{"lyrics": text} for text in batch]})
    return REQUESTS / (time.perf_counter() - began)


@app.command()
def main(
    home: Annotated[Path, typer.Option(help="a home after a run")] = Path(".music_platform"), port: int = 8987
) -> None:
    """Learn, serve, ask and print."""
    place = Home.at(home)
    bento = latest_bento(place)
    if bento is None:
        raise typer.BadParameter(f"{home}: no bento; run `music-platform run` first")
    with duckdb.connect(str(place.published), read_only=True) as warehouse:
        query = "SELECT lyrics, genres FROM features.songs WHERE len(genres) > 0 ORDER BY song_id"
        songs = warehouse.sql(query).fetchall()
    texts = [songs[i][0] for i in np.random.default_rng(SEED).permutation(len(songs))]
    table = Table("API", "p50 ms", "p95 ms", "texts/s", "texts/s in batches", "MB", box=box.MARKDOWN)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        pickled = Path(folder) / "model.pkl"
        learned(songs, pickled)
        addresses = {
            "pickle, read on every request": running.enter_context(other(pickled, port, "--often")),
            "pickle, read once": running.enter_context(other(pickled, port + 1)),
            "this service": running.enter_context(serving(bento, home=Path(folder))),
        }
        for name, address in addresses.items():
            some = texts if "every" not in name else texts[:40] * 10
            figures = [f"{value:,.1f}" for value in measured(address, some)]
            batches = f"{in_batches(address, texts):,.0f}" if name == "this service" else ""
            table.add_row(name, *figures, batches, f"{megabytes(address):,.0f}")
    Console(width=120).print(table)


if __name__ == "__main__":
    app(sys.argv[1:] if sys.argv[1:2] == ["reference"] else ["main", *sys.argv[1:]])
