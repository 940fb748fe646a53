"""Fits what the assistant learns: the acts of requests. The service loads it and imports nothing of this module."""

from pathlib import Path

import numpy as np

from music_platform.models.linear_fitting import count, fit
from music_platform.models.scorers.linear import LinearHyperparameters
from music_platform.serving.assistant.dialogue.acts import examples

_HYPERPARAMETERS = LinearHyperparameters(word_ngrams=(1, 2), char_ngrams=(2, 4), min_df=2, C=10.0)


def write_acts(folder: Path) -> None:
    """Fit a linear model of the n-grams of the examples' frames, which takes a second, and write it into `folder`."""
    acts, frames = zip(*examples(), strict=True)
    labels = sorted(set(acts))
    truth = np.array([[act == label for label in labels] for act in acts])
    model = fit(count(frames, _HYPERPARAMETERS), labels, truth, np.ones_like(truth), _HYPERPARAMETERS, single=True)
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder)
