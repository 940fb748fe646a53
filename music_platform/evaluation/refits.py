"""Repeated fits of K-Means that judge clusters: with other k, other seeds, half the tracks, a feature less, no scaling.

None of these fits serves. Whatever is quadratic runs on a seeded sample.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from music_platform.evaluation.neighbours import neighbour_precision
from music_platform.evaluation.tracks import Floats, Ints, Tracks
from music_platform.models.cluster_training import kmeans
from music_platform.tasks import CLUSTER_FEATURES

SILHOUETTE_SAMPLE = 3_000
_REFITS = 8
_SEEDS = 5


def draw(size: int, most: int, seed: int) -> Ints:
    """A sorted seeded sample of at most `most` of `size` rows."""
    if size <= most:
        return np.arange(size)
    return np.sort(np.random.default_rng(seed).choice(size, most, replace=False))


def silhouette(points: Floats, clusters: Ints, seed: int) -> float:
    """Mean silhouette (Rousseeuw 1987) of a seeded sample of points; NaN where it is undefined."""
    from sklearn.metrics import silhouette_score

    rows = draw(len(points), SILHOUETTE_SAMPLE, seed)
    found = len(np.unique(clusters[rows]))
    return float(silhouette_score(points[rows], clusters[rows])) if 1 < found < len(rows) else np.nan


def scan(points: Floats, ks: Sequence[int], seed: int) -> list[dict[str, Any]]:
    """Silhouette of each k, over seeds."""
    return [
        {
            "k": k,
            "silhouettes": [
                silhouette(points, kmeans(points, k, seed + s, starts=1).labels_, seed) for s in range(_SEEDS)
            ],
        }
        for k in ks
        if k < len(points)
    ]


def stability(points: Floats, k: int, seed: int) -> dict[str, list[float]]:
    """Adjusted Rand index of every pair of refits: on random halves of the tracks, and with other seeds."""
    from sklearn.metrics import adjusted_rand_score

    random = np.random.default_rng(seed)
    halves = [random.permutation(len(points))[: len(points) // 2] for _ in range(_REFITS)]
    refits = {
        "halves": [kmeans(points[half], k, seed).predict(points) for half in halves],
        "seeds": [kmeans(points, k, seed + s).labels_ for s in range(_SEEDS)],
    }
    return {name: [adjusted_rand_score(a, b) for a, b in combinations(fits, 2)] for name, fits in refits.items()}


def ablation(tracks: Tracks, k: int, seed: int) -> list[dict[str, Any]]:
    """Figures of clusters without scaling, and without each feature, on the same tracks.

    Returns:
        per variant, the one that serves first: variant, silhouette, same_clusters (adjusted Rand index against the
        first), precision and random (as `neighbours.neighbour_precision`, NaN without genres).
    """
    from sklearn.metrics import adjusted_rand_score
    from sklearn.preprocessing import StandardScaler

    scaled = StandardScaler().fit_transform(tracks.features)
    spaces = {"all features, scaled": scaled, "not scaled": tracks.features}
    spaces |= {f"without {name}": np.delete(scaled, i, axis=1) for i, name in enumerate(CLUSTER_FEATURES)}
    reference = kmeans(scaled, k, seed).labels_
    tagged, rows = tracks.tagged, []
    genre, song = tracks.genre[tagged], tracks.song[tagged]
    for variant, points in spaces.items():
        clusters = reference if points is scaled else kmeans(points, k, seed).labels_
        shares = neighbour_precision(points[tagged], genre, clusters[tagged], song, song)
        rows.append(
            {
                "variant": variant,
                "silhouette": silhouette(points, clusters, seed),
                "same_clusters": adjusted_rand_score(reference, clusters),
                "precision": np.nanmean(shares[:, 0]) if len(tagged) else np.nan,
                "random": np.nanmean(shares[:, 1]) if len(tagged) else np.nan,
            }
        )
    return rows
