"""The map of the clusters: tracks on the two directions in which they differ most. It is computed with the bundle.

It shows a sample of tracks, drawn from every cluster in proportion, on the principal components (Pearson 1901) of all.
"""

import json
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from music_platform.serving.tracks.files import features_of
from music_platform.serving.tracks.recommender import ClusterModel
from music_platform.tasks import CLUSTER_FEATURES

if TYPE_CHECKING:
    import pyarrow as pa

POINTS = 2_000
"""Points of the map at most."""
MAX_BYTES = 248_000
"""Bytes of the map as JSON at most: with long names it shows fewer points."""
_SEED = 0
Floats = NDArray[np.float64]


class NamedClusters(ClusterModel, Protocol):
    """The cluster model with names and centres of its clusters."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the clusters."""

    @property
    def profiles(self) -> list[dict[str, float]]:
        """Per cluster: feature -> value at the centre, in original units."""


def map_of(tracks: "pa.Table", model: NamedClusters, points: int = POINTS) -> str:
    """The map as compact JSON: `clusters`, `points` and `axes`, as `wire.track_answers.TrackMap` describes them."""
    features = features_of(tracks)
    cluster, scaled = model.assign(features), model.standardised(features)
    components = _components(scaled)
    flat = (scaled - scaled.mean(axis=0)) @ components.T
    counts = np.bincount(cluster, minlength=len(model.names))
    described: dict[str, Any] = {
        "clusters": [
            {"id": i, "name": name, "profile": {f: round(v, 4) for f, v in profile.items()}, "tracks": int(count)}
            for i, (name, profile, count) in enumerate(zip(model.names, model.profiles, counts, strict=True))
        ],
        "axes": [_words(direction) for direction in components],
    }
    while True:
        rows = _drawn(cluster, counts, points)
        names = tracks.select(["track_id", "track_name", "artists"]).take(rows).to_pylist()
        places = zip(np.round(flat[rows], 3).tolist(), cluster[rows].tolist(), names, strict=True)
        shown = [{"x": x, "y": y, "cluster": c, **name} for (x, y), c, name in places]
        text = json.dumps({**described, "points": shown}, ensure_ascii=False, separators=(",", ":"))
        if len(text.encode()) <= MAX_BYTES or points <= len(counts):
            return text
        points = points * 9 // 10


def _components(scaled: Floats) -> Floats:
    """The two principal directions, (2, 5), each with its largest part positive."""
    directions = np.linalg.eigh(np.cov(scaled, rowvar=False))[1][:, ::-1][:, :2].T
    largest = directions[np.arange(2), np.abs(directions).argmax(axis=1)]
    return directions * np.sign(largest)[:, None]


def _words(direction: Floats) -> str:
    """A direction in words: the two features with the largest parts of it."""
    strongest = np.argsort(-np.abs(direction), kind="stable")[:2]
    return ", ".join(f"{'more' if direction[i] > 0 else 'less'} {CLUSTER_FEATURES[i]}" for i in strongest)


def _drawn(cluster: NDArray[np.int64], counts: NDArray[np.int64], points: int) -> NDArray[np.int64]:
    """The rows of at most `points` tracks: every cluster's share, and at least one of it; sorted."""
    if len(cluster) <= points:
        return np.arange(len(cluster))
    random = np.random.default_rng(_SEED)
    share = np.minimum(counts, np.maximum(1, (points - len(counts)) * counts // len(cluster)))
    drawn = [random.choice(np.flatnonzero(cluster == c), size, replace=False) for c, size in enumerate(share)]
    return np.sort(np.concatenate(drawn))
