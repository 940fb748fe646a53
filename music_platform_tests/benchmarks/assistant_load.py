"""Many sessions of the assistant at a time, over HTTP on loopback: changes lost or mixed up, and the time of a turn.

    python -m music_platform_tests.benchmarks.assistant_load --home my/home --data DIR [--sessions 100] [--seconds 120]

Serves the champions of a home, except that of tracks, and the million songs of `benchmarks.catalogue`, with a state
folder of its own. Every session adds and removes songs of the catalogue, takes changes back and does them again, a turn
a second at random gaps. It knows the songs that must be on its list after each turn and at the end.
"""

import asyncio
import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import aiohttp
import numpy as np
import pyarrow as pa
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from music_platform.serving.assistant.assistant import ACTS
from music_platform.serving.assistant.learning import write_acts
from music_platform.serving.bundle import build_bento, write_bundle
from music_platform.serving.catalogue.index import build
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry
from music_platform.tasks import TASKS
from music_platform_tests.benchmarks import catalogue
from music_platform_tests.support.serving import megabytes, serving

SEED = 3
_TASKS = [task.name for task in TASKS.values() if task.kind != "clustering"]
_ALONE = """
SELECT title, artist FROM songs WHERE title NOT GLOB '*[^A-Za-z ]*' AND artist NOT GLOB '*[^A-Za-z ]*'
AND title LIKE '% % %' GROUP BY lower(title) HAVING count(*) = 1 ORDER BY max(popularity) DESC, title LIMIT 500
"""


Pairs = list[tuple[str, str]]
"""Titles with artists."""


@dataclass
class Session:
    """The songs that one session should have on its list, and the counts of its turns."""

    turns: int = 0
    errors: int = 0
    wrong: int = 0
    waited: list[float] = field(default_factory=list)
    songs: list[str] = field(default_factory=list)
    before: list[list[str]] = field(default_factory=list)
    undone: list[list[str]] = field(default_factory=list)

    def next(self, draw: np.random.Generator, known: Pairs) -> str:
        """The next request; it also changes the list that the session should have."""
        ways = ["add", "add", "add"] + ["remove"] * bool(self.songs) + ["undo"] * bool(self.before)
        way = str(draw.choice(ways + ["redo"] * bool(self.undone)))
        if way == "undo":
            self.undone.append(self.songs)
            self.songs = self.before.pop()
            return "undo"
        if way == "redo":
            self.before.append(self.songs)
            self.songs = self.undone.pop()
            return "redo"
        title, artist = known[int(draw.integers(len(known)))]
        if way == "add" and title in self.songs:
            return "show my list"
        self.before.append(self.songs)
        self.undone.clear()
        self.songs = [*self.songs, title] if way == "add" else self.songs[:-1]
        return f"add {title} by {artist}" if way == "add" else "remove the last one"


async def talk(client: aiohttp.ClientSession, session: Session, known: Pairs, seed: int, end: float) -> None:
    """One session's turns until the end, each checked; then its list once more."""
    draw, identifier = np.random.default_rng(seed), None
    while time.monotonic() < end:
        await asyncio.sleep(float(draw.exponential()))
        body = {"text": session.next(draw, known)} | ({"session_id": identifier} if identifier else {})
        began = time.monotonic()
        async with client.post("/assistant", json=body) as answer:
            session.turns += 1
            session.errors += answer.status != 200
            given = await answer.json()
        session.waited.append(time.monotonic() - began)
        if answer.status == 200:
            identifier = given["session_id"]
            session.wrong += [song["title"] for song in given["playlist"]] != session.songs
    async with client.get(f"/playlists/{identifier}") as answer:
        given = await answer.json()
        session.wrong += [song["title"] for song in given["playlist"]] != session.songs


async def crowd(address: str, count: int, seconds: float, known: Pairs) -> list[Session]:
    """All sessions at a time."""
    end = time.monotonic() + seconds
    many = [Session() for _ in range(count)]
    async with aiohttp.ClientSession(address, connector=aiohttp.TCPConnector(limit=0)) as client:
        await asyncio.gather(*(talk(client, one, known, SEED + i, end) for i, one in enumerate(many)))
    return many


def built(home: Home, data: Path, folder: Path) -> Path:
    """A bento of a home's champions for texts, and of a million songs."""
    draw, songs = np.random.default_rng(catalogue.SEED), catalogue.real(data)
    everything = pa.concat_tables([songs, catalogue.variants(songs, draw)])
    build(folder / "catalogue.sqlite", catalogue.rows(everything), "benchmark")
    registry = Registry(home.artifacts)
    champions = {task: champion.path for task in _TASKS if (champion := registry.champion(task))}
    bundle = write_bundle(folder / "bundle", champions, catalogue=folder / "catalogue.sqlite")
    write_acts(bundle / ACTS)
    return build_bento(bundle, folder / "bentoml")


def main(
    data: Annotated[Path, typer.Option(help="folder of catalogue.parquet")],
    home: Annotated[Path, typer.Option(help="a home after a run")] = Path(".music_platform"),
    sessions: Annotated[int, typer.Option(min=1, max=500)] = 100,
    seconds: Annotated[float, typer.Option(min=1, max=600)] = 120,
) -> None:
    """Build, serve, talk, measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        bento = built(Home.at(home), data, Path(folder))
        path = Path(folder) / "catalogue.sqlite"
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            known = database.execute(_ALONE).fetchall()
        with serving(bento, home=Path(folder)) as address:
            many = asyncio.run(crowd(address, sessions, seconds, known))
            memory = megabytes(address)
    waited = np.concatenate([one.waited for one in many]) * 1000
    table = Table("sessions", "turns", "errors", "wrong lists", "p50 ms", "p95 ms", "service MB", box=box.MARKDOWN)
    counts = [sum(getattr(one, name) for one in many) for name in ("turns", "errors", "wrong")]
    times = [f"{ms:.1f}" for ms in np.percentile(waited, [50, 95])]
    table.add_row(*(f"{value:,}" for value in (sessions, *counts)), *times, f"{memory:,.0f}")
    Console(width=120).print(table)


if __name__ == "__main__":
    typer.run(main)
