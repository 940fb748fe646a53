"""Evaluation of the clusters task: K-Means on audio features in, one JSON-able dictionary out.

Which figures there are and over which tracks is decided here; neighbours and repeated fits live in
`neighbours` and `refits`. What is quadratic, or repeated, runs on a seeded sample.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from music_platform.errors import InputError
from music_platform.evaluation.intervals import RESAMPLES, interval
from music_platform.evaluation.metrics import as_json
from music_platform.evaluation.neighbours import NEIGHBOURS, neighbour_figures, neighbour_precision
from music_platform.evaluation.recommendations import recommendation_figures
from music_platform.evaluation.refits import ablation, draw, scan, silhouette, stability
from music_platform.models.scorers.clusters import kmeans
from music_platform.tasks import CLUSTER_FEATURES

SAMPLE = 10_000
_MAP_POINTS = 1_500
_GENRES_SHOWN = 20
_MAIN = f"precision_at_{NEIGHBOURS}"
_STRICT = f"{_MAIN}_other_artists"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def evaluate_clusters(
    features: Floats,
    artists: Sequence[str] | np.ndarray,
    genres: Sequence[str | None] | np.ndarray | None = None,
    *,
    songs: Sequence[str] | None = None,
    popularity: Sequence[float | None] | None = None,
    names: Sequence[str] = CLUSTER_FEATURES,
    k: int = 4,
    assigned: Ints | None = None,
    cluster_names: Sequence[str] | None = None,
    ks: Sequence[int] = tuple(range(2, 11)),
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Any]:
    """Evaluate K-Means on standardised features.

    Args:
        features: (n, d) in original units, no missing value.
        artists: (n,) the unit that intervals resample.
        genres: (n,) genre or None; without any, the neighbour figures are None.
        songs: (n,) song of which each track is a recording, a song each if missing: as in recommendations, other
            recordings of a track's song are no neighbours, and every song is one neighbour at most.
        popularity: (n,) or None where it is unknown; without any, the popularity bias is None.
        names: (d,) names of the features.
        k: number of clusters.
        assigned: (n,) cluster of each track, 0..k-1, by the model that serves; fitted here when missing.
        cluster_names: (k,) what the clusters are called.
        ks: numbers of clusters to scan.
        resamples: bootstrap resamples of artists.
        seed: of samples, fits and the bootstrap.

    Returns:
        task, kind, main, champion, k, and `candidates`: "kmeans" -> rows, units, figures, baseline,
        difference, recommendations, clusters (size and profile), scan, ablation, stability, genres, map.

    Raises:
        InputError: fewer tracks than twice the clusters, or a value that is not finite.
    """
    from threadpoolctl import threadpool_limits

    features = np.asarray(features, float)
    if len(features) < 2 * k or not np.isfinite(features).all():
        raise InputError(f"clusters: expected at least {2 * k} tracks, all features finite, got {len(features)}")
    _, artist = np.unique(np.asarray(artists, str), return_inverse=True)
    _, song = np.unique(range(len(features)) if songs is None else np.asarray(songs, str), return_inverse=True)
    genre_names, genre = _genres(genres, len(features))
    popular = np.full(len(features), np.nan) if popularity is None else np.array(popularity, float)
    with threadpool_limits(1):  # sums in one order, and no threads that wait for each other on small fits
        result = _evaluate(features, artist, genre, song, popular, names, k, assigned, ks, resamples, seed)
    for entry in result["clusters"]:
        entry["name"] = cluster_names[entry["cluster"]] if cluster_names else f"cluster {entry['cluster']}"
    for entry in result["genres"]:
        entry["label"] = genre_names[entry["label"]]
    return as_json(
        {
            "task": "clusters",
            "kind": "clusters",
            "main": _MAIN,
            "champion": "kmeans",
            "k": k,
            "features": list(names),
            "resamples": resamples,
            "seed": seed,
            "candidates": {"kmeans": result},
        }
    )


def _evaluate(
    features: Floats,
    artist: Ints,
    genre: Ints,
    song: Ints,
    popularity: Floats,
    names: Sequence[str],
    k: int,
    assigned: Ints | None,
    ks: Sequence[int],
    resamples: int,
    seed: int,
) -> dict[str, Any]:
    from sklearn.preprocessing import StandardScaler

    scaled = StandardScaler().fit_transform(features)
    clusters = kmeans(scaled, k, seed).labels_ if assigned is None else np.asarray(assigned)
    sample = draw(len(features), SAMPLE, seed)
    tagged = np.flatnonzero(genre >= 0)
    near = [
        neighbour_precision(scaled[tagged], genre[tagged], clusters[tagged], song[tagged], others[tagged])
        for others in (song, artist)
    ]
    served, filtered = (neighbour_figures(shares, genre[tagged], artist[tagged], resamples, seed) for shares in near)
    agreement = stability(scaled[sample], k, seed)
    recommended = recommendation_figures(scaled, clusters, song, artist, genre, popularity, resamples, seed)
    return {
        "rows": len(features),
        "units": len(np.unique(artist)),
        "rows_with_genre": len(tagged),
        "figures": {
            _MAIN: served["nearest"],
            _STRICT: filtered["nearest"],
            "stability": _spread(agreement["halves"]),
            "silhouette": interval(silhouette(scaled[sample], clusters[sample], seed), np.array([])),
            **{name: values["nearest"] for name, values in recommended["figures"].items()},
        },
        "baseline": {
            _MAIN: served["random"],
            _STRICT: filtered["random"],
            **{name: values["random"] for name, values in recommended["figures"].items()},
        },
        "difference": {
            "random": {_MAIN: served["over_random"], _STRICT: filtered["over_random"]},
            "most_frequent": {_MAIN: served["over_most_frequent"], _STRICT: filtered["over_most_frequent"]},
        },
        "most_frequent": served["most_frequent"],
        "recommendations": recommended,
        "clusters": _profiles(features, clusters, k, names),
        "scan": scan(scaled[sample], ks, seed),
        "ablation": ablation(features, names, genre, song, sample, k, seed),
        "stability": agreement,
        "genres": _by_genre(near[0], genre[tagged]),
        "map": _map(scaled, clusters, seed),
    }


def _genres(genres: Sequence[str | None] | np.ndarray | None, size: int) -> tuple[list[str], Ints]:
    """Names of the genres, and the number of each track's genre, -1 where it has none."""
    if genres is None:
        return [], np.full(size, -1)
    text = np.array([genre if isinstance(genre, str) else "" for genre in genres])
    names, index = np.unique(text, return_inverse=True)
    return [str(name) for name in names], np.where(text == "", -1, index)


