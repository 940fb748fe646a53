"""The search of a catalogue of a million songs against the usual query with LIKE: same rows, same machine, one run.

    python -m music_platform_tests.benchmarks.catalogue --data DIR [--bundle bundle of a bento]

DIR holds `catalogue.parquet`. Every song of it is joined by three invented ones that are easy to mistake for it: its
title by another artist, whose name is made of two real names; its title with one word of another song, by the same
artist; and its title with `(variant n)`, by the same artist. Their popularity is drawn from the real ones, and only
their identifiers mark them. The queries are for real songs, each the only one of its title and artist: title and artist
as they are written, and with one typing error in the title and one in the artist (a letter or space left out, put in,
replaced, or swapped with the next; drawn with a fixed seed, again if normalising undoes it). A query is right if the
very row comes first. Times are of this machine under its other load. Takes five minutes.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import duckdb
import numpy as np
import pyarrow as pa
import typer
from rich.console import Console
from rich.table import Table

from music_platform.features.text import artist_key, normalise
from music_platform.serving.catalogue.index import SONGS, build
from music_platform.serving.catalogue.search import CatalogueSearch

SEED = 11
ASKED, SCANNED, MORE = 2_000, 100, 1_000
"""Songs to find, those of them that the query with LIKE has to find too, and rows that are added later."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LIKE = """
SELECT track_id FROM songs WHERE LOWER(REPLACE(title, ' ', '')) LIKE '%' || LOWER(REPLACE(?, ' ', '')) || '%'
AND LOWER(REPLACE(artist, ' ', '')) LIKE '%' || LOWER(REPLACE(?, ' ', '')) || '%'
"""
app = typer.Typer()
Pair = tuple[str, str]
Find = Callable[[str, str], list[str]]


def real(data: Path) -> pa.Table:
    """The songs of the file with a title and an artist, each identifier once."""
    query = """
        SELECT coalesce(nullif(track_id, ''), md5(concat_ws('|', title, artist))) AS id,
            trim(title) AS title, trim(artist) AS artist, album, year::BIGINT AS year, popularity::DOUBLE AS popularity
        FROM read_parquet(?) WHERE trim(title) <> '' AND trim(artist) <> ''
        QUALIFY row_number() OVER (PARTITION BY id ORDER BY title, artist) = 1 ORDER BY id
    """
    with duckdb.connect() as database:
        return database.execute(query, [str(data / "catalogue.parquet")]).to_arrow_table()


def variants(songs: pa.Table, draw: np.random.Generator) -> pa.Table:
    """Three invented songs for each, in the same columns."""
    titles, artists = songs["title"].to_pylist(), songs["artist"].to_pylist()
    made = []
    for kind in ("artist", "word", "variant"):
        others, popular = draw.permutation(len(titles)), draw.permutation(len(titles))
        fresh = songs.set_column(0, "id", pa.array([f"{kind} of {i}" for i in songs["id"].to_pylist()]))
        if kind == "artist":
            names = [_name(artists[i], artists[j]) for i, j in zip(others, popular, strict=True)]
            fresh = fresh.set_column(2, "artist", pa.array(names))
        elif kind == "word":
            named = [_with_word(title, titles[j], draw) for title, j in zip(titles, others, strict=True)]
            fresh = fresh.set_column(1, "title", pa.array(named))
        else:
            named = [f"{title} (variant {1 + j % 9})" for title, j in zip(titles, others, strict=True)]
            fresh = fresh.set_column(1, "title", pa.array(named))
        made.append(fresh.set_column(5, "popularity", songs["popularity"].take(pa.array(popular))))
    return pa.concat_tables(made)


def _name(one: str, other: str) -> str:
    return f"{one.split()[0]} {other.split()[-1]}"


def _with_word(title: str, other: str, draw: np.random.Generator) -> str:
    words, theirs = title.split(), other.split()
    words[draw.integers(len(words))] = theirs[draw.integers(len(theirs))]
    return " ".join(words)


def rows(songs: pa.Table) -> pa.Table:
    """The rows that the platform's own query makes of the songs."""
    with duckdb.connect() as database:
        database.execute("CREATE SCHEMA features")
        database.execute("CREATE TABLE features.catalogue AS SELECT id AS track_id, * EXCLUDE id FROM songs")
        database.execute(
            "CREATE TABLE features.tracks (track_id VARCHAR, track_name VARCHAR, artists VARCHAR, album VARCHAR,"
            " year BIGINT, popularity DOUBLE, duration_ms BIGINT)"
        )
        return database.execute(SONGS).to_arrow_table()


def wanted(songs: pa.Table, kept: set[str], draw: np.random.Generator) -> tuple[list[str], list[Pair]]:
    """Identifiers, and titles with artists, of real songs that are the only one of theirs."""
    pairs = list(zip(songs["title"].to_pylist(), songs["artist"].to_pylist(), strict=True))
    known = [(normalise(title), artist_key(artist)) for title, artist in pairs]
    count, ids = Counter(known), songs["id"].to_pylist()
    alone = [i for i in draw.permutation(len(ids)) if count[known[i]] == 1 and ids[i] in kept][:ASKED]
    return [ids[i] for i in alone], [pairs[i] for i in alone]


def slipped(text: str, draw: np.random.Generator) -> str:
    """A text with one typing error."""
    while True:
        place, kind = int(draw.integers(len(text))), int(draw.integers(4))
        before, here, after = text[:place], text[place], text[place + 1 :]
        letter = LETTERS[draw.integers(len(LETTERS))]
        swapped = before + after[:1] + here + after[1:]
        found = (before + after, before + letter + here + after, before + letter + after, swapped)[kind]
        if normalise(found) != normalise(text) and normalise(found):
            return found


