"""The vocabulary of the catalogue, on disk beside its songs: how many songs hold a word, and which words look like one.

Tables `words` and `slips` of the catalogue's file; `build` keeps them, the search reads them. No song is read here.
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
"""Words with a common beginning that are looked at."""
_LONG = 5
"""Letters from which on a word may have two slips."""


def count(database: sqlite3.Connection, change: Counter[str]) -> None:
    """Add to the number of songs of words; a word that no song holds any more goes."""
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
    """In the order of the table, so that its pages are written once and full."""
    pairs = np.fromiter(((number, i) for i, word in enumerate(words) for number in slips(word)), np.dtype("u4,u4"))
    pairs.sort()
    rows = ((number, words[i]) for number, i in pairs.tolist())
    database.executemany("INSERT OR IGNORE INTO slips VALUES (?, ?)", rows)


def songs_of(database: sqlite3.Connection, words: Iterable[str]) -> dict[str, int]:
    """How many songs hold each of the words; without those that none holds."""
    query = f"SELECT word, songs FROM words WHERE word {_IN}"  # noqa: S608
    return dict(database.execute(query, (json.dumps(list(words)),)))


def beginning(database: sqlite3.Connection, start: str, most: int) -> dict[str, int]:
    """The most frequent words that begin with `start`, and how many songs hold them."""
    return dict(sorted(_range(database, start), key=lambda found: -found[1])[:most])


def _range(database: sqlite3.Connection, start: str) -> list[tuple[str, int]]:
    query = "SELECT word, songs FROM words WHERE word >= ? AND word < ? LIMIT ?"
    return database.execute(query, (start, start + "\U0010ffff", _SCANNED)).fetchall()


def near(database: sqlite3.Connection, word: str, most: int) -> dict[str, int]:
    """The words one slip away, of long ones also two, and how many songs hold them; nearest first, then frequent."""
    query = f"SELECT word, songs FROM words WHERE word IN (SELECT word FROM slips WHERE number {_IN})"  # noqa: S608
    found = database.execute(query, (json.dumps(list(slips(word))),))
    return _nearest(word, found, 1 if len(word) < _LONG else 2, most)


def alike(database: sqlite3.Connection, word: str, most: int) -> dict[str, int]:
    """Words with the same first letters, a third of their letters away at most: for what `near` does not find."""
    return _nearest(word, _range(database, word[:3]), len(word) // 3, most) if len(word) > _LONG else {}


def _nearest(word: str, found: Iterable[tuple[str, int]], furthest: int, most: int) -> dict[str, int]:
    ranked = sorted((OSA.distance(word, other, score_cutoff=furthest), -songs, other) for other, songs in found)
    return {other: -songs for distance, songs, other in ranked[:most] if distance <= furthest}


def halves(database: sqlite3.Connection, word: str) -> dict[str, int]:
    """The two words that a word is written together from, parted by a space, if there are; the most frequent ones."""
    cuts = [(word[:i], word[i:]) for i in range(2, len(word) - 1)]
    songs = songs_of(database, {part for cut in cuts for part in cut}) if cuts else {}
    rarer = {" ".join(cut): min(songs[part] for part in cut) for cut in cuts if songs.keys() >= set(cut)}
    best = max(rarer, key=lambda both: rarer[both], default=None)
    return {best: rarer[best]} if best else {}
