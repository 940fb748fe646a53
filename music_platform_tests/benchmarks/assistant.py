"""The share of held-out requests that the assistant carries out, and the time of a turn, with a million songs.

    python -m music_platform_tests.benchmarks.assistant --home my/home --data DIR

The requests come from `features.utterances` of a home: they ask to add or to remove a song that they name, and their
templates are in fold 0. The models of intents (linear) and of slots (CRF) are trained without that fold. The catalogues
are DIR's `catalogue.parquet`, and the million songs that `benchmarks.catalogue` makes of it, in which every title has
more than one artist. Only requests for a song that the catalogue has, by the artist if one is named, count. A song to
be removed is put on the list before, among four others. `done`: the named song, and no other, came or went; `asked`: it
is among the songs that the assistant offers for a choice. One process, one turn at a time.
"""

import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import duckdb
import numpy as np
import pyarrow as pa
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from music_platform.features.splits import HELD_OUT, fold_of
from music_platform.features.text import artist_key, title_key
from music_platform.models.linear_fitting import count, fit
from music_platform.models.request import Request
from music_platform.models.rows import rows
from music_platform.models.scorers.linear import LinearHyperparameters
from music_platform.models.training import train
from music_platform.schema import WORDINGS
from music_platform.serving.assistant.assistant import ACTS, Assistant
from music_platform.serving.assistant.dialogue.state import State, entry
from music_platform.serving.assistant.dialogue.turn import Dialogue
from music_platform.serving.assistant.learning import write_acts
from music_platform.serving.assistant.playlists import Entry, History, Lists, Operation
from music_platform.serving.bundle import write_bundle
from music_platform.serving.catalogue import index as catalogue_index
from music_platform.serving.catalogue.search import CatalogueSearch
from music_platform.serving.engine import Engine
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry
from music_platform.tasks import TASKS
from music_platform_tests.benchmarks import catalogue as million
from music_platform_tests.support.manifests import facts

OTHERS = 4
"""Songs on the list beside the one to be removed."""


@dataclass
class Tally:
    """The results of some requests."""

    requests: int = 0
    done: int = 0
    asked: int = 0


def models_without(table: pa.Table, names: pa.Table, held: np.ndarray, folder: Path) -> dict[str, Path]:
    """Models of intents and slots that learned from the rows that are not held out."""
    registry, seen, task = Registry(folder / "artifacts"), table.filter(pa.array(~held)), TASKS["intent"]
    learned = rows(task, seen)
    hyperparameters = LinearHyperparameters(**task.candidates["linear"].hyperparameters)
    blocks = count(learned.texts.tolist(), hyperparameters)
    intent = fit(blocks, learned.labels, learned.truth, learned.known, hyperparameters, single=True)
    manifest = facts(labels=list(learned.labels), thresholds=[0.0] * len(learned.labels))
    saved = {"intent": registry.save("intent", "linear", intent.save, manifest).path}
    made = train(Request(registry, TASKS["slots"], "crf", seen, progress=typer.echo, names=names))
    if made is not None:
        saved["slots"] = made.artifact.path
    return saved


def requests(table: pa.Table, found: CatalogueSearch) -> Iterator[tuple[str, str, str, Entry]]:
    """Source, intent, text and song of each request that names a song of the catalogue."""
    columns = [table[name].to_pylist() for name in ("source", "lang", "intent", "text", "slots")]
    for source, language, intent, text, slots in zip(*columns, strict=True):
        values: dict[str, list[str]] = defaultdict(list)
        for slot in json.loads(slots):
            values[slot["name"]].append(slot["value"])
        if intent not in ("add", "remove") or len(values["song"]) != 1 or len(values["artist"]) > 1:
            continue
        songs = found.exact(values["song"][0], next(iter(values["artist"]), ""))
        if songs:
            name = f"own wordings, {language}" if source == WORDINGS else source.split(":")[0]
            yield name, intent, text, entry(songs[0])


