"""Two models of a task as one: the linear one answers when it is sure, the encoder otherwise. Chooses no bound."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from music_platform.models.scorers.predictor import Scorer


class Cascade:
    """The linear model's scores of the texts that it is sure of, the encoder's of the others."""

    def __init__(self, linear: "Scorer", encoder: "Scorer", bound: float) -> None:
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
