"""The service under load, over HTTP on loopback: many users, four times too many, and killed in the middle.

    python -m music_platform_tests.benchmarks.service_load --home my/home [--users 100] [--seconds 300]

Serves the bento that a home's last run built, with a state folder of its own. Users send requests of all kinds, one a
second each at random gaps. Then requests come at four times the highest rate of answers. Then all processes are killed
while they answer, and started again.
"""

import asyncio
import json
import os
import signal
import sqlite3
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import aiohttp
import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from music_platform.serving.release import latest_bento
from music_platform.serving.wire.samples import SAMPLES
from music_platform.storage.home import Home
from music_platform_tests.support.serving import megabytes, processes, serving

SEED = 5
SHARES = {
    "genres": 15,
    "genre_pt": 10,
    "topics": 10,
    "intents": 10,
    "recommendations": 20,
    "clusters": 5,
    "catalogue": 15,
    "assistant": 10,
    "models": 5,
}
"""Route -> its share of a hundred requests."""
console = Console(width=120)


class Asker:
    """Makes requests of all kinds, from invented words, and from tracks and songs of a bento."""

    def __init__(self, bento: Path) -> None:
        bundle = bento / "src" / "bentos" / "music" / "bundle"
        self._tracks = _column(bundle / "tracks.sqlite", "SELECT track_id FROM tracks ORDER BY track_id LIMIT 5000")
        self._songs = _column(
            bundle / "catalogue.sqlite", "SELECT title || ' ' || artist FROM songs ORDER BY id LIMIT 5000"
        )
        texts = [text for sample in SAMPLES.values() for text in sample.values() if isinstance(text, str)]
        self._words = sorted({word for text in texts for word in text.split()})

    def _text(self, draw: np.random.Generator, words: int, line: int) -> str:
        chosen = draw.choice(self._words, words).tolist()
        return "\n".join(" ".join(chosen[i : i + line]) for i in range(0, words, line))

    def __call__(self, route: str, draw: np.random.Generator, session: str | None) -> tuple[str, Any]:
        """Path and body of a request; a GET has no body."""
        song = str(draw.choice(self._songs))
        if route in ("genres", "genre_pt"):
            return f"/{route}", {"lyrics": self._text(draw, int(draw.integers(80, 300)), 7)}
        if route in ("topics", "intents"):
            return f"/{route}", {"text": self._text(draw, int(draw.integers(5, 40)), 40)}
        if route in ("recommendations", "clusters"):
            return f"/{route}", {"track_id": str(draw.choice(self._tracks))}
        if route == "assistant":
            return "/assistant", {"text": f"add {song}"} | ({"session_id": session} if session else {})
        return ("/models", None) if route == "models" else (f"/catalogue?query={quote(song[:100])}", None)


def _column(path: Path, query: str) -> list[str]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        return [row[0] for row in database.execute(query)]


@dataclass
class Seen:
    """The results of requests: the status of each, and the milliseconds of answers and refusals."""

    statuses: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    waited: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    shed: list[float] = field(default_factory=list)
    sessions: set[str] = field(default_factory=set)

    def count(self, *statuses: str) -> int:
        """The number of requests with one of these statuses."""
        return sum(counter[status] for counter in self.statuses.values() for status in statuses)

    @property
    def total(self) -> int:
        """The number of requests."""
        return sum(counter.total() for counter in self.statuses.values())


