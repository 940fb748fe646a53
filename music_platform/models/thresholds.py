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

    Arguments as for `f1_over`. Of equally good thresholds the middle one is taken. For scores that are not
    calibrated: `calibrated_thresholds` is better on those that are.
    """
    curves = f1_over(truth, scores, known)
    best = [np.flatnonzero(curve == curve.max()) for curve in curves]
    middle = np.array([GRID[b[len(b) // 2]] for b in best], np.float32)
    return np.where((truth & known).any(axis=0), middle, np.float32(0.5))


def calibrated_thresholds(scores: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The threshold per label with the highest expected F1, (L,) float32: half of that F1 (Lipton et al. 2014).

    It rests on all scores and on no single row's truth, so that few rows of a rare label give a steady one.

    Args:
        scores: (n, L) in 0-1, calibrated: of the rows with a score s, the share s has the label.
        known: (n, L) bool; a label known nowhere gets 0.5.
    """
    found = np.full(scores.shape[1], 0.5, np.float32)
    for label in np.flatnonzero(known.any(axis=0)):
        falling = np.sort(scores[known[:, label], label].astype(np.float64))[::-1]
        answered = np.arange(1, len(falling) + 1)
        found[label] = (np.cumsum(falling) / (answered + falling.sum())).max()
    return found
