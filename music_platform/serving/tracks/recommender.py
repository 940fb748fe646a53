"""From a track, audio features or a list of tracks to the tracks that sound like it. No HTTP; names are on disk.

A list may mix several sounds, so it is not one point: each cluster gives recommendations in proportion to its tracks in
the list (Sainte-Laguë's divisors), those nearest to the centre of these tracks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from music_platform.models.scorers.nearest import NOTHING, Floats, Ints, Mask, NearestTracks
from music_platform.serving.language import said
from music_platform.serving.tracks.store import TrackStore
from music_platform.tasks import CLUSTER_FEATURES

_SAME = 1e-6
Bits = NDArray[np.uint8]
Span = tuple[float, float]


class ClusterModel(Protocol):
    """The K-Means model as it was trained."""

    def standardised(self, features: np.ndarray) -> np.ndarray:
        """Features in the space in which distances are measured, (n, 5)."""

    def assign(self, features: np.ndarray) -> np.ndarray:
        """Cluster of every row of (n, 5) features in original units, (n,) int."""


@dataclass(frozen=True)
class Wanted:
    """The number of tracks to recommend, and filters; a track that lacks a value which a filter needs does not pass."""

    k: int = 5
    per_artist: int = 2
    genres: Sequence[str] | None = None
    """The track has one of these."""
    year: Span | None = None
    """First and last year, both included."""
    popularity: Span | None = None


@dataclass(frozen=True)
class Known:
    """A track of the collection; `features` (5,) are in original units."""

    track_id: str
    track_name: str
    artists: str
    genres: list[str]
    year: int | None
    popularity: float | None
    cluster: int
    features: list[float]


@dataclass(frozen=True)
class Neighbour(Known):
    """A recommended track: `distance` is Euclidean in scaled features."""

    distance: float
    reason: str


class Recommender:
    """Exact nearest neighbours in scaled feature space, within clusters; `files` wrote the folder."""

    def __init__(self, folder: Path, model: ClusterModel) -> None:
        arrays = load_file(folder / "tracks.safetensors")
        self.store = TrackStore(folder)
        self._model = model
        self._features, self._song, self._genres = arrays["features"], arrays["song"], arrays["genres"]
        self._year, self._popularity = arrays["year"], arrays["popularity"]
        features = self._features.astype(np.float64)
        self._cluster = model.assign(features)
        self._nearest = NearestTracks(model.standardised(features), self._cluster, self._song, arrays["artist"])

    def features(self, position: int) -> Floats:
        """The five features of a track in original units."""
        return self._features[position].astype(np.float64)

    def like_track(self, track_id: str, wanted: Wanted) -> tuple[int, list[Neighbour]]:
        """A track's cluster, and the tracks nearest to it; without recordings of its own song.

        Raises:
            UnknownTrackError: the collection has no such track.
        """
        return self._like([self.store.position(track_id)], wanted)

    def like_list(self, track_ids: Sequence[str], wanted: Wanted) -> tuple[int, list[Neighbour]]:
        """The cluster that most tracks of a list lie in, and tracks for the list as a whole; its songs are left out.

        Raises:
            UnknownTrackError: the collection lacks one of them.
        """
        return self._like(self.store.positions(list(dict.fromkeys(track_ids))), wanted)

    def like_features(self, features: Floats, wanted: Wanted) -> tuple[int, list[Neighbour]]:
        """The cluster of features (5,) in original units, and the tracks nearest to them."""
        cluster = int(self._model.assign(features[None, :])[0])
        point = self._model.standardised(features[None, :])[0]
        positions, distances = self._around(cluster, point, wanted, NOTHING, self._allowed(wanted))
        return cluster, self._named(positions, distances, {cluster: point}, np.zeros(len(self._genres), np.uint8))

    def _like(self, listed: list[int], wanted: Wanted) -> tuple[int, list[Neighbour]]:
        scaled, cluster = self._scaled(listed), self._cluster[listed]
        found, counts = np.unique(cluster, return_counts=True)
        points = {int(c): scaled[cluster == c].mean(axis=0) for c in found}
        allowed = self._allowed(wanted)
        near = [self._around(c, point, wanted, self._song[listed], allowed) for c, point in points.items()]
        turns = [(np.arange(len(part[0])) + 0.5) / count for part, count in zip(near, counts, strict=True)]
        order = np.argsort(np.concatenate(turns), kind="stable")
        positions, distances = (np.concatenate(part)[order] for part in zip(*near, strict=True))
        picked = self._nearest.pick(positions, wanted.k, wanted.per_artist)
        picked = picked[np.argsort(distances[picked], kind="stable")]
        genres = np.bitwise_or.reduce(self._genres[:, listed], axis=1)
        return int(found[counts.argmax()]), self._named(positions[picked], distances[picked], points, genres)

    def _around(
        self, cluster: int, point: Floats, wanted: Wanted, left_out: Ints, allowed: Mask | None
    ) -> tuple[Ints, Floats]:
        return self._nearest.nearest(cluster, point, wanted.k, wanted.per_artist, left_out, allowed)

    def _scaled(self, positions: Sequence[int] | Ints) -> Floats:
        return self._model.standardised(self._features[positions].astype(np.float64))

    def _allowed(self, wanted: Wanted) -> Mask | None:
        """The tracks that pass all filters; None without any filter."""
        masks = []
        if wanted.genres is not None:
            bits = np.zeros(len(self._genres), np.uint8)
            for number in (self.store.genres.index(name) for name in wanted.genres if name in self.store.genres):
                bits[number // 8] |= 1 << number % 8
            masks.append(np.bitwise_or.reduce(self._genres & bits[:, None], axis=0) != 0)
        for values, span in ((self._year, wanted.year), (self._popularity, wanted.popularity)):
            if span is not None:
                masks.append((values >= span[0]) & (values <= span[1]))
        return np.logical_and.reduce(masks) if masks else None

    def _named(self, positions: Ints, distances: Floats, points: dict[int, Floats], genres: Bits) -> list[Neighbour]:
        """The tracks with names and reasons: the features closest to the point of their cluster, and shared genres."""
        shared = np.bitwise_count(self._genres[:, positions] & genres[:, None]).sum(axis=0)
        known, scaled = self.known(positions.tolist()), self._scaled(positions)
        return [
            Neighbour(
                **vars(track),
                distance=round(float(distance), 6),
                reason=_reason(np.abs(point - points[track.cluster]), int(count)),
            )
            for track, distance, point, count in zip(known, distances, scaled, shared, strict=True)
        ]

    def known(self, positions: Sequence[int]) -> list[Known]:
        """Everything known of tracks, in their order."""
        rows = zip(positions, self.store.names(positions), strict=True)
        return [
            Known(
                *names,
                genres=self._genres_of(position),
                year=int(self._year[position]) or None,
                popularity=None if np.isnan(self._popularity[position]) else float(self._popularity[position]),
                cluster=int(self._cluster[position]),
                features=[float(str(value)) for value in self._features[position]],  # the shortest that reads back
            )
            for position, names in rows
        ]

    def _genres_of(self, position: int) -> list[str]:
        numbers = np.flatnonzero(np.unpackbits(self._genres[:, position], bitorder="little"))
        return [self.store.genres[number] for number in numbers]


def _reason(differences: Floats, shared: int) -> str:
    """The reason for a recommendation, from the absolute differences of scaled features, (5,), and shared genres."""
    if differences.max() < _SAME:
        reason = said("the same in all five features")
    else:
        first, second = (CLUSTER_FEATURES[i] for i in np.argsort(differences, kind="stable")[:2])
        reason = said("closest in {first} and {second}", first=said(first), second=said(second))
    if shared > 1:
        return said("{reason}; {count} shared genres", reason=reason, count=shared)
    return said("{reason}; 1 shared genre", reason=reason) if shared else reason
