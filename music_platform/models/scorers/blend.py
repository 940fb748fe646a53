"""A blend of models as a scorer: the weighted mean of its parts' logits, calibrated. Loads no part and fits nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from music_platform.models.scorers.linear import log_odds, probabilities
from music_platform.models.scorers.predictor import Scorer


class Blend:
    """Parts by name, and the manifest's entry `blend`: `single`, `weights` by part, `scale` and `offset` by label."""

    def __init__(self, parts: Mapping[str, Scorer], reading: Mapping[str, Any]) -> None:
        self._parts = [(parts[name], weight) for name, weight in reading["weights"].items() if weight]
        self._single = bool(reading["single"])
        self._scale, self._offset = np.array(reading["scale"]), np.array(reading["offset"])

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities (n, L) float32 of `texts`; a part without weight is not asked."""
        logits = sum(weight * log_odds(part.scores(texts), single=self._single) for part, weight in self._parts)
        return probabilities(logits * self._scale + self._offset, single=self._single)
