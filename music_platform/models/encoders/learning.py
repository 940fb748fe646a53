"""What a fine-tuning run is fed and judged by: validation rows, batches, rates, weights, figures. No torch."""

import hashlib

import numpy as np
from scipy.special import expit

from music_platform.models.thresholds import best_thresholds

_GROUPED = 32
"""Batches that are sorted by length together."""


def validation_rows(units: np.ndarray, share: float) -> np.ndarray:
    """Positions of the rows of a `share` of the distinct units, at least one of them, chosen by hash."""

    def hashed(unit: str) -> bytes:
        return hashlib.blake2b(f"validation {unit}".encode(), digest_size=8).digest()

    distinct = sorted(set(units.tolist()), key=hashed)
    return np.flatnonzero(np.isin(units.astype(str), distinct[: max(1, round(share * len(distinct)))]))


def batches(lengths: np.ndarray, size: int, seed: int) -> list[np.ndarray]:
    """Positions of all rows in random batches of `size` rows of similar length, in random order."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(lengths))
    pools = np.split(order, range(size * _GROUPED, len(order), size * _GROUPED))
    ordered = [pool[np.argsort(lengths[pool], kind="stable")] for pool in pools]
    cut = [batch for pool in ordered for batch in np.split(pool, range(size, len(pool), size))]
    return [cut[i] for i in rng.permutation(len(cut))]


def mixed(sources: np.ndarray, most: int, epoch: int, seed: int) -> np.ndarray:
    """Positions of the rows that an epoch (from 0) reads, at most `most` of each source; a large one's take turns.

    Args:
        sources: (n,) of the rows.
        most: 0 for no limit.
        epoch: every one reads as many rows, and as few as possible of those that one before it read.
        seed: of the order in which the rows of a source take turns.
    """
    rng, chosen = np.random.default_rng(seed), []
    for source in np.unique(sources.astype(str)):
        own = rng.permutation(np.flatnonzero(sources == source))
        size = min(most or len(own), len(own))
        chosen.append(own.take(range(epoch * size, (epoch + 1) * size), mode="wrap"))
    return np.sort(np.concatenate(chosen))


def rate(step: int, steps: float, warmup: float) -> float:
    """The share of the peak learning rate at `step`: a linear rise over `warmup * steps`, a linear fall to 0."""
    rising = max(round(warmup * steps), 1)
    return min((step + 1) / rising, (steps - step) / max(steps - rising, 1))


def weights(truth: np.ndarray, known: np.ndarray, balance: float, *, single: bool) -> np.ndarray:
    """(L,) float32: of a label's rows, with mean 1 over rows, if `single`; else of its positive cells.

    Args:
        truth: (n, L) bool.
        known: (n, L) bool.
        balance: 0 weighs every row the same, 1 every label; between them, rare labels weigh less than their due.
        single: whether a row has exactly one label.
    """
    positive = np.maximum((truth & known).sum(axis=0), 1)
    if single:
        weight = (positive.sum() / positive) ** balance
        return (weight * positive.sum() / (weight * positive).sum()).astype(np.float32)
    return (np.maximum((~truth & known).sum(axis=0), 1) / positive).astype(np.float32) ** np.float32(balance)


def judged(logits: np.ndarray, truth: np.ndarray, known: np.ndarray, *, single: bool) -> dict[str, float]:
    """Accuracy, and macro F1, precision and recall over the labels that occur, of (n, L) arrays.

    Multi-label answers use the best threshold per label on the very rows: good for comparing epochs, and too
    good as an estimate.
    """
    if single:
        selected = np.zeros_like(truth)
        selected[np.arange(len(logits)), logits.argmax(axis=1)] = True
        accuracy = (selected & truth).any(axis=1).mean()
    else:
        probability = expit(logits)
        selected = probability >= best_thresholds(truth, probability, known)
        accuracy = (selected == truth)[known].mean()
    hits, answered, positive = ((x & known).sum(axis=0) for x in (selected & truth, selected, truth))
    occurs = positive > 0
    hits, answered, positive = hits[occurs], answered[occurs], positive[occurs]
    return {
        "accuracy": float(accuracy),
        "f1": float((2 * hits / (answered + positive)).mean()) if occurs.any() else 0.0,
        "precision": float((hits / np.maximum(answered, 1)).mean()) if occurs.any() else 0.0,
        "recall": float((hits / positive).mean()) if occurs.any() else 0.0,
    }