class Client:
    """Sends requests to a service, and notes the results."""

    def __init__(self, http: aiohttp.ClientSession, asker: Asker, seen: Seen) -> None:
        self._http, self._asker, self.seen = http, asker, seen
        self._routes, shares = list(SHARES), np.array(list(SHARES.values()), float)
        self._shares = shares / shares.sum()

    async def ask(self, draw: np.random.Generator, session: str | None = None) -> str | None:
        """One request at random; the session it belongs to comes back."""
        route = str(draw.choice(self._routes, p=self._shares))
        path, body = self._asker(route, draw, session)
        began = time.perf_counter()
        try:
            async with self._http.request("POST" if body else "GET", path, json=body) as answer:
                given = await answer.json()
                status = str(answer.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self.seen.statuses[route][type(error).__name__] += 1
            return session
        ms = (time.perf_counter() - began) * 1000
        self.seen.statuses[route][status] += 1
        if status == "200":
            self.seen.waited[route].append(ms)
            if route == "assistant":
                session = str(given["session_id"])
                self.seen.sessions.add(session)
        elif status in ("429", "503"):
            self.seen.shed.append(ms)
        return session


async def steady(client: Client, users: int, seconds: float) -> None:
    """Users who ask once a second each, at random gaps, and wait for their answers."""
    end = time.monotonic() + seconds

    async def user(number: int) -> None:
        draw, session = np.random.default_rng(SEED + number), None
        while (pause := float(draw.exponential())) < end - time.monotonic():
            await asyncio.sleep(pause)
            session = await client.ask(draw, session)

    await asyncio.gather(*(user(number) for number in range(users)))


async def busiest(client: Client, at_once: int, seconds: float) -> float:
    """Answers per second when so many requests are always under way."""
    end, before = time.monotonic() + seconds, client.seen.count("200")

    async def user(number: int) -> None:
        draw = np.random.default_rng(SEED + number)
        while time.monotonic() < end:
            await client.ask(draw)

    await asyncio.gather(*(user(number) for number in range(at_once)))
    return (client.seen.count("200") - before) / seconds


async def flood(client: Client, rate: float, seconds: float) -> None:
    """Requests at a rate, whether those before were answered or not."""
    draw, began, asked = np.random.default_rng(SEED), time.monotonic(), []
    for i in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + i / rate - time.monotonic()))
        asked.append(asyncio.create_task(client.ask(draw)))
    await asyncio.gather(*asked)


async def recovery(client: Client, usual: float) -> float:
    """Seconds until twenty requests in a row are answered as fast as 95 % of the usual ones, in milliseconds."""
    draw, began, fast = np.random.default_rng(SEED), time.monotonic(), 0
    while fast < 20 and time.monotonic() - began < 60:
        before, asked = client.seen.count("200"), time.perf_counter()
        await client.ask(draw)
        quick = client.seen.count("200") > before and (time.perf_counter() - asked) * 1000 <= usual
        fast = fast + 1 if quick else 0
    return time.monotonic() - began


