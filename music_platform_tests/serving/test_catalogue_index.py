"""The catalogue's file: equal rows give equal answers however it was built, and only what is new is written."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from music_platform.serving.catalogue import index as catalogue_index
from music_platform.serving.catalogue.search import CatalogueSearch
from music_platform_tests.support.catalogue_samples import CATALOGUE, TRACKS, Tables, built, songs

QUERIES = ("paper lanterns", "ana vale", "papr lanterns", "grey herons", "night", "quill duets", "lantren")


def content(path: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(path)) as database:
        return {
            table: database.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
            for table in ("songs", "words", "slips")
        }


def answers(path: Path) -> list[Any]:
    catalogue = CatalogueSearch(path)
    return [(catalogue.search(query), catalogue.artists(query)) for query in QUERIES]


def changed(row: tuple) -> tuple:
    return (row[0], row[1] + " Anew", *row[2:])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sets(st.sampled_from(range(len(CATALOGUE))), min_size=1), min_size=1, max_size=4), st.data())
def test_step_by_step_equals_at_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[set[int]], data: Any
) -> None:
    folder = tmp_path_factory.mktemp("catalogue")
    for step in steps:
        anew = data.draw(st.sets(st.sampled_from(sorted(step))))
        rows = [changed(CATALOGUE[i]) if i in anew else CATALOGUE[i] for i in sorted(step)]
        built(folder / "steps", rows)
    built(folder / "once", rows[::-1])
    assert content(folder / "steps") == content(folder / "once")
    assert answers(folder / "steps") == answers(folder / "once")


def test_only_new_rows_are_written(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    first = built(path)
    assert (first.added, first.removed) == (first.rows, 0)
    more = [*CATALOGUE[1:], changed(CATALOGUE[0]), ("n1", "Nine Bridges", "Ana Vale", None, 2021, 3.0)]
    again = built(path, more)
    assert (again.rows, again.added, again.removed) == (first.rows + 1, 2, 1)
    assert CatalogueSearch(path).find("nine bridges")[0].score == 1
    assert CatalogueSearch(path).find("bridgse")[0].song.track_id == "n1"
    assert CatalogueSearch(path).song("c01").title == "Paper Lanterns Anew"
    none = built(path, more)
    assert (none.added, none.removed) == (0, 0)


def test_a_word_that_no_song_holds_any_more_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    built(path)
    built(path, [row for row in CATALOGUE if row[0] != "c13"])
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM words WHERE word = 'x7'").fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM slips WHERE word = 'x7'").fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM slips WHERE word = 'paper'").fetchone()[0] > 0


def test_other_code_writes_the_file_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "catalogue.sqlite"
    rows = built(path).rows
    assert catalogue_index.version_of(path) is not None
    monkeypatch.setattr(catalogue_index, "code_version", lambda *_: "other")
    assert catalogue_index.version_of(path) is None
    assert built(path).added == rows


@pytest.mark.parametrize("left", [b"", b"half a file", b"SQLite format 3\0"])
def test_what_is_no_catalogue_is_replaced(tmp_path: Path, left: bytes) -> None:
    path = tmp_path / "catalogue.sqlite"
    path.write_bytes(left)
    assert catalogue_index.version_of(path) is None
    built(path)
    assert CatalogueSearch(path).search("paper lanterns")


def test_rows_of_one_recording_are_one_whatever_their_order() -> None:
    assert songs().equals(songs(CATALOGUE[::-1], TRACKS[::-1]))
    on_two_albums = [
        ("a1", "Slow Tide", "Ana Vale", "North", 1990, 10.0),
        ("a2", "slow TIDE", "ANA VALE", "South", 1995, 20.0),
        ("a3", "Slow Tide", "Ana Vale", None, None, 30.0),
    ]
    found = {row["track_id"]: row for row in songs(on_two_albums, []).to_pylist()}
    assert {track: row["album"] for track, row in found.items()} == {"a1": "North", "a2": "South"}
    assert found["a2"]["popularity"] == 30.0


def test_ids_put_popular_songs_first() -> None:
    popularity = [row["popularity"] for row in songs().sort_by("id").to_pylist()]
    known = [value for value in popularity if value is not None]
    assert known == sorted(known, reverse=True)
    assert None not in popularity[: len(known)]


KILLED = """
import os, signal, sys
from pathlib import Path
from music_platform.serving.catalogue import words as catalogue_words
from music_platform_tests.support.catalogue_samples import CATALOGUE, built

def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)

catalogue_words.count = killed
built(Path(sys.argv[1]), CATALOGUE[:-1])
"""


@pytest.mark.parametrize("before", [True, False])
def test_after_a_killed_build_the_old_file_answers_and_the_next_completes(tmp_path: Path, before: bool) -> None:
    path = tmp_path / "catalogue.sqlite"
    if before:
        built(path)
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], env={**os.environ}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.exists() == before
    if before:
        assert CatalogueSearch(path).find("x7", "q9")
    built(path, CATALOGUE[:-1])
    assert not CatalogueSearch(path).find("x7", "q9")


def test_equal_tables_are_not_read_again(tmp_path: Path) -> None:
    path, tables = tmp_path / "catalogue.sqlite", Tables(13, 3)
    first, version = catalogue_index.update(path, tables)
    stamp = path.stat().st_mtime_ns
    again, same = catalogue_index.update(path, tables)
    assert (first.changed, again.changed, again.rows) == (True, False, first.rows)
    assert (version, tables.asked, path.stat().st_mtime_ns) == (same, 1, stamp)
    assert catalogue_index.update(path, Tables(14, 3))[1] != version


@pytest.mark.parametrize(("catalogue", "tracks"), [(None, 3), (0, 0)])
def test_without_songs_there_is_no_file(tmp_path: Path, catalogue: int | None, tracks: int) -> None:
    path = tmp_path / "catalogue.sqlite"
    built(path)
    assert catalogue_index.update(path, Tables(catalogue, tracks)) is None
    assert not path.exists()
