"""The scorer of a cascade: the linear model answers the texts that it is sure of, and the encoder the others."""

from collections.abc import Sequence

import numpy as np

from music_platform.models.scorers.scorer import Scorer


class Cascade:
    """Two scorers of one task, and the best score from which on the first one answers."""

    def __init__(self, linear: Scorer, encoder: Scorer, bound: float) -> None:
        self._linear, self._encoder, self._bound = linear, encoder, bound

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Calibrated scores (n, L) of `texts`, in their order; the encoder reads its part as one list."""
        scores = self._linear.scores(texts)
        unsure = np.flatnonzero(~is_sure(scores, self._bound)).tolist()
        if unsure:
            scores[unsure] = self._encoder.scores([texts[i] for i in unsure])
        return scores


def is_sure(scores: np.ndarray, bound: float) -> np.ndarray:
    """(n,) bool: whether the best of the linear model's scores, (n, L), reaches the bound."""
    sure: np.ndarray = scores.max(axis=1) >= np.float32(bound)
    return sure
