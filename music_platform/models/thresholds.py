"""When an answer counts: F1 over a grid of thresholds, the best one per label, and when to be uncertain.

Fits no model.
"""

import numpy as np

LIKELY = 0.5
"""A best score of a single-label task below this is more likely wrong than right: the answer is uncertain."""
GRID = np.round(np.arange(0.02, 0.981, 0.01), 2).astype(np.float32)


def f1(truth: np.ndarray, selected: np.ndarray, known: np.ndarray) -> np.ndarray:
    """F1 per label, (L,), on the cells of `known`; 0 for a label without a true or a selected one.

    Arguments are (n, L) bool.
    """
    positive, answered = truth & known, selected & known
    total = positive.sum(axis=0) + answered.sum(axis=0)
    return 2 * (positive & answered).sum(axis=0) / np.maximum(total, 1)


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
    return np.column_stack([f1(truth, scores >= threshold, known) for threshold in grid])


def best_thresholds(truth: np.ndarray, scores: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The threshold of `GRID` with the highest F1 per label, (L,) float32; 0.5 without a known positive.

    Arguments as for `f1_over`. Of equally good thresholds the middle one is taken.
    """
    curves = f1_over(truth, scores, known)
    best = [np.flatnonzero(curve == curve.max()) for curve in curves]
    middle = np.array([GRID[b[len(b) // 2]] for b in best], np.float32)
    return np.where((truth & known).any(axis=0), middle, np.float32(0.5))
