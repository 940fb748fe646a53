"""The search for songs, artists and albums in the catalogue's file. No HTTP, no dialogue.

`index` writes the file, `questions` makes the queries of it, and `ranking` ranks the songs found.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from music_platform.features.text import artist_key, exact_key, title_key
from music_platform.serving.catalogue.keys import credited, key, plain, together, without_small
from music_platform.serving.catalogue.questions import Asked, Questions, by, keys
from music_platform.serving.catalogue.ranking import (
    ArtistHit,
    Found,
    Hit,
    Judge,
    Song,
    artists,
    collapsed,
    judge,
    judge_text,
    ranked,
)
from music_platform.storage.thread_connection import ThreadConnection

MAX_CHARACTERS = 400
"""Characters of a query that are read; the rest is ignored."""
_CANDIDATES = 100
"""Songs of a question that are ranked at most: the most popular ones."""
_ALL = -1
_TERMS = """
CREATE VIRTUAL TABLE IF NOT EXISTS temp.terms USING fts5vocab('main', 'found', 'row')
"""
_SELECT = """
SELECT s.id, s.track_id, s.title, s.artist, s.album, s.year, s.popularity, s.duration_ms, s.words, s.base, s.names
FROM (SELECT rowid FROM found WHERE found MATCH ? LIMIT ?) f JOIN songs s ON s.id = f.rowid
"""


def _titled(title: str) -> list[str]:
    """The questions for songs with exactly this title: first for this version, then for any."""
    return [keys("t", text) for text in dict.fromkeys((plain(title), title_key(title)))]


class CatalogueSearch:
    """The catalogue in a file that `index.build` wrote; any number of threads may search."""

    def __init__(self, path: Path) -> None:
        self._uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._local = threading.local()
        # One request asks several times for the same names.
        self._exactly = lru_cache(1_024)(self._exact)
        self._finds = lru_cache(256)(self._find)
        self._knows = lru_cache(64)(self._known)

    @property
    def _database(self) -> sqlite3.Connection:
        """This thread's connection: threads that share one wait for each other."""
        if not hasattr(self._local, "connection"):
            self._local.connection = ThreadConnection(self._uri, uri=True)
            self._local.connection.execute("PRAGMA cache_size = -256")  # kB; the system keeps the pages for all threads
            self._local.connection.execute(_TERMS)
        connection: sqlite3.Connection = self._local.connection
        return connection

    def search(self, query: str, limit: int = 10) -> list[Hit]:
        """Songs by words of title, artist and album in any order; best first, the versions of a song as one."""
        text = query[:MAX_CHARACTERS]
        exact = [*_titled(text), keys("a", together(text))]
        return self._hits([Asked.of("title artist album", plain(text))], exact, judge_text(text), limit)

    def find(self, title: str = "", artist: str = "", limit: int = 10) -> list[Hit]:
        """Songs by title, artist or both; of an artist alone, the most popular first."""
        return list(self._finds(title[:MAX_CHARACTERS].strip(), artist[:MAX_CHARACTERS].strip(), limit))

    def _find(self, title: str, artist: str, limit: int) -> tuple[Hit, ...]:
        if not title and not artist:
            return ()
        asked = [Asked.of("title", title_key(title) if title else ""), Asked.of("artist", together(artist))]
        exact = _titled(title) if title else []
        if artist:
            exact = [f"{question} AND {by(artist)}" for question in exact] or [by(artist)]
        return tuple(self._hits(asked, exact, judge(title, artist), limit))

    def exact(self, title: str, artist: str = "") -> list[Song]:
        """Songs of exactly this title, whatever the version, and of this artist if one is named; popular ones first."""
        return list(self._exactly(title[:MAX_CHARACTERS].strip(), artist[:MAX_CHARACTERS].strip()))

    def _exact(self, title: str, artist: str) -> tuple[Song, ...]:
        base = title_key(title) if title else ""
        if not base:
            return ()
        question = " AND ".join([keys("t", base)] + [by(artist)] * bool(artist))
        bare, full, exact = base.replace(" ", ""), plain(title), exact_key(title)
        rows = [row for row in self._rows(question, _CANDIDATES, "exact") if row.base.replace(" ", "") == bare]
        for row in rows:
            row.score = float(row.words == full) + float(exact_key(row.song.title) == exact)
        best = sorted(collapsed(rows), key=lambda found: (-found.popularity, found.row[0]))
        return tuple(found.song for found in best)

    def known(self, titles: Iterable[str], artists: Iterable[str]) -> tuple[set[str], set[str]]:
        """Those of the titles, and of the artists, that may be in the catalogue: one query for all of them.

        All are normalised. Rarely, a name is among the answers by chance.
        """
        return self._knows(frozenset(titles), frozenset(artists))

    def _known(self, titles: frozenset[str], artists: frozenset[str]) -> tuple[set[str], set[str]]:
        asked: dict[str, list[str]] = {}
        for kind, name in (*(("t", title) for title in titles), *(("a", artist) for artist in artists)):
            asked.setdefault(key(kind, name if kind == "t" else without_small(name)), []).append(name)
        query = "SELECT term FROM temp.terms WHERE term IN (SELECT value FROM json_each(?))"
        terms = [term for (term,) in self._database.execute(query, (json.dumps(list(asked)),))]
        found = {kind: {name for term in terms if term[0] == kind for name in asked[term]} for kind in "ta"}
        return found["t"], found["a"]

    def artist(self, name: str) -> str | None:
        """The artist of exactly this name, after normalisation, as it is written there."""
        called = together(name[:MAX_CHARACTERS].strip())
        rows = self._rows(keys("a", called), 1, "exact") if called else []
        credited_names = (
            name for row in rows for name in (row.song.artist, *credited(row.song.title, row.song.artist))
        )
        return next((name for name in credited_names if together(name) == called), None)

    def artists(self, name: str, limit: int = 5) -> list[ArtistHit]:
        """Artists by name, best first, with the number of different songs and albums of each."""
        name = name[:MAX_CHARACTERS].strip()
        if not name:
            return []
        asked = Asked.of("artist", together(name))
        found = self._found([asked], [by(name)], judge("", name), _CANDIDATES)
        hits = artists(name, sorted(found, key=lambda song: -song.popularity))[:limit]
        return [self._counted(hit) for hit in hits]

    def song(self, track_id: str) -> Song | None:
        """The song with this identifier."""
        query = f"SELECT {', '.join(Song.__slots__)} FROM songs WHERE track_id = ?"  # noqa: S608
        row = self._database.execute(query, (track_id.encode("utf-8", "replace").decode(),)).fetchone()
        return Song(*row) if row else None

    def versions(self, track_id: str) -> list[Song]:
        """All recordings of a song, itself among them, most popular first: their albums and years are the song's."""
        song = self.song(track_id)
        if song is None:
            return []
        base, artist = title_key(song.title), artist_key(song.artist)
        rows = self._rows(f"{keys('t', base)} AND {keys('a', artist)}", _ALL, "exact")
        return [found.song for found in rows if (found.base, found.names[0]) == (base, artist)]

    def _counted(self, hit: ArtistHit) -> ArtistHit:
        name = together(hit.name)
        rows = [found for found in self._rows(keys("a", name), _ALL, "exact") if name in found.names]
        albums = {plain(found.row[4]) for found in rows if found.row[4]}
        return replace(hit, songs=len({(found.base, found.names[0]) for found in rows}), albums=len(albums))

    def _hits(self, asked: Sequence[Asked], exact: Sequence[str], judged: Judge, limit: int) -> list[Hit]:
        songs = ranked(self._found(asked, exact, judged, limit))[: max(limit, 0)]
        return [Hit(found.song, round(found.score, 4), found.match) for found in songs]

    def _found(self, asked: Sequence[Asked], exact: Sequence[str], judged: Judge, limit: int) -> list[Found]:
        """Ask turn by turn; for corrected words only if no song fits the words as they were typed."""
        questions = Questions(self._database, asked)
        found: dict[int, Found] = {}
        for match, turn, wanted in (
            ("exact", exact, limit),
            ("prefix", questions.as_typed(), limit),
            ("prefix", questions.begun(), 1),
            ("corrected", questions.meant(), 1),
            ("fuzzy", questions.some(), 1),
        ):
            if sum(song.fits for song in collapsed(found.values())) >= wanted:
                break
            for question in turn:
                rows = [row for row in self._rows(question, _CANDIDATES, match) if row.row[0] not in found]
                for row in rows:
                    judged(row)
                    found[row.row[0]] = row
                if wanted == 1 and any(row.fits for row in rows):
                    break
        return collapsed(found.values())

    def _rows(self, question: str, most: int, match: str) -> list[Found]:
        return [Found.of(row, match) for row in self._database.execute(_SELECT, (question, most))]
