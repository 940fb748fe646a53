"""The catalogue's file: one row per recording of the tables `catalogue` and `tracks`, in SQLite with FTS5.

The id of a row is a hash of its content, so a build writes only the rows that are new and removes those that are gone,
in a copy that replaces the file. The search is in `search`, and the words and keys of a song in `keys`.
"""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from music_platform.serving.catalogue import words as catalogue_words
from music_platform.serving.catalogue.keys import entry, plain
from music_platform.storage.code import code_version
from music_platform.storage.files import fingerprint, replacing

if TYPE_CHECKING:
    import pyarrow as pa

    from music_platform.storage.warehouse import Warehouse

_HASH_BITS = 48


def _normal(column: str) -> str:
    """SQL that normalises all rows at once, nearly as `features.text.exact_key` does."""
    marked = rf"regexp_matches({column}, '[^\p{{Latin}}\p{{Greek}}\p{{Cyrillic}}\P{{L}}]')"
    plain = f"lower(CASE WHEN {marked} THEN {column} ELSE strip_accents({column}) END)"
    letters = rf"regexp_replace({plain}, '[^\p{{L}}\p{{M}}\p{{N}}#+=×÷±∞?!*@%$]+', ' ', 'g')"
    return f"coalesce(nullif(trim({letters}), ''), {column})"


SONGS = rf"""
WITH listed AS (
    SELECT
        track_id,
        coalesce(c.title, t.track_name) AS title,
        CASE WHEN length(t.artists) > coalesce(length(c.artist), 0) THEN t.artists ELSE c.artist END AS named,
        regexp_replace(named, '\s*;\s*', ', ', 'g') AS artist,
        coalesce(c.album, t.album) AS album,
        coalesce(c.year, t.year) AS year,
        greatest(c.popularity, t.popularity) AS popularity,
        t.duration_ms AS duration_ms
    FROM features.catalogue c FULL JOIN features.tracks t USING (track_id)
), called AS (
    SELECT *, hash({_normal("title")}, {_normal("artist")}) AS called, lower(strip_accents(album)) AS own_album,
        (album IS NOT NULL)::INT + (year IS NOT NULL)::INT + (duration_ms IS NOT NULL)::INT AS facts
    FROM listed
), placed AS (
    SELECT *, coalesce(own_album, first_value(own_album) OVER (
        PARTITION BY called ORDER BY own_album IS NULL, popularity DESC NULLS LAST, track_id)) AS on_album
    FROM called
), merged AS (
    SELECT
        track_id, title, artist,
        coalesce(album, max(album) OVER recording) AS album,
        coalesce(year, min(year) OVER recording) AS year,
        max(popularity) OVER recording AS popularity,
        coalesce(duration_ms, max(duration_ms) OVER recording) AS duration_ms
    FROM placed
    WINDOW recording AS (PARTITION BY called, on_album)
    QUALIFY row_number() OVER (
        PARTITION BY called, on_album ORDER BY facts DESC, popularity DESC NULLS LAST, track_id) = 1
)
SELECT
    ((101 - coalesce(round(popularity) + 1, 0))::BIGINT << {_HASH_BITS}) + (md5_number_lower(concat(
        track_id, '|', title, '|', artist, '|', album, '|', year, '|', popularity, '|', duration_ms
    )) >> {64 - _HASH_BITS})::BIGINT AS id,
    track_id, title, artist, album, year, popularity, duration_ms
FROM merged
ORDER BY id
"""  # noqa: S608 - of constants
"""The songs of `features.catalogue` and `features.tracks`, in DuckDB's SQL.

Rows of one track, and rows with the same title (version included), artists and album, are one recording with the facts
of all; one without an album is that of the most popular album. `id` rises as popularity falls, so that the index gives
popular songs first, and ends with a hash of the row, so that equal rows have equal ids whenever they came.
"""
_COLUMNS = ("id", "track_id", "title", "artist", "album", "year", "popularity", "duration_ms")
_SCHEMA = """
PRAGMA page_size = 4096;
PRAGMA journal_mode = OFF;
CREATE TABLE songs (
    id INTEGER PRIMARY KEY, track_id TEXT NOT NULL, title TEXT NOT NULL, artist TEXT NOT NULL, album TEXT,
    year INTEGER, popularity REAL, duration_ms INTEGER, words TEXT, base TEXT, names TEXT);
CREATE VIRTUAL TABLE found USING fts5(
    title, artist, album, keys, content='', columnsize=0, detail=column, tokenize='ascii');
INSERT INTO found (found, rank) VALUES ('hashsize', 67108864);
CREATE TABLE made (version TEXT NOT NULL, code TEXT NOT NULL);
"""
_BATCH = 20_000
_Songs = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Built:
    """The result of a build: the rows and bytes of the file, and the rows that were added and removed."""

    rows: int
    bytes: int
    added: int
    removed: int
    changed: bool = True