async def with_client(address: str, asker: Asker, work: Callable[[Client], Any]) -> tuple[Seen, Any]:
    """The results of a piece of work, with connections of its own."""
    timeout, seen = aiohttp.ClientTimeout(total=30), Seen()
    async with aiohttp.ClientSession(address, connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as http:
        result = await work(Client(http, asker, seen))
    return seen, result


def under_users(address: str, asker: Asker, users: int, seconds: float) -> tuple[Seen, list[float]]:
    """The results of users, and the memory after each tenth of the time."""
    used: list[float] = []

    async def work(client: Client) -> None:
        async def look() -> None:
            for _ in range(10):
                await asyncio.sleep(seconds / 10)
                used.append(await asyncio.to_thread(megabytes, address))

        await asyncio.gather(steady(client, users, seconds), look())

    seen, _ = asyncio.run(with_client(address, asker, work))
    return seen, used


def killed(bento: Path, asker: Asker, home: Path, users: int) -> dict[str, Any]:
    """Kill all processes under load, start again: seconds until ready, sessions and answers that are gone."""
    answered = Seen()

    async def work(client: Client, address: str) -> None:
        nonlocal answered
        answered = client.seen
        going = asyncio.create_task(steady(client, users, 10))
        await asyncio.sleep(5)
        for process in processes(address):
            os.kill(process.pid, signal.SIGKILL)
        going.cancel()

    with serving(bento, home=home) as address:
        asyncio.run(with_client(address, asker, lambda client: work(client, address)))
        began = time.monotonic()
    with serving(bento, home=home) as address:
        ready = time.monotonic() - began
        _, lost = asyncio.run(with_client(address, asker, lambda client: _missing(client, answered.sessions)))
    files = [*(home / "landing" / "answers").iterdir(), *(home / "state" / "answers").iterdir()]
    logged = sum(1 for file in files for line in file.read_text("utf-8").splitlines() if json.loads(line))
    counted = sum(answered.statuses[route]["200"] for route in SHARES if route not in ("catalogue", "models"))
    return {"ready": ready, "sessions": len(answered.sessions), "lost": lost, "answered": counted, "logged": logged}


async def _missing(client: Client, sessions: set[str]) -> int:
    lost = 0
    for session in sessions:
        async with client._http.get(f"/playlists/{session}") as answer:
            lost += answer.status != 200
    return lost


def main(
    home: Annotated[Path, typer.Option(help="a home after a run")] = Path(".music_platform"),
    users: Annotated[int, typer.Option(min=1, max=500)] = 100,
    seconds: Annotated[float, typer.Option(min=10, max=600)] = 300,
) -> None:
    """Serve, ask, measure and print."""
    bento = latest_bento(Home.at(home))
    if bento is None:
        raise typer.BadParameter(f"{home}: no bento; run `music-platform run` first")
    asker = Asker(bento)
    with tempfile.TemporaryDirectory() as folder, serving(bento, home=Path(folder)) as address:
        seen, used = under_users(address, asker, users, seconds)
        _routes(seen)
        half = used[len(used) // 2 - 1]
        console.print(
            f"memory: {half:,.0f} MB at half the time, {used[-1]:,.0f} MB in the end ({used[-1] / half - 1:+.1%})"
        )
        usual = float(np.percentile(np.concatenate(list(seen.waited.values())), 95))
        _, most = asyncio.run(with_client(address, asker, lambda client: busiest(client, 64, 10)))
        began = time.monotonic()
        flooded, _ = asyncio.run(with_client(address, asker, lambda client: flood(client, 4 * most, 15)))
        took = time.monotonic() - began
        _, recovered = asyncio.run(with_client(address, asker, lambda client: recovery(client, 2 * usual)))
        _flooded(flooded, most, took, recovered)
    with tempfile.TemporaryDirectory() as folder:
        found = killed(bento, asker, Path(folder), users)
    console.print(
        f"killed under load: ready again after {found['ready']:.1f} s, {found['lost']} of {found['sessions']} sessions "
        f"lost, {found['logged']:,} answers logged of {found['answered']:,} that arrived"
    )


def _routes(seen: Seen) -> None:
    table = Table("route", "requests", "answered", "shed", "errors", "p50 ms", "p95 ms", box=box.MARKDOWN)
    for route in SHARES:
        counts, waited = seen.statuses[route], seen.waited[route]
        shed = counts["429"] + counts["503"]
        numbers = (counts.total(), counts["200"], shed, counts.total() - counts["200"] - shed)
        times = [f"{ms:.1f}" for ms in np.percentile(waited or [np.nan], [50, 95])]
        table.add_row(route, *(f"{number:,}" for number in numbers), *times)
    console.print(table)
    kinds = sum(seen.statuses.values(), Counter())
    if kinds := {kind: number for kind, number in kinds.items() if kind not in ("200", "429", "503")}:
        console.print(f"errors: {kinds}")


def _flooded(seen: Seen, most: float, took: float, recovered: float) -> None:
    shed, answered = seen.count("429", "503"), seen.count("200")
    answers = np.concatenate(list(seen.waited.values()))
    waits = [np.percentile(values, 95) if len(values) else np.nan for values in (answers, seen.shed)]
    console.print(
        f"{most:,.0f} answers a second at most; {seen.total / took:,.0f} requests a second: {answered:,} answered "
        f"(p95 {waits[0]:,.0f} ms), {shed:,} shed (p95 {waits[1]:,.0f} ms), "
        f"{seen.total - shed - answered:,} errors; as usual again after {recovered:.1f} s"
    )


if __name__ == "__main__":
    typer.run(main)
