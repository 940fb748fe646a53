"""Names of tracks on disk: by id, by position, and by the words that a person types.

`files` writes the file. Positions rise as popularity falls.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from music_platform.features.text import normalise

_NAMED = "SELECT position, track_id, track_name, artists FROM tracks WHERE position IN (SELECT value FROM json_each(?))"
_KNOWN = "SELECT track_id, position FROM tracks WHERE track_id IN (SELECT value FROM json_each(?))"
_FOUND = "SELECT rowid FROM found WHERE found MATCH ? ORDER BY rowid LIMIT ?"


class UnknownTrackError(LookupError):
    """No track of the collection has this id.

    Attributes:
        track_id: the id.
        path: its place in the request.
    """

    def __init__(self, track_id: str, *path: str | int) -> None:
        super().__init__(track_id)
        self.track_id, self.path = track_id, path


class TrackStore:
    """`tracks.sqlite` in a folder that `files.write_tracks` wrote; any number of threads may read it."""

    def __init__(self, folder: Path) -> None:
        self._uri = f"{(folder / 'tracks.sqlite').resolve().as_uri()}?mode=ro&immutable=1"
        with self._tracks() as tracks:
            self.genres = [row[0] for row in tracks.execute("SELECT name FROM genres ORDER BY number")]
            """Names of the genres, by number."""

    @contextmanager
    def _tracks(self) -> Iterator[sqlite3.Connection]:
        # Opening takes 0.1 ms, and a connection of its own spares every thread the lock of a shared one.
        with closing(sqlite3.connect(self._uri, uri=True)) as connection:
            yield connection

    def position(self, track_id: str) -> int:
        """Row of a track.

        Raises:
            UnknownTrackError: the collection has no such track.
        """
        with self._tracks() as tracks:
            row = tracks.execute("SELECT position FROM tracks WHERE track_id = ?", (track_id,)).fetchone()
        if row is None:
            raise UnknownTrackError(track_id, "track_id")
        return int(row[0])

    def positions(self, track_ids: Sequence[str]) -> list[int]:
        """Rows of tracks, in their order.

        Raises:
            UnknownTrackError: the collection lacks some of them; the error names the first.
        """
        with self._tracks() as tracks:
            known = dict(tracks.execute(_KNOWN, (json.dumps(track_ids),)))
        for place, track_id in enumerate(track_ids):
            if track_id not in known:
                raise UnknownTrackError(track_id, "track_ids", place)
        return [known[track_id] for track_id in track_ids]

    def names(self, positions: Sequence[int]) -> list[tuple[str, str, str]]:
        """`track_id`, `track_name` and `artists` of tracks, in their order."""
        with self._tracks() as tracks:
            found = {row[0]: row[1:] for row in tracks.execute(_NAMED, (json.dumps(positions),))}
        return [found[position] for position in positions]

    def search(self, query: str, limit: int) -> list[int]:
        """Rows of tracks with words that begin like every word of the query, most popular first."""
        words = dict.fromkeys(normalise(query).split())
        if not words:
            return []
        with self._tracks() as tracks:
            found = tracks.execute(_FOUND, (" ".join(f'"{word}"*' for word in words), limit))
            return [row[0] for row in found]