def carried_out(dialogue: Dialogue, intent: str, text: str, song: Entry, others: list[Entry]) -> tuple[str, float]:
    """The result of one request in a session of its own (`done`, `asked` or empty), and its milliseconds."""
    lists, history = Lists(), History()
    before = [*others[:2], song, *others[2:]] if intent == "remove" else []
    start = (Operation("create", ""), *(Operation("insert", "", at, one) for at, one in enumerate(before)))
    lists.apply(history.operations(start))
    began = time.perf_counter()
    outcome = dialogue.turn(text, State(), lists, history)
    spent = 1000 * (time.perf_counter() - began)
    after = [one for songs in outcome.lists.values() for one in songs]
    if intent == "remove":
        changed, rest = [one for one in before if one not in after], len(after) == len(before) - 1
    else:
        changed, rest = after, len(after) == 1
    if rest and len(changed) == 1 and named_alike(changed[0], song, exactly=intent == "remove"):
        return "done", spent
    asked = outcome.state.shown if outcome.state.asking else []
    return "asked" if any(named_alike(one, song, exactly=False) for one in asked) else "", spent


def named_alike(one: Entry, other: Entry, *, exactly: bool) -> bool:
    """Whether two songs are the same: the very same entry if `exactly`, else the same title and artist."""
    if exactly:
        return one == other
    same = title_key(one.title) == title_key(other.title)
    return same and artist_key(one.artist) == artist_key(other.artist)


def main(
    data: Annotated[Path, typer.Option(help="folder of catalogue.parquet")],
    home: Annotated[Path, typer.Option(help="a home after a run")] = Path(".music_platform"),
    most: Annotated[int, typer.Option(help="real songs to take")] = 10_000_000,
    misses: Annotated[int, typer.Option(help="requests to list that were not carried out")] = 0,
) -> None:
    """Train, build, measure and print."""
    with duckdb.connect(str(Home.at(home).published), read_only=True) as warehouse:
        table: pa.Table = warehouse.sql("SELECT * FROM features.utterances ORDER BY row_id").to_arrow_table()
        names: pa.Table = warehouse.sql("SELECT * FROM features.catalogue").to_arrow_table()
    held = fold_of(table["template"].to_pylist()) == HELD_OUT
    draw = np.random.default_rng(million.SEED)
    songs = million.real(data)
    songs = songs.take(np.sort(draw.permutation(len(songs))[:most]))
    real, everything = million.rows(songs), million.rows(pa.concat_tables([songs, million.variants(songs, draw)]))
    console = Console(width=120)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        saved = models_without(table, names, held, folder)
        for number, known in enumerate((real, everything)):
            path = folder / f"{number}.sqlite"
            catalogue_index.build(path, known, "benchmark")
            bundle = write_bundle(folder / f"bundle-{number}", saved, catalogue=path)
            write_acts(bundle / ACTS)
            assistant = Assistant(Engine(bundle), folder / "state")
            console.print(f"A catalogue of {len(known):,} songs", style="bold")
            measure(assistant, table.filter(pa.array(held)), misses, console)


def measure(assistant: Assistant, table: pa.Table, misses: int, console: Console) -> None:
    """Carry out all requests and print their results."""
    found, tallies, spent = assistant.catalogue, defaultdict[tuple[str, str], Tally](Tally), []
    others = [entry(hit.song) for hit in found.search("the", OTHERS)]
    for name, intent, text, song in requests(table, found):
        what, took = carried_out(assistant.dialogue, intent, text, song, [o for o in others if o != song])
        spent.append(took)
        for tally in (tallies[name, intent], tallies["all own" if "own" in name else "all landed", intent]):
            tally.requests += 1
            tally.done += what == "done"
            tally.asked += what == "asked"
        if what != "done" and misses > 0:
            misses -= 1
            print(what or "no", intent, text, f"{song.title} by {song.artist}", sep=" | ")
    shown = Table("requests", "to", "of a known song", "done", "done or asked", box=box.MARKDOWN)
    for (name, intent), tally in sorted(tallies.items()):
        both = (tally.done + tally.asked) / tally.requests
        shown.add_row(name, intent, f"{tally.requests:,}", f"{tally.done / tally.requests:.1%}", f"{both:.1%}")
    console.print(shown)
    p50, p95 = np.percentile(spent, [50, 95])
    console.print(f"A turn: p50 {p50:.1f} ms, p95 {p95:.1f} ms, longest {max(spent):.1f} ms")


if __name__ == "__main__":
    typer.run(main)
