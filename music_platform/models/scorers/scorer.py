"""The interface that every scorer of texts keeps, and the two conversions between logits and scores."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np
from scipy.special import expit, logit, softmax


class Scorer(Protocol):
    """A saved model that scores texts."""

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Calibrated scores in 0-1 of every text and label, (n, L), for texts cleaned as the training texts were."""


def probabilities(logits: np.ndarray, *, single: bool) -> np.ndarray:
    """Softmax over labels if `single`, else a sigmoid per label; float32."""
    scores: np.ndarray = (softmax(logits, axis=1) if single else expit(logits)).astype(np.float32)
    return scores


def log_odds(scores: np.ndarray, *, single: bool) -> np.ndarray:
    """Logits (n, L) that `probabilities` turns into `scores`; those of 0 and 1 are cut to a millionth from them."""
    inside = np.clip(scores.astype(np.float64), 1e-6, 1 - 1e-6)
    return np.log(inside) if single else logit(inside)


def unchecked() -> AbstractContextManager[None]:
    """A context in which scikit-learn does not check its parameters and numbers, which takes longer than one text."""
    from sklearn import config_context

    context: AbstractContextManager[None] = config_context(assume_finite=True, skip_parameter_validation=True)
    return context
