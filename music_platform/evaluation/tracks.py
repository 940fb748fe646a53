"""The tracks that clusters and recommendations are judged on, as arrays; names become numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from music_platform.errors import InputError
from music_platform.features.text import song_id
from music_platform.tasks import CLUSTER_FEATURES

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

UNKNOWN = -1
"""The number of a genre that is not known."""


@dataclass(frozen=True, eq=False)
class Tracks:
    """n tracks."""

    features: Floats
    """(n, d) in their original units, no value missing; columns are `tasks.CLUSTER_FEATURES`."""
    artist: Ints
    """(n,) number of each track's artist, the unit that intervals resample."""
    song: Ints
    """(n,) number of the song that each track is a recording of."""
    genre: Ints
    """(n,) place of each track's genre in `genres`; `UNKNOWN` where it has none."""
    genres: tuple[str, ...]
    popularity: Floats
    """(n,) NaN where it is unknown."""

    def __len__(self) -> int:
        return len(self.features)

    @property
    def tagged(self) -> Ints:
        """Positions of the tracks whose genre is known."""
        return np.flatnonzero(self.genre != UNKNOWN)

    def at(self, rows: Ints) -> "Tracks":
        """The tracks at these positions."""
        columns = ("features", "artist", "song", "genre", "popularity")
        return replace(self, **{name: getattr(self, name)[rows] for name in columns})


def tracks(
    features: NDArray,
    artists: Sequence[str],
    genres: Sequence[str | None] | None = None,
    songs: Sequence[str] | None = None,
    popularity: Sequence[float | None] | None = None,
) -> Tracks:
    """Tracks from their columns; without `genres` and `popularity` these are unknown, without `songs` all differ.

    Raises:
        InputError: a feature is not finite.
    """
    features = np.asarray(features, float)
    if not np.isfinite(features).all():
        raise InputError(f"tracks: a value of {', '.join(CLUSTER_FEATURES)} is not finite; all must be numbers")
    size = len(features)
    names = [genre if isinstance(genre, str) and genre else None for genre in genres or [None] * size]
    known = sorted({name for name in names if name is not None})
    number = {name: i for i, name in enumerate(known)} | {None: UNKNOWN}
    return Tracks(
        features,
        artist=np.unique(np.asarray(artists, str), return_inverse=True)[1],
        song=np.arange(size) if songs is None else np.unique(np.asarray(songs, str), return_inverse=True)[1],
        genre=np.array([number[name] for name in names], int),
        genres=tuple(known),
        popularity=np.array([np.nan] * size if popularity is None else popularity, float),
    )


def from_table(table: "pa.Table") -> Tracks:
    """The rows of `tables.TABLES["tracks"]`, in their order."""
    columns = {name: table[name].to_pylist() for name in ("artist_key", "genre", "artists", "track_name", "popularity")}
    return tracks(
        np.column_stack([table[name].to_numpy() for name in CLUSTER_FEATURES]),
        columns["artist_key"],
        columns["genre"],
        [song_id(*names) for names in zip(columns["artists"], columns["track_name"], strict=True)],
        columns["popularity"],
    )
