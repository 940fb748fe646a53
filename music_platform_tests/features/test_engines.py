"""Every table comes out equal on DuckDB and on Spark."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from music_platform.features import spark, wordings
from music_platform.features.articles import articles
from music_platform.features.catalogue import catalogue
from music_platform.features.corrections import corrections
from music_platform.features.rules import judged
from music_platform.features.songs import genre_trend, song_sources, songs, unknown_genres
from music_platform.features.tracks import tracks
from music_platform.features.utterances import utterances
from music_platform.tables import TABLES
from music_platform_tests.support.raw_rows import accepted, evaluated, raw

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

VERSE = "the lantern keeps a quiet light and you are on the road for all of my slow river days to come back home"


SMALL = {
    "spark.master": "local[2]",
    "spark.sql.shuffle.partitions": "1",
    # For a few rows, compiling the JVM's code well costs more than it gains.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
"""The Spark properties that halve the CPU time of a session on a few rows."""


@pytest.fixture(scope="session")
def session() -> Iterator["SparkSession"]:
    pytest.importorskip("pyspark", reason="the spark extra is not installed")
    if problem := spark.java_problem():
        pytest.skip(problem)
    from pyspark.sql import SparkSession

    spark.use_this_python()
    builder = SparkSession.builder.appName("test")
    for name, value in {**spark.LOCAL, **SMALL}.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


def lyrics_rows() -> pa.Table:
    rows = [
        {
            "artist": artist,
            "title": f"Song {place % 9}" + (" (Ao Vivo)" if place % 4 == 0 else ""),
            "lyrics": None if place == 7 else f"[Chorus]\n{VERSE} {place % 5} (2x)" if place % 6 else "too short",
            "genres": None if place == 5 else [["Rock", "R&B"], ["zouk love", "MPB"], []][place % 3],
            "source": ["north", "south"][place % 2],
            "fetched_at": datetime(2025, 3, 1 + place % 3, 23, 30),
            "year": [1999, 99999, None][place % 3] if place > 20 else None,
            "problems": ["year: 'x' is not a whole number"] if place == 11 else None if place == 12 else [],
        }
        for place, artist in enumerate(["Ana Vento", "ana-vento", "Os Faróis", None, "Céu & Mar"] * 8)
    ]
    return raw("lyrics", *rows)


def track_rows() -> pa.Table:
    rows = [
        {
            "track_id": None if place % 5 == 0 else f"v{place % 30}v",
            "track_name": f"Track {place % 11}" + (" - Live" if place % 3 == 0 else ""),
            "artists": ["Ana Vento", "Os Faróis; Céu", None][place % 3] if place != 8 else " ",
            "genre": ["Hip-Hop", "ロック", None, "zouk love"][place % 4],
            "danceability": 0.5 if place != 4 else 1.5,
            "speechiness": (place % 2) / 10,
            "instrumentalness": 0.0125 if place != 6 else float("nan"),
            "valence": 0.25 if place != 9 else None,
            "tempo": 120.5 if place != 10 else 300.0,
            "popularity": None if place % 7 == 0 else float(place),
            "problems": ["key: 'H' is not a whole number"] if place == 13 else [],
        }
        for place in range(60)
    ]
    return raw("tracks", *rows)


def utterance_rows() -> pa.Table:
    slots = ['[{"name": "entity_name", "value": "vento", "start": 5, "end": 10}]', None, "no JSON"]
    rows = [
        {
            "text": f" view vento {place % 9} \n",
            "intent": ["view ", "ADD", "dance"][place % 3],
            "slots": slots[place % 3],
        }
        for place in range(30)
    ]
    return raw("utterances", *[{**row, "source": "made", "problems": []} for row in rows])


def article_rows() -> pa.Table:
    rows = [
        {"title": [" vv", None][place % 2], "text": f"value of the river {place % 7} v ", "label": str(place % 5)}
        for place in range(30)
    ]
    return raw("articles", *[{**row, "source": "made", "problems": []} for row in rows])


def catalogue_rows() -> pa.Table:
    rows = [
        {
            "track_id": [" v1v ", "", None][place % 3],
            "title": f" via {place % 8} v",
            "artist": "vv ",
            "year": 1990 + place,
        }
        for place in range(30)
    ]
    return raw("catalogue", *[{**row, "problems": []} for row in rows])


def correction_rows() -> pa.Table:
    rows = [
        {
            "correction_id": f"{place % 12:016x}",
            "task": ["genre", "genre_pt", "topic"][place % 3],
            "lyrics": f"{VERSE} {place % 5}" if place % 2 else "new words",
            "labels": [["rock"], ["Rock", "mpb"], ["zouk love"], None][place % 4],
            "corrected_at": datetime(2025, 4, 1 + place),
            "problems": [],
        }
        for place in range(20)
    ]
    return raw("corrections", *rows)


def decision_rows() -> pa.Table:
    rows = [
        {
            "correction_id": f"{place % 9:016x}",
            "decision": ["accepted", "reverted", "maybe", "rejected"][place % 4],
            "decided_at": datetime(2025, 5, 1 + place % 7) if place != 6 else None,
            "problems": [],
        }
        for place in range(20)
    ]
    return raw("decisions", *rows)


def song_rows() -> pa.Table:
    return accepted(songs, accepted(song_sources, lyrics_rows()))


MADE = {
    "corrections": (corrections, lambda: [correction_rows(), decision_rows(), song_rows()]),
    "song_sources": (song_sources, lambda: [lyrics_rows()]),
    "songs": (songs, lambda: [accepted(song_sources, lyrics_rows())]),
    "genre_trend": (genre_trend, lambda: [accepted(song_sources, lyrics_rows())]),
    "unknown_genres": (unknown_genres, lambda: [accepted(song_sources, lyrics_rows())]),
    "tracks": (tracks, lambda: [track_rows()]),
    "utterances": (utterances, lambda: [utterance_rows(), accepted(catalogue, catalogue_rows())]),
    "articles": (articles, lambda: [article_rows()]),
    "catalogue": (catalogue, lambda: [catalogue_rows()]),
}


CANNOT_BE_WRONG = {"songs", "genre_trend", "unknown_genres"}
"""Tables that are made from accepted rows, so that no rule rejects a row of them."""


@pytest.mark.slow
@pytest.mark.parametrize("name", MADE)
def test_spark_and_duckdb_give_equal_rows(
    name: str, session: "SparkSession", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transform, rows = MADE[name]
    few = wordings._drawn()[::20]
    monkeypatch.setattr(wordings, "_drawn", lambda: few)
    tables = rows()
    paths = [tmp_path / f"in{place}.parquet" for place in range(len(tables))]
    for table, path in zip(tables, paths, strict=True):
        pq.write_table(table, path)

    def expression(*inputs: ibis.Table) -> ibis.Table:
        return judged(transform(*inputs), TABLES[name])

    spark.evaluate(session, expression, paths, tmp_path / "out")

    connection = ibis.duckdb.connect()
    here = connection.to_pyarrow(expression(*(connection.read_parquet(path) for path in paths)))
    there = connection.to_pyarrow(connection.read_parquet(tmp_path / "out" / "*.parquet"))
    assert there.column_names == here.column_names
    expected = evaluated(transform, *tables)
    # As text, because a NaN equals nothing.
    assert repr(sorted(there.to_pylist(), key=lambda row: row["row_id"])) == repr(expected)
    assert {row["rejected"] is None for row in expected} == ({True} if name in CANNOT_BE_WRONG else {True, False})


def fake_java(folder: Path, shown: str) -> None:
    java = folder / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho '{shown}' >&2\n")
    java.chmod(0o755)


@pytest.mark.parametrize(
    ("shown", "problem"),
    [
        ('openjdk version "17.0.15" 2025-04-15', None),
        ('openjdk version "21.0.1"', None),
        ('java version "1.8.0_402"', "is Java 8"),
        ("something else", "unknown version"),
    ],
)
def test_java_older_than_17_is_named_in_one_line(
    shown: str, problem: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_java(tmp_path, shown)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    found = spark.java_problem()
    if problem is None:
        assert found is None
    else:
        assert found is not None
        assert problem in found
        assert "needs Java 17" in found
        assert "\n" not in found


def test_missing_java_is_named_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    assert "no `java` is on the path" in (spark.java_problem() or "")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert "does not start" in (spark.java_problem() or "")
