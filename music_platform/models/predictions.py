"""The out-of-fold predictions of a classifier, which models hand to evaluation."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from music_platform.models.thresholds import f1
from music_platform.schema import WORDINGS

VALIDATION = "validation.npz"
"""The file of predictions of the rows that chose a model's best epoch; they are calibrated on themselves."""
HELD_OUT_FILE = "predictions.npz"
"""The file of predictions of rows that no model had seen."""


@dataclass(frozen=True)
class Predictions:
    """Scores of every row by a model that never saw the row's unit, for `n` rows and `L` labels.

    Single-label tasks use the same arrays: `truth` is one-hot and `selected` marks the best label.
    """

    labels: tuple[str, ...]
    ids: np.ndarray
    """(n,) str: song_id, row_id or article_id."""
    units: np.ndarray
    """(n,) str: the split unit (artist, template, article): what the bootstrap resamples."""
    groups: np.ndarray
    """(n,) str: slice to report by (language for lyrics and utterances, source for articles)."""
    folds: np.ndarray
    """(n,) int: the fold the row was held out in."""
    truth: np.ndarray
    """(n, L) bool."""
    known: np.ndarray
    """(n, L) bool: False where the row's source could not have named the label, so its truth is unknown."""
    scores: np.ndarray
    """(n, L) float32 in 0-1, calibrated."""
    selected: np.ndarray
    """(n, L) bool: the labels the model answers, after thresholds (multi-label) or argmax."""
    thresholds: np.ndarray
    """(L,) float32: thresholds of the final model; 0 for single-label tasks."""
    baseline: np.ndarray
    """(n, L) bool: what always answering the majority of the other folds gives; see `crossfit.majority`."""

    def at(self, rows: np.ndarray) -> "Predictions":
        """The same for some rows only; `rows` is a mask or an index."""
        values: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{x: v if x in ("labels", "thresholds") else v[rows] for x, v in values.items()})

    @property
    def own(self) -> np.ndarray:
        """(n,) bool: the platform's own wordings, simulated and reported apart; none if there are no other rows."""
        own = np.char.startswith(self.ids.astype(np.str_), f"{WORDINGS}:")
        return own & ~own.all()

    def headline(self) -> dict[str, float]:
        """Pooled macro-F1 of the landed rows, and their accuracy where a row has one label."""
        landed = self.at(~self.own)
        truth, known = landed.truth, landed.known
        figures = {"macro_f1": float(f1(truth, landed.selected, known).mean())}
        if ((truth & known).sum(axis=1) == 1).all():
            figures["accuracy"] = float((truth & known & landed.selected).any(axis=1).mean())
        return figures

    def save(self, path: Path) -> None:
        """Write the arrays to an `.npz` file."""
        arrays = {f.name: np.asarray(getattr(self, f.name)) for f in fields(self)}
        arrays = {name: array.astype(np.str_) if array.dtype == object else array for name, array in arrays.items()}
        with path.open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: Path) -> "Predictions":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(**{**arrays, "labels": tuple(arrays["labels"].tolist())})
