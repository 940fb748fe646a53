"""Figures of classification from arrays: F1, accuracy, MCC, ROC-AUC, calibration, thresholds, confusion.

Every figure ignores cells outside `known`. Counts add up over rows, so that the same functions serve one
sample and a whole batch of resamples (leading axes). Resampling is in `intervals`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

THRESHOLDS = np.round(np.arange(0.02, 0.99, 0.02), 2)


def count_columns(truth: Mask, selected: Mask, known: Mask) -> Array:
    """Count per row the hits and errors that F1, accuracy and MCC are computed from.

    Args:
        truth: (n, L) which labels hold.
        selected: (n, L) which labels were answered.
        known: (n, L) where the truth is known.

    Returns:
        (n, 3L + 2): true positives, false positives and false negatives of each label, then 1 where all known
        labels are right, then 1. Sums of rows are the counts of those rows.
    """
    hit = truth & selected & known
    false_alarm = ~truth & selected & known
    miss = truth & ~selected & known
    exact = ~(false_alarm | miss).any(axis=1, keepdims=True)
    return np.hstack([hit, false_alarm, miss, exact, np.ones_like(exact)]).astype(float)


def _split(counts: Array) -> tuple[Array, Array, Array]:
    labels = (counts.shape[-1] - 2) // 3
    return counts[..., :labels], counts[..., labels : 2 * labels], counts[..., 2 * labels : 3 * labels]


def _ratio(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.full(np.shape(below), np.nan), where=below > 0)


def class_figures(counts: Array) -> dict[str, Array]:
    """Precision, recall and F1 of each label, (..., L), from summed counts; NaN where undefined."""
    tp, fp, fn = _split(counts)
    return {
        "precision": _ratio(tp, tp + fp),
        "recall": _ratio(tp, tp + fn),
        "f1": _ratio(2 * tp, 2 * tp + fp + fn),
    }


def total_figures(counts: Array, counted: Mask, *, single: bool) -> dict[str, Array]:
    """Figures over all labels from summed counts.

    Args:
        counts: (..., 3L + 2) sums of `count_columns`.
        counted: (L,) labels that macro-F1 averages.
        single: exactly one label holds per row; adds MCC, Gorodkin's R_K (2004) for more than two classes.

    Returns:
        (...) each: macro_f1, micro_f1, accuracy (all known labels right), and mcc for single-label tasks.
    """
    tp, fp, fn = _split(counts)
    f1 = class_figures(counts)["f1"][..., counted]
    figures = {
        "macro_f1": _ratio(np.nansum(f1, axis=-1), np.isfinite(f1).sum(axis=-1).astype(float)),
        "micro_f1": _ratio(2 * tp.sum(-1), (2 * tp + fp + fn).sum(-1)),
        "accuracy": _ratio(counts[..., -2], counts[..., -1]),
    }
    if single:
        true, answered = tp + fn, tp + fp
        total = true.sum(-1)
        covariance = tp.sum(-1) * total - (true * answered).sum(-1)
        spread = (total**2 - (true**2).sum(-1)) * (total**2 - (answered**2).sum(-1))
        figures["mcc"] = np.where(spread > 0, _ratio(covariance, np.sqrt(np.maximum(spread, 0))), 0.0)
    return figures


def roc_auc(truth: Mask, scores: Array, known: Mask, weights: Array) -> Array:
    """Area under the ROC curve of each label, ties counted as half (Mann-Whitney).

    Args:
        truth: (n, L).
        scores: (n, L).
        known: (n, L).
        weights: (B, n) weight of each row in each of B resamples; ones for the plain figure.

    Returns:
        (B, L); NaN where a label lacks positive or negative rows.
    """
    out = np.full((len(weights), truth.shape[1]), np.nan)
    for label in range(truth.shape[1]):
        rows = np.flatnonzero(known[:, label])
        rows = rows[np.argsort(scores[rows, label], kind="stable")]
        if not len(rows):
            continue
        ordered, positive = scores[rows, label], truth[rows, label]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        weight = weights[:, rows]
        above = np.add.reduceat(weight * positive, starts, axis=1)
        below = np.add.reduceat(weight * ~positive, starts, axis=1)
        wins = (above * (np.cumsum(below, axis=1) - below / 2)).sum(axis=1)
        out[:, label] = _ratio(wins, above.sum(axis=1) * below.sum(axis=1))
    return out


def threshold_curve(truth: Mask, scores: Array, known: Mask, counted: Mask) -> Array:
    """Macro-F1 when one threshold serves all labels, at each of `THRESHOLDS`; (T,)."""
    sums = [count_columns(truth, scores >= np.asarray(t, scores.dtype), known).sum(axis=0) for t in THRESHOLDS]
    return total_figures(np.array(sums), counted, single=False)["macro_f1"]


def calibration(truth: Mask, scores: Array, known: Mask, *, single: bool, bins: int = 10) -> dict:
    """Reliability of the scores: is an answer with a score of 0.7 right in 70 % of the cases?

    Single-label tasks compare the score of the best label with how often it is right; multi-label tasks pool
    all known (row, label) pairs. Brier is the mean squared error of the scores over all known pairs in both.

    Returns:
        bins (equal width; low, high, score, share, rows), ece (expected calibration error, Naeini et al.
        2015), brier.
    """
    brier = float(np.mean((scores[known] - truth[known]) ** 2)) if known.any() else None
    if single:
        best = scores.argmax(axis=1)
        rows = np.arange(len(scores))
        said, held = scores[rows, best], truth[rows, best]
    else:
        said, held = scores[known], truth[known]
    said = said.astype(float)
    which = np.minimum((said * bins).astype(int), bins - 1)
    size = np.bincount(which, minlength=bins)
    score = _ratio(np.bincount(which, said, bins).astype(float), size.astype(float))
    share = _ratio(np.bincount(which, held, bins).astype(float), size.astype(float))
    ece = float(np.nansum(np.abs(score - share) * size) / size.sum()) if size.sum() else None
    return {
        "ece": ece,
        "brier": brier,
        "bins": [
            {
                "low": b / bins,
                "high": (b + 1) / bins,
                "score": score[b],
                "share": share[b],
                "rows": int(size[b]),
            }
            for b in range(bins)
        ],
    }


def confusion(truth: Mask, selected: Mask, known: Mask) -> dict[str, NDArray[np.int64]]:
    """Counts (L, L) of pairs of labels, over pairs of which both are known.

    Returns:
        known: rows that truly have i and know j, of which the others are a share. truth: rows that truly have
        both i and j. selected: rows that truly have i and were answered j (for single-label tasks the
        confusion matrix). confused: rows where i was missed and j wrongly answered instead.
    """
    true = (truth & known).astype(float)
    answered = (selected & known).astype(float)
    missed = (truth & ~selected & known).astype(float)
    wrong = (~truth & selected & known).astype(float)
    return {
        "known": (true.T @ known.astype(float)).astype(int),
        "truth": (true.T @ true).astype(int),
        "selected": (true.T @ answered).astype(int),
        "confused": (missed.T @ wrong).astype(int),
    }


def as_json(value: Any) -> Any:
    """The value in types that JSON has: numpy becomes Python, floats keep six decimals, NaN becomes None."""
    if isinstance(value, np.ndarray | np.generic):
        return as_json(value.tolist())
    if isinstance(value, dict):
        return {str(key): as_json(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(entry) for entry in value]
    if isinstance(value, float):
        return round(value, 6) if np.isfinite(value) else None
    return value