def build(path: Path, rows: "pa.Table", version: str) -> Built:
    """Bring the file at `path` up to date.

    Args:
        path: the file, which is replaced as a whole at the end.
        rows: the result of the query `SONGS`.
        version: a name of the data that the rows were made from, for `version_of`.
    """
    code = _code()
    ids, first = np.unique(rows["id"].to_numpy(), return_index=True)
    known = _known(path, code)
    added, removed = np.setdiff1d(ids, known), np.setdiff1d(known, ids)
    fresh = not len(known) or len(added) + len(removed) > len(ids)
    if fresh:
        added, removed = ids, known[:0]
    with replacing(path) as temporary:
        if not fresh:
            shutil.copyfile(path, temporary)
        with closing(sqlite3.connect(temporary, isolation_level=None)) as database:
            database.execute("PRAGMA synchronous = OFF")
            if fresh:
                database.executescript(_SCHEMA + catalogue_words.SCHEMA)
            database.execute("PRAGMA journal_mode = OFF")
            database.execute("BEGIN")
            change: Counter[str] = Counter()
            for songs in _stored(database, removed):
                change.subtract(_remove(database, songs))
            for songs in _batches(rows.take(first[np.searchsorted(ids, added)])):
                change.update(_add(database, songs))
            if change:
                catalogue_words.count(database, change)
            database.execute("DELETE FROM made")
            database.execute("INSERT INTO made VALUES (?, ?)", (version, code))
            if fresh:
                database.execute("CREATE INDEX songs_track ON songs (track_id)")
                database.execute("INSERT INTO found (found) VALUES ('optimize')")
            database.execute("COMMIT")
    return Built(len(ids), path.stat().st_size, len(added), len(removed))


def update(path: Path, warehouse: "Warehouse") -> tuple[Built, str] | None:
    """Bring the file up to date with the tables; gives the build and the file's version.

    Without a song in the tables the file is removed, and the result is None.
    """
    tables = [warehouse.made(f"features.{name}") for name in ("catalogue", "tracks")]
    if None in tables or not any(made.rows for made in tables if made):
        path.unlink(missing_ok=True)
        return None
    version = fingerprint([made.data_version for made in tables if made], _code())
    if version_of(path) == version:
        with closing(_open(path)) as database:
            (rows,) = database.execute("SELECT count(*) FROM songs").fetchone()
        return Built(rows, path.stat().st_size, 0, 0, changed=False), version
    return build(path, warehouse.arrow(SONGS), version), version


def version_of(path: Path) -> str | None:
    """The version that the file was built as; None without a file that this code can use."""
    made = _made(path)
    return made[0] if made and made[1] == _code() else None


def _code() -> str:
    """The version of the code that the content of the file depends on."""
    own = (f"{__name__}:{name}" for name in ("SONGS", "_SCHEMA", "_add", "_remove"))
    return code_version(*own, *(f"{catalogue_words.__name__}:{name}" for name in ("SCHEMA", "count")))


def _made(path: Path) -> tuple[str, str] | None:
    if path.is_file():
        with suppress(sqlite3.DatabaseError), closing(_open(path)) as database:
            made: tuple[str, str] | None = database.execute("SELECT version, code FROM made").fetchone()
            return made
    return None


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def _known(path: Path, code: str) -> np.ndarray:
    """The ids in the file, sorted; none if other code wrote it."""
    made = _made(path)
    if made is None or made[1] != code:
        return np.empty(0, np.int64)
    with closing(_open(path)) as database:
        ids = database.execute("SELECT id FROM songs INDEXED BY songs_track")
        return np.sort(np.fromiter((row[0] for row in ids), np.int64))


def _batches(rows: "pa.Table") -> Iterator[_Songs]:
    for batch in rows.select(_COLUMNS).to_batches(max_chunksize=_BATCH):
        yield list(zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _stored(database: sqlite3.Connection, ids: np.ndarray) -> Iterator[_Songs]:
    query = f"SELECT {', '.join(_COLUMNS)} FROM songs WHERE id = ?"  # noqa: S608
    for start in range(0, len(ids), _BATCH):
        yield [database.execute(query, (i,)).fetchone() for i in ids[start : start + _BATCH].tolist()]


def _add(database: sqlite3.Connection, songs: _Songs) -> Counter[str]:
    """Write songs; gives the number of them that have each word."""
    stored, texts = _described(songs)
    database.executemany("INSERT INTO songs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", stored)
    database.executemany("INSERT INTO found (rowid, title, artist, album, keys) VALUES (?, ?, ?, ?, ?)", texts)
    return _words(texts)


def _remove(database: sqlite3.Connection, songs: _Songs) -> Counter[str]:
    """Remove songs; gives the number of them that had each word."""
    _, texts = _described(songs)
    # An index without content needs the texts of a row to delete it.
    delete = "INSERT INTO found (found, rowid, title, artist, album, keys) VALUES ('delete', ?, ?, ?, ?, ?)"
    database.executemany(delete, texts)
    database.executemany("DELETE FROM songs WHERE id = ?", ((song[0],) for song in songs))
    return _words(texts)


def _described(songs: _Songs) -> tuple[_Songs, list[tuple[int, str, str, str, str]]]:
    stored, texts = [], []
    for song in songs:
        number, _, title, artist, album, *_ = song
        found = entry(title, artist)
        # A value that follows from the column beside it is not stored.
        words = None if found.words == title.lower() else found.words
        base = None if found.base == found.words else found.base
        names = None if found.names == (artist.lower(),) else "|".join(found.names)
        stored.append((*song, words, base, names))
        texts.append((number, found.words, found.artists, plain(album or ""), " ".join(found.keys)))
    return stored, texts


def _words(texts: list[tuple[int, str, str, str, str]]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for _, title, artist, album, _ in texts:
        counted.update({*title.split(), *artist.split(), *album.split()})
    return counted
