"""Thresholds on scores: F1 over a grid of them, and the best one per label. Fits no model."""

import numpy as np

GRID = np.round(np.arange(0.02, 0.981, 0.01), 2).astype(np.float32)


def f1_over(truth: np.ndarray, scores: np.ndarray, known: np.ndarray, grid: np.ndarray = GRID) -> np.ndarray:
    """F1 per label at each threshold of `grid`, on the rows where the label is known.

    Args:
        truth: (n, L) bool.
        scores: (n, L) in 0-1.
        known: (n, L) bool.
        grid: (T,) thresholds; a score equal to the threshold counts as selected.

    Returns:
        (L, T) float64; 0 where a label has no known positive and none is selected.
    """
    positive = truth & known
    curves = np.zeros((truth.shape[1], len(grid)))
    for i, threshold in enumerate(grid):
        selected = (scores >= threshold) & known
        total = selected.sum(axis=0) + positive.sum(axis=0)
        curves[:, i] = 2 * (selected & positive).sum(axis=0) / np.maximum(total, 1)
    return curves


def best_thresholds(truth: np.ndarray, scores: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The threshold of `GRID` with the highest F1 per label, (L,) float32; 0.5 without a known positive.

    Arguments as for `f1_over`. Of equally good thresholds the middle one is taken.
    """
    curves = f1_over(truth, scores, known)
    best = [np.flatnonzero(curve == curve.max()) for curve in curves]
    middle = np.array([GRID[b[len(b) // 2]] for b in best], np.float32)
    return np.where((truth & known).any(axis=0), middle, np.float32(0.5))
