"""The cluster model: standardised audio features, K-Means, and names for what it finds.

Whether the clusters are any good is measured in evaluation; what is recommended is decided in serving.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from music_platform.errors import InputError
from music_platform.tasks import CLUSTER_FEATURES

MOODS: dict[str, tuple[float, ...]] = {
    "ambient": (-1, 0, 2, -1, -0.5),
    "instrumental groove": (1, 0, 2, 0.5, 0),
    "spoken": (0.5, 2, 0, 0, 0),
    "feel-good": (1, 0, 0, 1.5, 0),
    "melancholic": (-1, 0, 0, -1, 0),
    "driving": (-0.5, 0, 0, 0, 2),
    "slow": (-0.5, 0, 0, 0, -2),
    "dark groove": (1.5, 0, 0, -1, 0),
    "upbeat": (0, 0, 0, 1, 1.5),
    "balanced": (0, 0, 0, 0, 0),
}
"""Mood -> direction from the average track, in standard deviations of `CLUSTER_FEATURES`."""

TRAITS: dict[str, tuple[str, str]] = {
    "instrumentalness": ("sung", "instrumental"),
    "speechiness": ("few words", "wordy"),
    "tempo": ("low tempo", "high tempo"),
    "valence": ("sad", "cheerful"),
    "danceability": ("hard to dance to", "danceable"),
}
"""Feature -> what a cluster is called that lies below, and above, the average track."""

_TRAIT = 0.25


@dataclass(frozen=True, eq=False)
class Clusters:
    """k clusters of tracks; a cluster's id is its position, and follows the order of `MOODS`."""

    centers: np.ndarray
    """(k, 5) float64, `CLUSTER_FEATURES` in their own units."""
    mean: np.ndarray
    """(5,) of the training tracks."""
    scale: np.ndarray
    """(5,) standard deviations of the training tracks."""
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    """Training tracks per cluster."""

    @property
    def profiles(self) -> list[dict[str, float]]:
        """Feature -> value at the centre, per cluster, in the features' own units."""
        return [dict(zip(CLUSTER_FEATURES, center.tolist(), strict=True)) for center in self.centers]

    def standardised(self, features: np.ndarray) -> np.ndarray:
        """`features` (n, 5) in standard deviations from the average track: the space of distances."""
        return (features - self.mean) / self.scale

    def assign(self, features: np.ndarray) -> np.ndarray:
        """The nearest cluster's id, (n,) int64, for `features` (n, 5) in the order of `CLUSTER_FEATURES`."""
        points, centers = self.standardised(features), self.standardised(self.centers)
        return ((centers**2).sum(axis=1) - 2 * points @ centers.T).argmin(axis=1)

    def save(self, folder: Path) -> None:
        """Write `clusters.safetensors` and `clusters.json` into `folder`."""
        arrays = {"centers": self.centers, "mean": self.mean, "scale": self.scale}
        save_file(arrays, folder / "clusters.safetensors")
        words = {
            "features": CLUSTER_FEATURES,
            "names": self.names,
            "sizes": self.sizes,
            "profiles": self.profiles,
        }
        (folder / "clusters.json").write_text(json.dumps(words, indent=2) + "\n", "utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Clusters":
        """Read what `save` wrote."""
        arrays = load_file(folder / "clusters.safetensors")
        words = json.loads((folder / "clusters.json").read_text("utf-8"))
        return cls(**arrays, names=tuple(words["names"]), sizes=tuple(words["sizes"]))


def fit(features: np.ndarray, k: int = 4, seed: int = 0) -> Clusters:
    """K-Means (10 starts) on standardised features.

    Each cluster takes the mood in whose direction its centre lies, all moods distinct and the sum of cosines
    greatest; ids follow the order of the moods. So neither changes when a retraining moves the centres a bit.

    Args:
        features: (n, 5) in the order of `CLUSTER_FEATURES`.
        k: number of clusters, 2 to `len(MOODS)`.
        seed: of the starts.

    Raises:
        InputError: k is out of range, there are fewer than k distinct tracks, or a value is missing.
    """
    _check(features, k)
    scaler = StandardScaler().fit(features)
    model = kmeans(scaler.transform(features), k, seed, starts=10)
    moods = np.array([_unit(np.array(direction)) for direction in MOODS.values()])
    found, mood = linear_sum_assignment(-np.array([_unit(center) for center in model.cluster_centers_]) @ moods.T)
    order = found[np.argsort(mood)]
    deviations = model.cluster_centers_[order]
    return Clusters(
        centers=scaler.inverse_transform(deviations),
        mean=scaler.mean_,
        scale=scaler.scale_,
        names=tuple(named(list(MOODS)[i], d) for i, d in zip(np.sort(mood), deviations, strict=True)),
        sizes=tuple(np.bincount(model.labels_, minlength=k)[order].tolist()),
    )


def named(mood: str, deviation: np.ndarray) -> str:
    """The mood, and which of its traits a centre has that lies `deviation` (5,) off the average track.

    Deviations are standard deviations. Only the mood's own traits are told, in fixed order, so that a name
    does not change with a trait that hovers around a limit; a centre with none of them is told by what is
    furthest off.
    """
    own = np.sign(MOODS[mood]) * deviation >= _TRAIT
    told = own if own.any() else np.abs(deviation) == np.abs(deviation).max()
    words = {f: TRAITS[f][int(v > 0)] for f, v, t in zip(CLUSTER_FEATURES, deviation, told, strict=True) if t}
    return f"{mood}: {', '.join(words[feature] for feature in TRAITS if feature in words)}"


def kmeans(points: np.ndarray, k: int, seed: int, starts: int = 4) -> KMeans:
    """K-Means fitted to points (n, d), the best of `starts` starts."""
    # One thread: several add up a centre's tracks in an order that changes from run to run.
    with threadpool_limits(1):
        return KMeans(k, n_init=starts, random_state=seed).fit(points)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)


def _check(features: np.ndarray, k: int) -> None:
    if not np.isfinite(features).all():
        raise InputError(f"tracks: a value of {', '.join(CLUSTER_FEATURES)} is missing; all must be numbers")
    if not 2 <= k <= len(MOODS):
        raise InputError(f"clusters: k is {k}; 2 to {len(MOODS)} are allowed")
    if len(features) < 2 * k or len(np.unique(features, axis=0)) < k:
        raise InputError(f"tracks: {len(features)} tracks can't form {k} clusters; land more, or lower k")
