"""Which tracks lie nearest: exact, every song once, few by one artist. Arrays in, positions out; no names, no files.

Evaluation picks with the same code, so that its figures are of what is served.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

NOTHING = np.empty(0, np.int64)


class NearestTracks:
    """Tracks by position, with a KD-tree (Bentley 1975) for every cluster.

    Args:
        scaled: (n, d) features in the space of distances.
        cluster: (n,) cluster of each track.
        song: (n,) number that all recordings of a song share.
        artist: (n,) number of each track's artist.
    """

    def __init__(self, scaled: Floats, cluster: Ints, song: Ints, artist: Ints) -> None:
        self._song, self._artist = song, artist
        self.members = {int(c): np.flatnonzero(cluster == c) for c in np.unique(cluster)}
        self._trees = {c: KDTree(scaled[members]) for c, members in self.members.items()}

    def nearest(
        self,
        cluster: int,
        point: Floats,
        k: int,
        per_artist: int,
        left_out: Ints = NOTHING,
        allowed: Mask | None = None,
    ) -> tuple[Ints, Floats]:
        """At most `k` tracks of a cluster with their distances, nearest first; of equally near ones the first.

        Args:
            cluster: where to look; one without tracks has no neighbours.
            point: (d,) in the space of distances.
            k: number of tracks.
            per_artist: of one artist at most.
            left_out: songs that are not wanted.
            allowed: (n,) tracks that are wanted; all if missing.
        """
        if cluster not in self._trees:
            return NOTHING, np.empty(0)
        wanted = 2 * k + 8 + len(left_out)
        while True:
            positions, distances, complete = self._around(cluster, point, wanted, allowed)
            picked = self.pick(positions, k, per_artist, left_out)
            if len(picked) == k or complete:
                return positions[picked], distances[picked]
            wanted *= 4

    def pick(self, positions: Ints, k: int, per_artist: int, left_out: Ints = NOTHING) -> Ints:
        """Of `positions`, best first, the indices of those to recommend: `k` songs, once each, few of one artist."""
        songs = self._song[positions]
        kept = np.flatnonzero((_earlier(songs) == 0) & ~np.isin(songs, left_out))
        return kept[_earlier(self._artist[positions[kept]]) < per_artist][:k]

    def _around(self, cluster: int, point: Floats, wanted: int, allowed: Mask | None) -> tuple[Ints, Floats, bool]:
        """The nearest tracks in order, about `wanted` of them and all that are equally near; whether these are all."""
        tree, members = self._trees[cluster], self.members[cluster]
        if allowed is None:
            complete = wanted >= len(members)
            distances, found = tree.query(point, k=np.arange(1, min(wanted, len(members)) + 1))
            positions = members[found]
        else:
            # A filter may leave a handful of tracks anywhere: looking at all that are left takes less than a
            # millisecond, where a tree would be searched almost whole.
            within = allowed[members]
            positions = members[within]
            complete = wanted >= len(positions)
            distances = cdist(point[None, :], tree.data[within])[0]
            if not complete:
                near = np.argpartition(distances, wanted - 1)[:wanted]
                positions, distances = positions[near], distances[near]
        order = np.lexsort((positions, distances))
        positions, distances = positions[order], distances[order]
        if not complete:  # beyond the last there may be others as near as it
            sure = distances < distances[-1]
            positions, distances = positions[sure], distances[sure]
        return positions, distances, complete


def _earlier(values: Ints) -> Ints:
    """For each value, how many equal ones stand before it."""
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    counts = np.empty(len(values), np.int64)
    counts[order] = np.arange(len(values)) - np.searchsorted(ranked, ranked)
    return counts
