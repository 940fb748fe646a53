"""Invented predictions for the tests of evaluation."""

import numpy as np

from music_platform.models.predictions import Predictions

LABELS = ("gospel", "rap", "rock", "samba")


def predictions(*, single: bool = True, rows: int = 400, skill: float = 2.0, seed: int = 0) -> Predictions:
    """Predictions of `rows` rows of `rows / 4` artists; the higher the skill, the better."""
    random = np.random.default_rng(seed)
    truth = np.eye(len(LABELS), dtype=bool)[np.random.default_rng(101).integers(len(LABELS), size=rows)]
    if not single:
        truth |= np.random.default_rng(102).random(truth.shape) < 0.15
    logits = random.normal(size=truth.shape) + skill * truth
    if single:
        scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        selected = scores == scores.max(axis=1, keepdims=True)
    else:
        scores = 1 / (1 + np.exp(-2 * (logits - 1)))
        selected = scores >= 0.5
    units = np.array([f"artist {i // 4}" for i in range(rows)])
    return Predictions(
        labels=LABELS,
        ids=np.array([f"row {i}" for i in range(rows)]),
        units=units,
        groups=np.array([("en", "pt")[i % 2] for i in range(rows)]),
        folds=np.arange(rows) // 4 % 5,
        truth=truth,
        known=np.ones_like(truth),
        scores=scores.astype(np.float32),
        selected=selected,
        thresholds=np.full(len(LABELS), 0 if single else 0.5, np.float32),
        baseline=np.tile(np.arange(len(LABELS)) == 0, (rows, 1)),
    )
