"""The vocabulary of the catalogue, on disk beside its songs: the number of songs of a word, and the words like it.

They are the tables `words` and `slips` of the catalogue's file: `index.build` writes them, the search reads them.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from rapidfuzz.distance import OSA

from music_platform.serving.catalogue.keys import slips

SCHEMA = """
CREATE TABLE words (word TEXT PRIMARY KEY, songs INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE slips (number INTEGER, word TEXT, PRIMARY KEY (number, word)) WITHOUT ROWID;
"""
_IN = "IN (SELECT value FROM json_each(?))"
_SCANNED = 4_000
"""Words with a common beginning that are compared at most."""
_LONG = 5
"""Letters from which on a word may have two slips."""


def count(database: sqlite3.Connection, change: Counter[str]) -> None:
    """Add to the number of songs of each word, and remove a word that no song has any more."""
    changed = sorted(word for word, songs in change.items() if songs)
    new = set(changed) - songs_of(database, changed).keys()
    database.executemany(
        "INSERT INTO words VALUES (?, ?) ON CONFLICT (word) DO UPDATE SET songs = songs + excluded.songs",
        ((word, change[word]) for word in changed),
    )
    _add_slips(database, sorted(new))
    gone = database.execute("SELECT word FROM words WHERE songs <= 0").fetchall() if min(change.values()) < 0 else []
    for (word,) in gone:
        database.executemany("DELETE FROM slips WHERE number = ? AND word = ?", ((n, word) for n in slips(word)))
    database.executemany("DELETE FROM words WHERE word = ?", gone)


def _add_slips(database: sqlite3.Connection, words: Sequence[str]) -> None:
    """Insert the slips in the order of the table, so that SQLite writes each page once and full."""
    pairs = np.fromiter(((number, i) for i, word in enumerate(words) for number in slips(word)), np.dtype("u4,u4"))
    pairs.sort()
    rows = ((number, words[i]) for number, i in pairs.tolist())
    database.executemany("INSERT OR IGNORE INTO slips VALUES (?, ?)", rows)


def songs_of(database: sqlite3.Connection, words: Iterable[str]) -> dict[str, int]:
    """The number of songs that have each of the words, without words that no song has."""
    query = f"SELECT word, songs FROM words WHERE word {_IN}"  # noqa: S608
    return dict(database.execute(query, (json.dumps(list(words)),)))


def beginning(database: sqlite3.Connection, start: str, most: int) -> dict[str, int]:
    """The most frequent words that begin with `start`, with their numbers of songs."""
    return dict(sorted(_range(database, start), key=lambda found: -found[1])[:most])


def _range(database: sqlite3.Connection, start: str) -> list[tuple[str, int]]:
    query = "SELECT word, songs FROM words WHERE word >= ? AND word < ? LIMIT ?"
    return database.execute(query, (start, start + "\U0010ffff", _SCANNED)).fetchall()


def near(database: sqlite3.Connection, word: str, most: int) -> dict[str, int]:
    """The words one slip away, or two from a long word, with their numbers of songs; nearest first, then frequent."""
    query = f"SELECT word, songs FROM words WHERE word IN (SELECT word FROM slips WHERE number {_IN})"  # noqa: S608
    found = database.execute(query, (json.dumps(list(slips(word))),))
    return _nearest(word, found, 1 if len(word) < _LONG else 2, most)


def alike(database: sqlite3.Connection, word: str, most: int) -> dict[str, int]:
    """Words with the same first letters that differ in at most a third of them: for words that `near` does not find."""
    return _nearest(word, _range(database, word[:3]), len(word) // 3, most) if len(word) > _LONG else {}


def _nearest(word: str, found: Iterable[tuple[str, int]], furthest: int, most: int) -> dict[str, int]:
    ranked = sorted((OSA.distance(word, other, score_cutoff=furthest), -songs, other) for other, songs in found)
    return {other: -songs for distance, songs, other in ranked[:most] if distance <= furthest}


def halves(database: sqlite3.Connection, word: str) -> dict[str, int]:
    """The most frequent pair of words, parted by a space, that gives the word when written together."""
    cuts = [(word[:i], word[i:]) for i in range(2, len(word) - 1)]
    songs = songs_of(database, {part for cut in cuts for part in cut}) if cuts else {}
    rarer = {" ".join(cut): min(songs[part] for part in cut) for cut in cuts if songs.keys() >= set(cut)}
    best = max(rarer, key=lambda both: rarer[both], default=None)
    return {best: rarer[best]} if best else {}
