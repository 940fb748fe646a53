"""The scorer of a blend: the weighted mean of its parts' logits, calibrated. Fitting is in `models.blend_training`."""

from collections.abc import Mapping, Sequence

import numpy as np

from music_platform.models.scorers.scorer import Scorer, log_odds, probabilities
from music_platform.storage.manifest import Blending


class Blend:
    """The parts of a blend by name, and their weights and calibration from the manifest."""

    def __init__(self, parts: Mapping[str, Scorer], blending: Blending) -> None:
        self._parts = [(parts[name], weight) for name, weight in blending.weights.items() if weight]
        self._single = blending.single
        self._scale, self._offset = np.array(blending.scale), np.array(blending.offset)

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities (n, L) float32 of `texts`; a part without weight is not asked."""
        logits = sum(weight * log_odds(part.scores(texts), single=self._single) for part, weight in self._parts)
        return probabilities(logits * self._scale + self._offset, single=self._single)
