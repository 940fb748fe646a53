"""How often the assistant does something else than it was asked, without asking: a table by kind of request.

    python -m music_platform_tests.benchmarks.silent_errors --home my/home [--requests 5000] [--show 20]

The requests ask in three languages to add a song of the home's catalogue, by its artist, mostly to a list that is
named. Songs are drawn by the shape of their names (title with a preposition, with "and", like a number, like a command;
artist with a comma or "&"; another script), lists by whether they exist. Each request is a session of its own, which
holds three lists. `done`: the song, and no other, came onto the list that was named; `asked`: nothing changed, and the
song is among those offered; `missed`: nothing changed; `wrong`: something else changed.
"""

import itertools
import random
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import duckdb
import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from music_platform.features.text import artist_key, title_key
from music_platform.serving.assistant.assistant import Assistant
from music_platform.serving.assistant.dialogue.state import State
from music_platform.serving.assistant.playlists import History, Lists, Operation
from music_platform.serving.engine import Engine
from music_platform.serving.release import latest_bento
from music_platform.storage.home import Home

SEED = 20260101
SHAPES = {
    "title with a preposition": r"(?i)\b(in|on|to|by|for|from|of|de|do|da|del|por|en|na|no|a)\b",
    "title with and": r"(?i)(\b(and|or|e|y|o|ou)\b|&|,)",
    "title like a number": r"(?i)^\W*(\d+|one|two|three|first|second|third|last|both|all|uno|dos|um|dois)\b",
    "title like a command": r"(?i)^\W*(add|put|play|show|remove|delete|clear|open|stop|help|yes|no|please|sorry|thank|"
    r"hello|por favor|hola|ol[aá]|adi[oó]s|quita|pon|toca|limpa|mostra|ajuda)\b",
    "another script": r"[^\x00-\u024F\u2000-\u206F]",
}
"""Shape -> the regular expression that titles of it match."""
ARTISTS = r"(,|&|\band\b| x | y )"
LISTS = {
    "en": ("gym", "party", "road trip", "rainy sunday", "tarvik", "brumelo nights"),
    "es": ("gimnasio", "fiesta", "carretera", "domingo lluvioso", "tarvik", "noches brumelas"),
    "pt": ("academia", "festa", "viagem", "domingo chuvoso", "tarvik", "noites brumelas"),
}
PLAIN = {
    "en": ("add {s} by {a}", "please put {s} by {a} on my list", "can you add {s} from {a}"),
    "es": ("añade {s} de {a}", "por favor, pon {s} de {a} en mi lista", "agrega la canción {s} de {a}"),
    "pt": ("adiciona {s} de {a}", "por favor, põe {s} de {a} na minha lista", "adicione a música {s} de {a}"),
}
"""Requests that name no list."""
NAMED = {
    "en": (
        "add {s} by {a} to {l}",
        "put {s} by {a} on my {l} playlist",
        "put {s} from {a} on {l}",
        "throw {s} by {a} into the {l} list",
        "on my {l} list put {s} by {a}",
        "could you add {s} by {a} to my {l} list please",
    ),
    "es": (
        "añade {s} de {a} a {l}",
        "pon {s} de {a} en mi lista {l}",
        "añade {s} de {a} a mi lista de {l}",
        "agrega la canción {s} de {a} a {l}",
        "apunta en la lista {l} {s} de {a}",
        "mete {s} de {a} en la playlist {l}, por favor",
    ),
    "pt": (
        "adiciona {s} de {a} à {l}",
        "põe {s} de {a} na minha playlist {l}",
        "adiciona {s} de {a} à minha lista de {l}",
        "coloca a música {s} de {a} na lista {l}",
        "na minha lista {l} bota {s} de {a}",
        "inclui {s} de {a} na playlist {l}, por favor",
    ),
}


@dataclass(frozen=True)
class Asked:
    """One request: its kind, its text, and the song and the list that it means."""

    kind: str
    language: str
    text: str
    title: str
    artist: str
    playlist: str
    existing: tuple[str, ...]


def catalogue(home: Home) -> list[tuple[str, str]]:
    """The titles and artists of a home's catalogue, each pair once, sorted."""
    with duckdb.connect(str(home.published), read_only=True) as warehouse:
        return warehouse.sql("SELECT DISTINCT title, artist FROM features.catalogue ORDER BY ALL").fetchall()


def assistant_of(home: Home, state: Path) -> Assistant:
    """The assistant of a home's newest bento, with its sessions in `state`; ends the program if there is no bento."""
    bento = latest_bento(home)
    if bento is None:
        sys.exit(f"{home.root}: no bento was built in this home; run `music-platform run` first")
    return Assistant(Engine(next(bento.glob("src/**/bundle"))), state)


