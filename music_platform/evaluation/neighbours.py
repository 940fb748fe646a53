"""Are the nearest tracks of a cluster of the same genre more often than a random track of the cluster?

The precision@5 that judges clusters and recommendations. The chance level is exact, not drawn.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from music_platform.evaluation.intervals import RESAMPLES, interval, resampled_sums, sum_by_unit

NEIGHBOURS = 5
_SPARE = 25

Ints = NDArray[np.int64]


def neighbour_precision(
    points: NDArray[np.float64], genres: Ints, clusters: Ints, songs: Ints, others: Ints
) -> NDArray[np.float64]:
    """Share of same-genre tracks among the 5 nearest of the same cluster, every song once, and at random.

    Args:
        points: (n, d) in the space where distances are measured (scaled features).
        genres: (n,) genre number of each track; every track has one.
        clusters: (n,) cluster number.
        songs: (n,) song number: recordings of one song share it.
        others: (n,) a neighbour never has the track's own number here. It is the song, as in recommendations, or the
            artist (the artist filter of Flexer 2007: an artist's own songs make any similarity look good).

    Returns:
        (n, 2): share among the nearest, expected share of a random track of the same cluster; NaN in a row
        that has no other track to compare with.
    """
    from sklearn.neighbors import NearestNeighbors

    result = np.full((len(points), 2), np.nan)
    for cluster in np.unique(clusters):
        rows = np.flatnonzero(clusters == cluster)
        wanted = min(NEIGHBOURS + 1 + _SPARE, len(rows))
        search = NearestNeighbors(n_neighbors=wanted, algorithm="kd_tree").fit(points[rows])
        near = rows[search.kneighbors(points[rows], return_distance=False)]
        allowed = others[near] != others[rows, None]
        song = songs[near]
        for place in range(1, wanted):
            allowed[:, place] &= (song[:, :place] != song[:, place, None]).all(axis=1)
        allowed &= np.cumsum(allowed, axis=1) <= NEIGHBOURS
        same = allowed & (genres[near] == genres[rows, None])
        result[rows, 0] = _share(same.sum(axis=1), allowed.sum(axis=1))
        result[rows, 1] = _chance(genres[rows], others[rows])
    return result


def neighbour_figures(
    shares: NDArray[np.float64], genres: Ints, artists: Ints, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, dict[str, Any]]:
    """Means of `neighbour_precision` with intervals over artists, and paired differences to two baselines.

    Returns:
        nearest, random, most_frequent (always answering the commonest genre), over_random,
        over_most_frequent.
    """
    kept = np.isfinite(shares).all(axis=1)
    names = ("nearest", "random", "most_frequent")
    if not kept.any():
        nothing = interval(np.nan, np.array([]))
        return dict.fromkeys((*names, "over_random", "over_most_frequent"), nothing)
    commonest = genres == np.bincount(genres).argmax()
    columns = np.column_stack([shares, commonest, np.ones(len(shares))])[kept]
    _, index = np.unique(artists[kept], return_inverse=True)
    sums = sum_by_unit(columns, index, int(index.max()) + 1)
    drawn = resampled_sums(sums, resamples, seed)
    value = sums.sum(axis=0)[:3] / sums.sum(axis=0)[3]
    means = drawn[:, :3] / drawn[:, 3:]
    figures = {name: interval(value[i], means[:, i]) for i, name in enumerate(names)}
    return figures | {
        f"over_{name}": interval(value[0] - value[i], means[:, 0] - means[:, i]) for i, name in enumerate(names) if i
    }


def _chance(genres: Ints, others: Ints) -> NDArray[np.float64]:
    """Probability that a random track of these has the same genre, of those with another number in `others`."""
    same = _tally(genres) - _tally(np.column_stack([genres, others]))
    return _share(same, len(genres) - _tally(others))


def _tally(keys: Ints) -> Ints:
    """For each row, how many rows have the same key."""
    _, index, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    return counts[index.ravel()]


def _share(part: Ints, whole: Ints) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
