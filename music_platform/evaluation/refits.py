"""K-Means fitted again and again: other k, other seeds, half the tracks, a feature less, no scaling.

These fits judge the clusters; none of them serves. What is quadratic runs on a seeded sample.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from music_platform.evaluation.neighbours import neighbour_precision
from music_platform.models.scorers.clusters import kmeans

SILHOUETTE_SAMPLE = 3_000
_REFITS = 8
_SEEDS = 5

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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


def ablation(
    features: Floats, names: Sequence[str], genre: Ints, song: Ints, sample: Ints, k: int, seed: int
) -> list[dict[str, Any]]:
    """What clusters look like without scaling, and without each feature, on the same sample of tracks."""
    from sklearn.metrics import adjusted_rand_score
    from sklearn.preprocessing import StandardScaler

    raw, tagged = features[sample], np.flatnonzero(genre[sample] >= 0)
    scaled = StandardScaler().fit_transform(raw)
    spaces = {"all features, scaled": scaled, "not scaled": raw}
    spaces |= {f"without {name}": np.delete(scaled, i, axis=1) for i, name in enumerate(names)}
    reference = kmeans(scaled, k, seed).labels_
    rows = []
    for variant, points in spaces.items():
        clusters = kmeans(points, k, seed).labels_
        songs = song[sample][tagged]
        shares = neighbour_precision(points[tagged], genre[sample][tagged], clusters[tagged], songs, songs)
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
