"""Recommendations out of 137,000 tracks: in process, over HTTP at 50 users, and beside the usual way to make them.

    python -m music_platform_tests.benchmarks.recommendations --data DIR [--users 50] [--seconds 20] [--rounds 3]

DIR holds `spotify_tracks.parquet`. If it has fewer distinct tracks than that, some of them are joined by a marked
variant: its title with `(variant)`, its features a little off. In process is the whole request, from the body's bytes
to the answer's. Over HTTP every user sends a request a second at random gaps, on loopback, from this process. The
routes take turns, so that other load of the machine falls on all of them, and `GET /livez` of the same service shows
the cost of HTTP alone. The reference is a FastAPI app in a process of its own (`benchmarks.reference_recommender`),
used by one user, and by as many as the service. Prints Markdown.
"""

import asyncio
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import duckdb
import numpy as np
import psutil
import pyarrow as pa
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

from music_platform.features.genres import canonical, slug
from music_platform.features.text import artist_key
from music_platform.models import cluster_training
from music_platform.serving.bundle import build_bento, write_bundle
from music_platform.serving.engine import Engine
from music_platform.serving.tracks.files import features_of
from music_platform.serving.wire.track_requests import RecommendationRequest
from music_platform.storage.registry import Registry
from music_platform.tasks import CLUSTER_FEATURES
from music_platform_tests.support.manifests import facts
from music_platform_tests.support.serving import call, serving

SEED, TRACKS, ASKED = 5, 137_000, 2_000
PATIENCE = 60
"""Seconds that a user waits for an answer."""
Body = dict[str, Any] | None
Ask = Callable[[np.random.Generator], Body]


def real(data: Path) -> pa.Table:
    """The tracks of the file with a title, an artist and all five features, each identifier once."""
    features = ", ".join(f"{name}::DOUBLE AS {name}" for name in CLUSTER_FEATURES)
    valid = " AND ".join(f"isfinite({name})" for name in CLUSTER_FEATURES)
    query = f"""
        SELECT coalesce(nullif(track_id, ''), md5(concat_ws('|', track_name, artists))) AS id,
            track_name, artists, genre, year::BIGINT AS year, popularity::DOUBLE AS popularity, {features}
        FROM read_parquet(?) WHERE trim(track_name) <> '' AND trim(artists) <> '' AND {valid}
        QUALIFY row_number() OVER (PARTITION BY id ORDER BY track_name, artists, genre) = 1 ORDER BY id
    """
    with duckdb.connect() as database:
        tracks = (
            database.execute(query, [str(data / "spotify_tracks.parquet")])
            .to_arrow_table()
            .rename_columns({"id": "track_id"})
        )
    genres = [(canonical(name) or slug(name)) if name else None for name in tracks["genre"].to_pylist()]
    tracks = tracks.set_column(tracks.schema.get_field_index("genre"), "genre", pa.array(genres, pa.string()))
    return tracks.append_column("artist_key", pa.array([artist_key(name) for name in tracks["artists"].to_pylist()]))


def variants(tracks: pa.Table, count: int) -> pa.Table:
    """Marked variants of `count` tracks, in the same columns."""
    draw = np.random.default_rng(SEED)
    made = tracks.take(np.sort(draw.permutation(len(tracks))[:count]))
    changed = {
        "track_id": [f"variant of {name}" for name in made["track_id"].to_pylist()],
        "track_name": [f"{name} (variant)" for name in made["track_name"].to_pylist()],
        **{name: np.clip(made[name].to_numpy() * draw.uniform(0.95, 1, count), 0, 250) for name in CLUSTER_FEATURES},
    }
    for name, values in changed.items():
        made = made.set_column(made.schema.get_field_index(name), name, pa.array(values))
    return made


def asked_for(tracks: pa.Table) -> dict[str, Ask]:
    """Ways to ask -> bodies of requests, each about other tracks."""
    ids, features = tracks["track_id"].to_pylist(), features_of(tracks)
    genres = [name for name in tracks["genre"].unique().to_pylist() if name]

    def track(draw: np.random.Generator) -> dict[str, Any]:
        return {"track_id": ids[draw.integers(len(ids))]}

    def filtered(draw: np.random.Generator) -> dict[str, Any]:
        year, popularity = {"from": int(draw.integers(1960, 2010))}, {"from": float(draw.integers(50))}
        kinds = {"year": year, "popularity": popularity, "genres": [genres[draw.integers(len(genres))]]}
        chosen = [*kinds][: 1 + draw.integers(3)] if draw.random() < 0.5 else ["genres"]
        return track(draw) | {"filters": {name: kinds[name] for name in chosen}}

    return {
        "by track": track,
        "by features": lambda draw: dict(
            zip(CLUSTER_FEATURES, features[draw.integers(len(ids))].tolist(), strict=True)
        ),
        "by track, filtered": filtered,
        "for a list of 20 tracks": lambda draw: {"track_ids": [ids[i] for i in draw.integers(len(ids), size=20)]},
    }


def in_process(engine: Engine, ask: Ask) -> list[float]:
    """Milliseconds of requests, from bytes to bytes."""
    draw, spent = np.random.default_rng(SEED), []
    for body in [json.dumps(ask(draw)).encode() for _ in range(ASKED)]:
        started = time.perf_counter()
        engine.tracks().recommend(RecommendationRequest.model_validate_json(body), "0" * 32).model_dump_json()
        spent.append((time.perf_counter() - started) * 1000)
    return spent


