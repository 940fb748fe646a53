"""Evaluation of clustering tasks: tracks and the models that cluster them in, one dictionary for JSON out.

Decides which figures there are, and over which tracks. Neighbours are in `neighbours`, recommendations in
`recommendations`, repeated fits in `refits`. Whatever is quadratic, or repeated, runs on a seeded sample.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from music_platform.declarations import Task
from music_platform.errors import InputError
from music_platform.evaluation.choice import conclude
from music_platform.evaluation.evidence import Evidence
from music_platform.evaluation.intervals import RESAMPLES, interval
from music_platform.evaluation.neighbours import NEIGHBOURS, neighbour_figures, neighbour_precision
from music_platform.evaluation.recommendations import recommendation_figures
from music_platform.evaluation.refits import ablation, draw, scan, silhouette, stability
from music_platform.evaluation.tracks import Floats, Ints, Tracks, from_table
from music_platform.models.scorers.clusters import Clusters
from music_platform.tasks import CLUSTER_FEATURES

SAMPLE = 10_000
KS = tuple(range(2, 11))
_MAP_POINTS = 1_500
_GENRES_SHOWN = 20
_MAIN = f"precision_at_{NEIGHBOURS}"
_STRICT = f"{_MAIN}_other_artists"


def evaluate_artifacts(evidence: Evidence) -> dict[str, Any]:
    """The report of `evidence`; see `evaluate`."""
    models = {name: Clusters.load(artifact.path) for name, artifact in evidence.artifacts.items()}
    return evaluate(
        evidence.task, from_table(evidence.table()), models, unserved=evidence.unserved, facts=evidence.facts
    )


def evaluate(
    task: Task,
    tracks: Tracks,
    candidates: Mapping[str, Clusters],
    *,
    unserved: Mapping[str, str] | None = None,
    facts: Mapping[str, Mapping[str, Any]] | None = None,
    ks: Sequence[int] = KS,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Any]:
    """Evaluate models that cluster tracks. Without any known genre the neighbour figures are None.

    Args:
        task: its declaration.
        tracks: the tracks that the models were fitted to.
        candidates: name -> model.
        unserved: candidate -> the reason why it can't be champion.
        facts: candidate -> its `evidence.FACTS`.
        ks: numbers of clusters to scan.
        resamples: bootstrap resamples of artists.
        seed: of samples, fits and the bootstrap.

    Returns:
        the entries of `choice.conclude`, features, resamples, seed, and per candidate: k, rows, units, figures,
        baseline, difference, recommendations, clusters (size and profile), scan, ablation, stability, genres, map.

    Raises:
        InputError: fewer tracks than twice the clusters.
    """
    from threadpoolctl import threadpool_limits

    evaluated = {}
    for name, model in candidates.items():
        least = 2 * len(model.names)
        if len(tracks) < least:
            raise InputError(f"{task.name}: {len(tracks)} tracks are too few to evaluate, at least {least} are needed")
        with threadpool_limits(1):  # Sums are added up in one order, and no threads wait for each other on small fits.
            evaluated[name] = _candidate(tracks, model, ks, resamples, seed)
    return conclude(task, evaluated, unserved, facts, features=CLUSTER_FEATURES, resamples=resamples, seed=seed)


def _candidate(tracks: Tracks, model: Clusters, ks: Sequence[int], resamples: int, seed: int) -> dict[str, Any]:
    k, scaled, clusters = len(model.names), model.standardised(tracks.features), model.assign(tracks.features)
    sample, tagged = draw(len(tracks), SAMPLE, seed), tracks.tagged
    known = tracks.at(tagged)
    near = [
        neighbour_precision(scaled[tagged], known.genre, clusters[tagged], known.song, others)
        for others in (known.song, known.artist)
    ]
    served, filtered = (neighbour_figures(shares, known.genre, known.artist, resamples, seed) for shares in near)
    agreement = stability(scaled[sample], k, seed)
    recommended = recommendation_figures(tracks, scaled, clusters, resamples, seed)
    return {
        "k": k,
        "rows": len(tracks),
        "units": len(np.unique(tracks.artist)),
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
        "clusters": _profiles(tracks.features, clusters, model.names),
        "scan": scan(scaled[sample], ks, seed),
        "ablation": ablation(tracks.at(sample), k, seed),
        "stability": agreement,
        "genres": _by_genre(near[0], known),
        "map": _map(scaled, clusters, seed),
    }


def _profiles(features: Floats, clusters: Ints, names: Sequence[str]) -> list[dict[str, Any]]:
    """Size, mean and deviation from the mean of all tracks, of each cluster."""
    overall, spread = features.mean(axis=0), features.std(axis=0)
    rows = []
    for cluster, name in enumerate(names):
        members = features[clusters == cluster]
        mean = members.mean(axis=0) if len(members) else np.full(len(overall), np.nan)
        deviation = np.divide(mean - overall, spread, out=np.zeros(len(overall)), where=spread > 0)
        rows.append(
            {
                "cluster": cluster,
                "name": name,
                "rows": len(members),
                "share": len(members) / len(features),
                "mean": dict(zip(CLUSTER_FEATURES, mean, strict=True)),
                "deviation": dict(zip(CLUSTER_FEATURES, deviation, strict=True)),
            }
        )
    return rows


def _by_genre(shares: Floats, known: Tracks) -> list[dict[str, Any]]:
    """The neighbour figure of the most frequent genres."""
    rows = []
    numbers, counts = np.unique(known.genre, return_counts=True)
    for number, count in sorted(zip(numbers, counts, strict=True), key=lambda pair: -pair[1])[:_GENRES_SHOWN]:
        part = shares[(known.genre == number) & np.isfinite(shares).all(axis=1)]
        if len(part):
            nearest, random = part.mean(axis=0)
            rows.append({"label": known.genres[number], "rows": count, "precision": nearest, "random": random})
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
