"""Are recommendations any good? Those that are served, beside random and popular tracks of the cluster.

All three keep the rules of the service, by the code that serves. For every asked track of a seeded sample:
`recommended_precision_at_5`, the share of its genre among the recommended tracks whose genre is known; `diversity`, the
mean distance between two tracks of a list in scaled features (Ziegler et al. 2005); `popularity_bias`, the mean
popularity rank of a list less that of the track, ranks from 0 to 1. Over all of them: `coverage`, the share of songs
that are recommended at least once (Herlocker et al. 2004).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist
from scipy.stats import rankdata

from music_platform.evaluation.intervals import interval, resampled_sums, sum_by_unit
from music_platform.evaluation.neighbours import NEIGHBOURS
from music_platform.evaluation.refits import draw
from music_platform.evaluation.tracks import UNKNOWN, Floats, Ints, Tracks
from music_platform.models.scorers.nearest import NearestTracks

ASKED = 20_000
PER_ARTIST = 2
SYSTEMS = ("nearest", "random", "popular")
_EACH = (f"recommended_precision_at_{NEIGHBOURS}", "diversity", "popularity_bias")
_LOOKED = 64
"""Tracks of a cluster that are looked at first when five are picked, and nearly always enough."""


def recommendation_figures(tracks: Tracks, scaled: Floats, clusters: Ints, resamples: int, seed: int) -> dict[str, Any]:
    """Figures of recommendations, with intervals over artists.

    Args:
        tracks: n tracks.
        scaled: (n, d) their features in the space of distances.
        clusters: (n,) cluster of each track.
        resamples: of artists.
        seed: of the sample, the random tracks and the bootstrap.

    Returns:
        asked (tracks), per_artist, `figures`: figure -> system -> interval, `gain`: figure -> other system ->
        difference to it, `ratio` of precision to that of random tracks, and `reachable`: the most that coverage
        could be.
    """
    asked = draw(len(tracks), ASKED, seed)
    values = np.full((len(asked), len(SYSTEMS), len(_EACH)), np.nan)
    _, first, song = np.unique(tracks.song, return_index=True, return_inverse=True)
    covered = np.zeros((len(first), len(SYSTEMS)))
    rank = _ranks(tracks.popularity)
    for row, (track, found) in enumerate(zip(asked, _lists(tracks, scaled, clusters, asked, seed), strict=True)):
        for system, positions in enumerate(found):
            covered[song[positions], system] = 1
            values[row, system] = (
                _precision(tracks.genre[positions], tracks.genre[track]),
                _mean(pdist(scaled[positions])),
                _mean(rank[positions][np.isfinite(rank[positions])]) - rank[track],
            )
    means, drawn = _means(values.reshape(len(asked), -1), tracks.artist[asked], resamples, seed)
    shape = len(SYSTEMS), len(_EACH)
    figures = {
        name: (means.reshape(shape)[:, i], drawn.reshape(-1, *shape)[:, :, i]) for i, name in enumerate(_EACH)
    } | {"coverage": _means(covered, tracks.artist[first], resamples, seed)}
    precision, resampled = figures[_EACH[0]]
    return {
        "asked": len(asked),
        "per_artist": PER_ARTIST,
        "figures": {
            name: {system: interval(value[i], spread[:, i]) for i, system in enumerate(SYSTEMS)}
            for name, (value, spread) in figures.items()
        },
        "gain": {
            name: {
                system: interval(value[0] - value[i], spread[:, 0] - spread[:, i])
                for i, system in enumerate(SYSTEMS)
                if i
            }
            for name, (value, spread) in figures.items()
        },
        "ratio": interval(_ratio(precision[0], precision[1]), _ratio(resampled[:, 0], resampled[:, 1])),
        "reachable": min(1.0, NEIGHBOURS * len(asked) / len(first)),
    }


def _ranks(popularity: Floats) -> Floats:
    """Popularity ranks from 0 to 1; NaN where the popularity is unknown."""
    rank, known = np.full(len(popularity), np.nan), np.isfinite(popularity)
    rank[known] = (rankdata(popularity[known]) - 0.5) / max(1, known.sum())
    return rank


def _precision(genres: Ints, genre: int) -> float:
    """The share of a genre among the known ones; NaN where it can't be said."""
    return np.nan if genre == UNKNOWN else _mean((genres == genre)[genres != UNKNOWN])


def _lists(tracks: Tracks, scaled: Floats, clusters: Ints, asked: Ints, seed: int) -> Iterator[tuple[Ints, ...]]:
    """For each asked track the recommendations of every system, as positions."""
    nearest = NearestTracks(scaled, clusters, tracks.song, tracks.artist)
    random = np.random.default_rng(seed)
    popular = {
        cluster: members[np.argsort(-np.nan_to_num(tracks.popularity[members], nan=-1), kind="stable")]
        for cluster, members in nearest.members.items()
    }
    for track in asked:
        cluster, own = int(clusters[track]), tracks.song[track : track + 1]
        yield (
            nearest.nearest(cluster, scaled[track], NEIGHBOURS, PER_ARTIST, own)[0],
            _picked(nearest, _at_random(nearest.members[cluster], random), own),
            _picked(nearest, _in_order(popular[cluster]), own),
        )


def _picked(nearest: NearestTracks, tries: Iterator[Ints], own: Ints) -> Ints:
    """The tracks picked from the first try that has enough of them, or from the last."""
    found = own[:0]
    for looked in tries:
        found = looked[nearest.pick(looked, NEIGHBOURS, PER_ARTIST, own)]
        if len(found) == NEIGHBOURS:
            break
    return found


def _at_random(members: Ints, random: np.random.Generator) -> Iterator[Ints]:
    yield members[random.integers(len(members), size=_LOOKED)]
    yield random.permutation(members)


def _in_order(members: Ints) -> Iterator[Ints]:
    yield members[:_LOOKED]
    yield members


def _means(columns: Floats, artists: Ints, resamples: int, seed: int) -> tuple[Floats, Floats]:
    """Mean of every column (n, m) where it is known, and on resamples of artists (B, m)."""
    known = np.isfinite(columns)
    _, unit = np.unique(artists, return_inverse=True)
    sums = sum_by_unit(np.hstack([np.where(known, columns, 0), known]), unit, int(unit.max()) + 1)
    total, drawn = sums.sum(axis=0), resampled_sums(sums, resamples, seed)
    half = columns.shape[1]
    return _ratio(total[:half], total[half:]), _ratio(drawn[:, :half], drawn[:, half:])


def _ratio(part: Floats, whole: Floats) -> Floats:
    part, whole = np.asarray(part, float), np.asarray(whole, float)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if len(values) else np.nan
