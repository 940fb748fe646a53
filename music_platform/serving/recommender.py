"""From a track or audio features to the nearest tracks of the same cluster. No HTTP; names stay on disk."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from safetensors.numpy import load_file
from scipy.spatial import KDTree

from music_platform.schema import CLUSTER_FEATURES

_SAME = 1e-6


class ClusterModel(Protocol):
    """The K-Means model as it was trained."""

    def standardised(self, features: np.ndarray) -> np.ndarray:
        """Features in the space in which distances are measured, (n, 5)."""

    def assign(self, features: np.ndarray) -> np.ndarray:
        """Cluster of every row of (n, 5) features in original units, (n,) int."""


class UnknownTrackError(LookupError):
    """No track of the collection has this id."""


@dataclass(frozen=True)
class Neighbour:
    """A recommended track: `distance` is Euclidean in scaled features."""

    track_id: str
    track_name: str
    artists: str
    distance: float
    reason: str


class Recommender:
    """Exact nearest neighbours in scaled feature space, one KD-tree per cluster.

    `folder` holds `tracks.safetensors` with `features` (n, 5) float32 and `song` (n,) int32, equal for all
    recordings of one song, and `tracks.sqlite` with the table `tracks(position, track_id, track_name,
    artists)`.
    """

    def __init__(self, folder: Path, model: ClusterModel) -> None:
        arrays = load_file(folder / "tracks.safetensors")
        self._features, self._song = arrays["features"].astype(np.float64), arrays["song"]
        self._uri = f"{(folder / 'tracks.sqlite').resolve().as_uri()}?mode=ro&immutable=1"
        self._model = model
        self._scaled = model.standardised(self._features)
        cluster = model.assign(self._features)
        self._members = {int(c): np.flatnonzero(cluster == c) for c in np.unique(cluster)}
        self._trees = {c: KDTree(self._scaled[members]) for c, members in self._members.items()}

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
            raise UnknownTrackError(track_id)
        return int(row[0])

    def features(self, position: int) -> np.ndarray:
        """The five features of a track in original units."""
        return self._features[position]

    def nearest(self, features: np.ndarray, k: int, itself: int | None = None) -> list[Neighbour]:
        """At most `k` tracks of the cluster of `features` (5,), nearest first, every song once.

        `itself` is the position of the track asked for: it and other recordings of its song are left out.
        """
        cluster = int(self._model.assign(features[None, :])[0])
        if cluster not in self._trees:
            return []
        point = self._model.standardised(features[None, :])[0]
        positions, distances = self._distinct(cluster, point, k, itself)
        names = self._names(positions)
        return [
            Neighbour(*names[position], distance, _reason(np.abs(self._scaled[position] - point)))
            for position, distance in zip(positions, np.round(distances, 6).tolist(), strict=True)
        ]

    def _names(self, positions: Sequence[int]) -> dict[int, tuple[str, str, str]]:
        """Position -> track_id, track_name and artists."""
        wanted = "SELECT value FROM json_each(?)"
        query = f"SELECT position, track_id, track_name, artists FROM tracks WHERE position IN ({wanted})"  # noqa: S608
        with self._tracks() as tracks:
            return {row[0]: row[1:] for row in tracks.execute(query, (json.dumps(positions),))}

    def _distinct(self, cluster: int, point: np.ndarray, k: int, itself: int | None) -> tuple[list[int], list[float]]:
        tree, members = self._trees[cluster], self._members[cluster]
        wanted = min(2 * k + 8, len(members))
        while True:
            distances, indices = tree.query(point, k=np.arange(1, wanted + 1))
            positions = members[indices]
            order = np.lexsort((positions, distances))
            positions, distances = positions[order], distances[order]
            songs = self._song[positions]
            first = np.zeros(len(songs), bool)
            first[np.unique(songs, return_index=True)[1]] = True
            if itself is not None:
                first &= songs != self._song[itself]
            if first.sum() >= k or wanted == len(members):
                return positions[first][:k].tolist(), distances[first][:k].tolist()
            wanted = min(4 * wanted, len(members))


def _reason(differences: np.ndarray) -> str:
    """What two tracks share most, from the absolute differences of their scaled features, (5,)."""
    if differences.max() < _SAME:
        return "the same in all five features"
    nearest = np.argsort(differences, kind="stable")[:2]
    return "closest in " + " and ".join(CLUSTER_FEATURES[i] for i in nearest)