def measured(find: Find, ids: Sequence[str], pairs: Sequence[Pair]) -> tuple[dict[str, float], list[tuple[str, Pair]]]:
    """Milliseconds of a query and the share of songs that came first, and the songs that did not."""
    spent, wrong = [], []
    for track, pair in zip(ids, pairs, strict=True):
        started = time.perf_counter()
        found = find(*pair)
        spent.append(time.perf_counter() - started)
        if found[:1] != [track]:
            wrong.append((track, pair))
    p50, p95 = np.percentile(spent, [50, 95]) * 1000
    return {"p50 ms": p50, "p95 ms": p95, "max ms": max(spent) * 1000, "first": 1 - len(wrong) / len(ids)}, wrong


@app.command()
def memory(path: Path, pairs: Path, bundle: Path | None = None) -> None:
    """Print the MB of a process that searched, with the service's models loaded where there is a bundle."""
    import psutil

    if bundle is not None:
        from music_platform.serving.engine import Engine

        Engine(bundle).warm()
    before = psutil.Process().memory_info().rss
    catalogue = CatalogueSearch(path)
    for title, artist in json.loads(pairs.read_text()):
        catalogue.search(f"{title} {artist}")
    after = psutil.Process().memory_info().rss
    print(f"{after / 2**20:.0f}", f"{(after - before) / 2**20:.0f}")


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="folder of catalogue.parquet")],
    bundle: Annotated[Path | None, typer.Option(help="loaded beside it when memory is measured")] = None,
    most: Annotated[int, typer.Option(help="real songs to take")] = 10_000_000,
    misses: Annotated[int, typer.Option(help="questions to list whose song did not come first")] = 0,
) -> None:
    """Measure and print."""
    draw = np.random.default_rng(SEED)
    songs = real(data)
    songs = songs.take(np.sort(draw.permutation(len(songs))[:most]))
    everything = pa.concat_tables([songs, variants(songs, draw)])
    with tempfile.TemporaryDirectory() as folder:
        path, results = Path(folder) / "catalogue.sqlite", Table("what", "measured", "wanted")
        later = np.sort(draw.permutation(len(everything))[:MORE])
        first = everything.take(np.setdiff1d(np.arange(len(everything)), later))
        for what, part in (("build", first), (f"build with {MORE:,} more songs", everything)):
            started = time.perf_counter()
            table = rows(part)
            queried = time.perf_counter() - started
            done = build(path, table, what)
            spent = time.perf_counter() - started
            written = f"{done.added:,} written, {done.removed:,} removed"
            results.add_row(what, f"{spent:.1f} s, of which {queried:.1f} s in DuckDB; {written}", "")
        results.add_row("songs", f"{done.rows:,}, {len(songs):,} of them real", ">= 1,000,000")
        results.add_row("file", f"{done.bytes / 1e6:.0f} MB", "<= 400 MB")
        ids, pairs = wanted(songs, set(table["track_id"].to_pylist()), draw)
        slips = [(slipped(title, draw), slipped(artist, draw)) for title, artist in pairs]
        asked = Path(folder) / "asked.json"
        asked.write_text(json.dumps(slips))
        child = [sys.executable, "-m", __spec__.name, "memory", str(path), str(asked)]
        child += ["--bundle", str(bundle)] if bundle else []
        in_all, alone = subprocess.run(child, check=True, capture_output=True, text=True).stdout.split()
        results.add_row("memory", f"{in_all} MB, {alone} MB of it for the catalogue", "<= 700 MB of the service")
        compare(path, ids, {"as written": pairs, "two slips": slips}, results, misses)
    Console(width=150).print(results)


def compare(path: Path, ids: list[str], asked: dict[str, list[Pair]], results: Table, misses: int) -> None:
    """Search in all ways and print a table of them, and a list of wrong answers."""
    catalogue = CatalogueSearch(path)
    ways: dict[str, Find] = {
        "search(title and artist)": lambda title, artist: _ids(catalogue.search(f"{title} {artist}")),
        "search(artist and title)": lambda title, artist: _ids(catalogue.search(f"{artist} {title}")),
        "find(title, artist)": lambda title, artist: _ids(catalogue.find(title, artist)),
    }
    table = Table("way", "asked", "songs", "p50 ms", "p95 ms", "max ms", "first")
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        like: Find = lambda *pair: [row[0] for row in database.execute(LIKE, pair)]  # noqa: E731
        for way, find in {**ways, "LIKE of title and artist": like}.items():
            for how, pairs in asked.items():
                some = slice(None, SCANNED if find is like else None)
                found, wrong = measured(find, ids[some], pairs[some])
                cells = [f"{found[name]:,.1f}" for name in ("p50 ms", "p95 ms", "max ms")]
                table.add_row(way, how, f"{len(ids[some]):,}", *cells, f"{found['first']:.1%}")
                for track, pair in wrong[:misses]:
                    print(way, how, pair, catalogue.song(track), *map(catalogue.song, find(*pair)[:1]), sep=" | ")
    table.add_row("wanted", "", "", "<= 3", "<= 20", "", ">= 90 % as written, >= 85 % with slips")
    Console(width=150).print(table)


def _ids(hits: Sequence[Any]) -> list[str]:
    return [hit.song.track_id for hit in hits]


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    app(sys.argv[1:] if sys.argv[1:2] == ["memory"] else ["main", *sys.argv[1:]])
