"""Invented tracks in four groups that sound alike, as audio features in the order of `tasks.CLUSTER_FEATURES`."""

import numpy as np

CENTERS = np.array(
    [
        [0.45, 0.05, 0.85, 0.25, 95.0],
        [0.70, 0.35, 0.02, 0.50, 120.0],
        [0.70, 0.06, 0.03, 0.80, 118.0],
        [0.45, 0.05, 0.03, 0.25, 125.0],
    ]
)
"""(4, 5) the middle of each group, in the order of the moods that clusters are named after."""


def groups(n: int = 2000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, 5) of tracks around the centres, and the group of each, (n,)."""
    random = np.random.default_rng(seed)
    noise = random.normal(size=(n, 5)) * [0.06, 0.02, 0.04, 0.07, 9]
    which = random.integers(4, size=n)
    return CENTERS[which] + noise, which
