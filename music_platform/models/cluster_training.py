"""The candidate `kmeans`: K-Means on standardised audio features, and a name for each cluster.

The quality of the clusters is measured in evaluation. Put a new mood, or another word for a trait, here.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from music_platform.errors import InputError
from music_platform.models.making import SEED, Draft, Made, make
from music_platform.models.request import Request
from music_platform.models.scorers.clusters import Clusters
from music_platform.storage.code import code_version
from music_platform.storage.files import fingerprint
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


@dataclass(frozen=True)
class KMeansHyperparameters:
    """The hyperparameters of K-Means."""

    k: int = 4
    """The number of clusters."""


def train(request: Request) -> Made | None:
    """K-Means on the audio features of `request.table` (`tables.TABLES["tracks"]`).

    Raises:
        InputError: there are too few tracks, or a value is missing.
    """
    k = request.configured(KMeansHyperparameters)[0].k
    table = request.table.sort_by(request.task.id)
    features = np.column_stack([table[name].to_numpy() for name in CLUSTER_FEATURES])
    data, code = fingerprint(features.tolist()), code_version(f"{__name__}:fit")

    def draft() -> Draft:
        request.progress(f"{request.name}: {len(features):,} tracks into {k} clusters")
        fitted = fit(features, k=k, seed=SEED)
        config = {"k": k, "scaling": "standard"}
        return Draft(fitted.save, data, code, config, len(features), {"labels": list(fitted.names)})

    return make(request, fingerprint(data, code, k, SEED), draft)


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

    Deviations are standard deviations. The name lists the mood's own traits alone, in fixed order, so that it does not
    change with a trait that hovers around a limit. A centre with none of them is named after the one furthest off.
    """
    own = np.sign(MOODS[mood]) * deviation >= _TRAIT
    shown = own if own.any() else np.abs(deviation) == np.abs(deviation).max()
    words = {f: TRAITS[f][int(v > 0)] for f, v, t in zip(CLUSTER_FEATURES, deviation, shown, strict=True) if t}
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