def _profiles(features: Floats, clusters: Ints, k: int, names: Sequence[str]) -> list[dict[str, Any]]:
    overall, spread = features.mean(axis=0), features.std(axis=0)
    rows = []
    for cluster in range(k):
        members = features[clusters == cluster]
        mean = members.mean(axis=0) if len(members) else np.full(len(names), np.nan)
        deviation = np.divide(mean - overall, spread, out=np.zeros(len(names)), where=spread > 0)
        rows.append(
            {
                "cluster": cluster,
                "rows": len(members),
                "share": len(members) / len(features),
                "mean": dict(zip(names, mean, strict=True)),
                "deviation": dict(zip(names, deviation, strict=True)),
            }
        )
    return rows


def _by_genre(shares: Floats, genre: Ints) -> list[dict[str, Any]]:
    """The neighbour figure of the most frequent genres, by number."""
    rows = []
    numbers, counts = np.unique(genre, return_counts=True)
    for number, count in sorted(zip(numbers, counts, strict=True), key=lambda pair: -pair[1])[:_GENRES_SHOWN]:
        part = shares[(genre == number) & np.isfinite(shares).all(axis=1)]
        if len(part):
            nearest, random = part.mean(axis=0)
            rows.append({"label": number, "rows": count, "precision": nearest, "random": random})
    return rows


def _map(scaled: Floats, clusters: Ints, seed: int) -> dict[str, Any]:
    """Two principal components of a sample of tracks, for a picture."""
    from sklearn.decomposition import PCA

    model = PCA(n_components=2, random_state=seed).fit(scaled)
    rows = draw(len(scaled), _MAP_POINTS, seed)
    points = np.round(model.transform(scaled[rows]), 3)
    return {
        "explained": model.explained_variance_ratio_,
        "components": model.components_,
        "points": points,
        "clusters": clusters[rows],
    }


def _spread(values: list[float]) -> dict[str, float]:
    """Mean with the range that 95 % of the values lie in."""
    low, high = np.percentile(values, [2.5, 97.5])
    return {"value": float(np.mean(values)), "low": float(low), "high": float(high)}