def songs(home: Home, most: int) -> dict[str, list[tuple[str, str]]]:
    """Kind -> titles and artists of the catalogue, drawn by a fixed seed."""
    draw = random.Random(SEED)  # noqa: S311 - no secret
    kinds = {"plain": []} | {kind: [] for kind in (*SHAPES, "artist with a comma or and")}
    for title, artist in catalogue(home):
        shapes = [kind for kind, pattern in SHAPES.items() if re.search(pattern, title)]
        if re.search(ARTISTS, artist):
            shapes.append("artist with a comma or and")
        for kind in shapes or ["plain"]:
            kinds[kind].append((title, artist))
    return {kind: draw.sample(found, min(most, len(found))) for kind, found in kinds.items()}


def requests(home: Home, count: int) -> Iterator[Asked]:
    """About `count` requests, evenly over kinds, languages and ways to ask."""
    draw = random.Random(SEED)  # noqa: S311 - no secret
    found = {kind: itertools.cycle(pairs) for kind, pairs in songs(home, count).items() if pairs}
    ways = [(language, way) for language in PLAIN for way in (*PLAIN[language], *NAMED[language])]
    for number in range(count // (len(found) * len(ways)) + 1):
        for kind, (language, way) in itertools.product(found, ways):
            title, artist = next(found[kind])
            names = list(LISTS[language])
            playlist = names[number % len(names)] if "{l}" in way else ""
            others = draw.sample([name for name in names if name != playlist], 3)
            existing = (*others[:2], playlist) if playlist and draw.random() < 0.5 else tuple(others)
            text = way.format(s=title, a=artist, l=playlist)
            yield Asked(kind, language, text, title, artist, playlist, existing)


def outcome(assistant: Assistant, asked: Asked, state: State | None = None) -> tuple[str, float, str]:
    """What a request came to, in a new session or in a `state`, the milliseconds of the turn, and the reply."""
    lists, history = Lists(), History()
    lists.apply(history.operations([Operation("create", name) for name in asked.existing]))
    began = time.perf_counter()
    made = assistant.dialogue.turn(asked.text, state or State(), lists, history)
    spent = 1000 * (time.perf_counter() - began)
    on = [(name, song) for name, held in made.lists.items() for song in held]
    right = [name == asked.playlist and _same(song.title, song.artist, asked) for name, song in on]
    if right == [True]:
        return "done", spent, made.state.reply
    if on or set(made.lists) - {""} != set(asked.existing):
        return "wrong", spent, made.state.reply
    offered = (made.state.asking or made.state.confirming) and any(
        _same(song.title, song.artist, asked) for song in made.state.shown
    )
    return "asked" if offered else "missed", spent, made.state.reply


def _same(title: str, artist: str, asked: Asked) -> bool:
    return title_key(title) == title_key(asked.title) and artist_key(artist) == artist_key(asked.artist)


def printed(tallies: dict[str, Counter[str]], spent: Sequence[float], console: Console) -> None:
    """The table of all kinds, and the time of a turn."""
    table = Table("requests", "n", "done", "asked", "missed", "silently wrong", box=box.MARKDOWN)
    for kind, tally in tallies.items():
        shares = (f"{tally[what] / tally.total():.1%}" for what in ("done", "asked", "missed", "wrong"))
        table.add_row(kind, f"{tally.total():,}", *shares)
    console.print(table)
    p50, p95 = np.percentile(spent, [50, 95])
    console.print(f"A turn: p50 {p50:.1f} ms, p95 {p95:.1f} ms, longest {max(spent):.1f} ms")


def main(
    home: Annotated[Path, typer.Option(help="a home after a run")] = Path(".music_platform"),
    count: Annotated[int, typer.Option("--requests", help="requests to make")] = 5_000,
    show: Annotated[int, typer.Option(help="requests to list that were not done, of each kind")] = 0,
) -> None:
    """Ask, count and print."""
    place = Home.at(home)
    tallies: dict[str, Counter[str]] = defaultdict(Counter)
    spent = []
    with tempfile.TemporaryDirectory() as folder:
        assistant = assistant_of(place, Path(folder))
        for asked in requests(place, count):
            what, took, reply = outcome(assistant, asked)
            spent.append(took)
            named = "a list is named" if asked.playlist else "no list is named"
            for kind in ("all", asked.language, named, asked.kind):
                tallies[kind][what] += 1
            if what != "done" and tallies[asked.kind][what] <= show:
                print(what, asked.kind, asked.text, asked.title, asked.artist, asked.playlist, reply, sep=" | ")
    printed(tallies, spent, Console(width=120))


if __name__ == "__main__":
    typer.run(main)
