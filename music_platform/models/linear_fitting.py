"""Counting n-grams and fitting the linear model. Cross-fitting, calibration and thresholds are in `crossfit`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression

from music_platform.models.scorers.linear import Block, LinearHyperparameters, LinearModel, vectorisers

_NEVER = -20.0
"""The logit of a label that no training row has."""


def count(texts: Sequence[str], hyperparameters: LinearHyperparameters) -> tuple[Block, ...]:
    """Count the n-grams of `texts` once; a model of any subset is fitted from these counts."""
    blocks = []
    for vectoriser in vectorisers(hyperparameters):
        vectoriser.min_df = min(hyperparameters.min_df, len(texts))
        counts = vectoriser.fit_transform(texts)
        blocks.append(Block(counts, vectoriser.get_feature_names_out().astype(np.str_)))
    return tuple(blocks)


def fit(
    blocks: Sequence[Block],
    labels: Sequence[str],
    truth: np.ndarray,
    known: np.ndarray,
    hyperparameters: LinearHyperparameters,
    *,
    single: bool,
    units: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> "LinearModel":
    """Fit TF-IDF and logistic regression: multinomial if `single`, else per label on rows where it is known.

    Args:
        blocks: counts of the n training documents.
        labels: L label names.
        truth: (n, L) bool.
        known: (n, L) bool; ignored if `single`.
        hyperparameters: vocabulary and regularisation.
        single: whether exactly one label is true per row.
        units: (n,) the split unit of each document, for `LinearHyperparameters.even_units`; each its own if missing.
        weights: (n,) documents that each counts as; one if missing.
    """
    terms = tuple(_frequent(block, hyperparameters) for block in blocks)
    scales = [TfidfTransformer(sublinear_tf=True) for _ in blocks]
    features = sp.hstack(
        [w.fit_transform(b.restricted(t)) for w, b, t in zip(scales, blocks, terms, strict=True)],
        format="csr",
    )
    weight = np.ones(features.shape[0]) if units is None else _evened(units, hyperparameters.even_units)
    weight = weight if weights is None else weight * weights
    if single:
        coefficients, intercept = _multinomial(features, truth, weight, hyperparameters)
    else:
        columns = [_binary(features, truth[:, i], known[:, i], weight, hyperparameters) for i in range(len(labels))]
        coefficients = np.stack([c for c, _ in columns], axis=1)
        intercept = np.array([b for _, b in columns])
    return LinearModel(
        tuple(labels),
        single,
        hyperparameters,
        terms,
        tuple(w.idf_.astype(np.float32) for w in scales),
        np.ascontiguousarray(coefficients, np.float32),
        intercept.astype(np.float32),
    )


def _frequent(block: Block, hyperparameters: LinearHyperparameters) -> np.ndarray:
    """Terms in `min_df` documents or more; at most `max_terms`, those in most documents first."""
    df = np.bincount(block.counts.indices, minlength=len(block.terms))
    keep = np.flatnonzero(df >= hyperparameters.min_df)
    keep = np.sort(keep[np.argsort(-df[keep], kind="stable")[: hyperparameters.max_terms]])
    return block.terms[keep]


def _regression(hyperparameters: LinearHyperparameters, **solver: Any) -> LogisticRegression:
    weight = "balanced" if hyperparameters.balanced else None
    return LogisticRegression(C=hyperparameters.C, class_weight=weight, max_iter=300, tol=1e-3, **solver)


def _evened(units: np.ndarray, share: float) -> np.ndarray:
    """(n,) weights with mean 1: the rows of a unit divided by their number to the power of `share`."""
    _, which, count = np.unique(units.astype(str), return_inverse=True, return_counts=True)
    weight = count[which] ** -float(share)
    evened: np.ndarray = weight / weight.mean()
    return evened


def _multinomial(
    features: sp.csr_matrix, truth: np.ndarray, weight: np.ndarray, hyperparameters: LinearHyperparameters
) -> tuple[np.ndarray, np.ndarray]:
    """(T, L) and (L,); a label that no row has gets the logit `_NEVER`."""
    present = np.flatnonzero(truth.any(axis=0))
    coefficients, intercept = np.zeros((features.shape[1], truth.shape[1])), np.full(truth.shape[1], _NEVER)
    intercept[present] = 0.0
    if len(present) > 1:
        model = _regression(hyperparameters).fit(features, truth.argmax(axis=1), weight)
        weights, bias = model.coef_, model.intercept_
        if len(present) == 2:
            weights, bias = np.vstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
        coefficients[:, present], intercept[present] = weights.T, bias
    return coefficients, intercept


def _binary(
    features: sp.csr_matrix,
    truth: np.ndarray,
    known: np.ndarray,
    weight: np.ndarray,
    hyperparameters: LinearHyperparameters,
) -> tuple[np.ndarray, float]:
    """(T,) and the intercept, from the rows where the label is known; constant if those all say the same."""
    target = truth[known]
    if target.all() or not target.any():
        return np.zeros(features.shape[1]), -_NEVER if target.any() else _NEVER
    # The dual solver reaches the optimum; L-BFGS stops short of it at a tolerance that it can afford.
    solver = _regression(hyperparameters, solver="liblinear", dual=True, random_state=0)
    model = solver.fit(features[known], target, weight[known])
    return model.coef_[0], float(model.intercept_[0])