class Load:
    """The answers of one route to many users: their milliseconds, and the number of errors."""

    def __init__(self, path: str, ask: Ask) -> None:
        self.path, self.ask = path, ask
        self.spent: list[float] = []
        self.errors = 0

    def run(self, address: str, users: int, seconds: float, seed: int) -> None:
        """Let users send requests, each about one a second."""
        asyncio.run(self._crowd(address, users, seconds, seed))

    async def _crowd(self, address: str, users: int, seconds: float, seed: int) -> None:
        end, patience = time.monotonic() + seconds, aiohttp.ClientTimeout(PATIENCE)
        async with aiohttp.ClientSession(address, connector=aiohttp.TCPConnector(limit=0), timeout=patience) as client:
            many = (self._user(client, np.random.default_rng([seed, user]), end) for user in range(users))
            await asyncio.gather(*many)

    async def _user(self, client: aiohttp.ClientSession, draw: np.random.Generator, end: float) -> None:
        while True:
            await asyncio.sleep(float(draw.exponential()))
            if time.monotonic() >= end:
                return
            body = self.ask(draw)
            method, started = "GET" if body is None else "POST", time.perf_counter()
            try:
                async with client.request(method, self.path, json=body) as answer:
                    await answer.read()
                    self.errors += answer.status != 200
            except (TimeoutError, aiohttp.ClientError):
                self.errors += 1
            self.spent.append((time.perf_counter() - started) * 1000)

    def row(self, what: str, users: int) -> list[str]:
        """The row of the table."""
        return [what, f"{users}", f"{len(self.spent):,}", f"{self.errors}", *_percentiles(self.spent)]


def _percentiles(spent: list[float]) -> list[str]:
    return [f"{ms:,.2f}" if ms < 100 else f"{ms:,.0f}" for ms in np.percentile(spent, [50, 95])]


@contextmanager
def reference(folder: Path, tracks: pa.Table) -> Iterator[str]:
    """The reference implementation in a process of its own; gives its address."""
    table = tracks.to_pandas()
    scaler = StandardScaler().fit(table[list(CLUSTER_FEATURES)])
    scaled = scaler.transform(table[list(CLUSTER_FEATURES)])
    kmeans = KMeans(4, n_init=10, random_state=42).fit(scaled)
    table.assign(cluster=kmeans.labels_).to_csv(folder / "tracks.csv", index=False)
    for name, model in (("scaler", scaler), ("kmeans", kmeans)):
        (folder / f"{name}.pkl").write_bytes(pickle.dumps(model))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    module = f"{__package__}.reference_recommender:app"
    command = [sys.executable, "-m", "uvicorn", module, "--port", str(port), "--log-level", "error"]
    process = subprocess.Popen(command, env={**os.environ, "REFERENCE": str(folder)})
    address = f"http://127.0.0.1:{port}"
    try:
        _until_alive(address)
        yield address
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _until_alive(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            call(address, "/livez")
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the reference does not answer")


def main(
    data: Annotated[Path, typer.Option(help="folder of spotify_tracks.parquet")],
    users: Annotated[int, typer.Option(min=1, max=500)] = 50,
    seconds: Annotated[float, typer.Option(min=1, max=300, help="of every route in every round")] = 20,
    rounds: Annotated[int, typer.Option(min=1, max=20)] = 3,
) -> None:
    """Build, serve, ask, measure and print."""
    tracks = real(data)
    distinct = len(tracks)
    if distinct < TRACKS:
        tracks = pa.concat_tables([tracks, variants(tracks, TRACKS - distinct)])
    ways, console = asked_for(tracks), Console(width=150)
    inside = Table("in process", "requests", "p50 ms", "p95 ms", "wanted", box=box.MARKDOWN)
    over = Table("over HTTP", "users", "requests", "errors", "p50 ms", "p95 ms", "wanted", box=box.MARKDOWN)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        fitted = cluster_training.fit(features_of(tracks))
        manifest = facts(labels=list(fitted.names))
        artifact = Registry(folder / "artifacts").save("clusters", "kmeans", fitted.save, manifest)
        started = time.perf_counter()
        bundle = write_bundle(folder / "bundle", {"clusters": artifact.path}, tracks)
        written, before = time.perf_counter() - started, psutil.Process().memory_info().rss
        started = time.perf_counter()
        engine = Engine(bundle)
        engine.warm()
        loaded, used = time.perf_counter() - started, psutil.Process().memory_info().rss - before
        for way, ask in ways.items():
            inside.add_row(way, f"{ASKED:,}", *_percentiles(in_process(engine, ask)), "p50 <= 3")
        loads = {"GET /livez": Load("/livez", lambda _: None)}
        loads |= {f"POST /recommendations {way}": Load("/recommendations", ask) for way, ask in ways.items()}
        with serving(build_bento(bundle, folder / "bentoml"), folder) as address:
            for turn in range(rounds):
                for number, load in enumerate(loads.values()):
                    load.run(address, users, seconds, SEED + 100 * turn + number)
        for what, load in loads.items():
            over.add_row(*load.row(what, users), "" if what.startswith("GET") else "p95 <= 25")
        with reference(folder, tracks) as address:
            for count in (1, users):
                load = Load("/prediccion", ways["by features"])
                load.run(address, count, seconds, SEED)
                over.add_row(*load.row("reference: POST /prediccion", count), "")
    console.print(
        f"{len(tracks):,} tracks, {len(tracks) - distinct:,} of them variants; files written in {written:.1f} s"
    )
    console.print(f"loaded in {loaded * 1000:.0f} ms, {used / 2**20:.0f} MB\n")
    console.print(inside)
    console.print(over)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    typer.run(main)
