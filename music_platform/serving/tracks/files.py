"""From the table of tracks to the files that recommendations are made from. `recommender` reads them.

`tracks.safetensors` holds a row per track: `features` (n, 5) float32, `song` and `artist` (n,) int32, equal for
all recordings of a song and all tracks of an artist, `year` (n,) int16, 0 where it is unknown, `popularity` (n,)
float32, NaN where it is unknown, and `genres` (b, n) uint8: bit j % 8 of row j // 8 says whether the track's song
has genre j. `tracks.sqlite` holds the names: `tracks(position, track_id, track_name, artists)`, `genres(number,
name)`, and `found`, the words of titles and artists. Rows are in order of popularity.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from music_platform.features.text import normalise, song_id
from music_platform.tasks import CLUSTER_FEATURES

if TYPE_CHECKING:
    import pyarrow as pa

_SCHEMA = """
CREATE TABLE tracks (
    position INTEGER PRIMARY KEY, track_id TEXT NOT NULL UNIQUE, track_name TEXT NOT NULL, artists TEXT NOT NULL);
CREATE TABLE genres (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE VIRTUAL TABLE found USING fts5(
    words, content='', columnsize=0, detail=none, prefix='1 2 3', tokenize='unicode61 remove_diacritics 0');
"""
_INSERTS = (
    "INSERT INTO tracks VALUES (?, ?, ?, ?)",
    "INSERT INTO genres VALUES (?, ?)",
    "INSERT INTO found (rowid, words) VALUES (?, ?)",
)


def write_tracks(folder: Path, tracks: "pa.Table") -> "pa.Table":
    """Write both files into `folder`, and give the table in the order in which they hold it."""
    tracks = tracks.sort_by([("popularity", "descending"), ("track_id", "ascending")])
    names = [tracks[name].to_pylist() for name in ("track_id", "track_name", "artists")]
    song = _numbered([song_id(artist, title) for _, title, artist in zip(*names, strict=True)])
    genres, bits = _genres(tracks["genre"].to_pylist(), song)
    arrays = {
        "features": features_of(tracks).astype(np.float32),
        "song": song,
        "artist": _numbered(tracks["artist_key"].to_pylist()),
        "genres": bits,
        "year": tracks["year"].fill_null(0).to_numpy().astype(np.int16),
        "popularity": tracks["popularity"].fill_null(np.nan).to_numpy().astype(np.float32),
    }
    save_file(arrays, folder / "tracks.safetensors")
    words = (normalise(f"{title} {artists}") for _, title, artists in zip(*names, strict=True))
    rows = (zip(range(len(song)), *names, strict=True), enumerate(genres), enumerate(words))
    with closing(sqlite3.connect(folder / "tracks.sqlite")) as database, database:
        database.executescript(_SCHEMA)
        for insert, values in zip(_INSERTS, rows, strict=True):
            database.executemany(insert, values)
        database.execute("INSERT INTO found (found) VALUES ('optimize')")
    return tracks


def features_of(tracks: "pa.Table") -> NDArray[np.float64]:
    """The five features of every track in original units, (n, 5)."""
    return np.column_stack([tracks[name].to_numpy() for name in CLUSTER_FEATURES])


def _numbered(names: list[str]) -> NDArray[np.int32]:
    return np.unique(np.array(names, np.str_), return_inverse=True)[1].astype(np.int32)


def _genres(genre: list[str | None], song: NDArray[np.int32]) -> tuple[list[str], NDArray[np.uint8]]:
    """The genres by number, and the bits of `genres`; a track has the genres of all recordings of its song."""
    named = np.array([name or "" for name in genre], np.str_)
    names = [str(name) for name in np.unique(named) if name]
    bits = np.zeros((max(1, -(-len(names) // 8)), len(song)), np.uint8)
    for number, name in enumerate(names):
        songs = np.zeros(song.max() + 1, bool)
        songs[song[named == name]] = True
        bits[number // 8] |= songs[song].astype(np.uint8) << number % 8
    return names, bits
