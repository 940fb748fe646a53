"""The cascade of a task: its linear model answers when it is sure, its encoder otherwise. Trains nothing, no torch.

How it answers is in `serving.cascade`; whether it takes its encoder's place is decided in evaluation.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from music_platform.errors import InputError
from music_platform.models.candidates import CANDIDATES, Request
from music_platform.models.linear_training import headline, manifest_of
from music_platform.models.predictions import Predictions
from music_platform.models.scorers.cascade import is_sure
from music_platform.models.thresholds import f1
from music_platform.storage.code import code_version
from music_platform.storage.files import fingerprint
from music_platform.storage.registry import Artifact

LOSS = 0.003
"""Macro-F1 that the bound may cost on the encoder's validation rows."""
BOUNDS = np.round(np.arange(0.5, 1.0, 0.005), 3).astype(np.float32)


def train(request: Request) -> tuple[Artifact, bool] | None:
    """The cascade of the current linear model and encoder; True when it had to be made, None without an encoder.

    Its predictions are of the rows that the encoder was judged on; they decide nothing about it.

    Raises:
        InputError: the parts learned from different rows, or the linear model is never sure enough.
    """
    registry, task = request.registry, request.task
    linear, encoder = (registry.current(task, part) for part in CANDIDATES["cascade"].of)
    if linear is None or encoder is None:
        return None
    code = code_version(__name__)
    made_from = fingerprint(linear.id, encoder.id, code)
    if known := registry.find(task, "cascade", made_from):
        registry.set_current(known)
        return known, False
    if linear.manifest["data_hash"] != encoder.manifest["data_hash"]:
        raise InputError(f"{task}/cascade: its linear model and its encoder learned from different rows")
    cheap = Predictions.load(linear.path / "predictions.npz")
    validation, held = (Predictions.load(encoder.path / f"{name}.npz") for name in ("validation", "predictions"))
    bound = lowest_bound(*_on(cheap, validation), validation)
    if bound is None:
        raise InputError(f"{task}/cascade: the linear model is never so sure that it costs at most {LOSS} macro-F1")
    scores, selected = _on(cheap, held)
    sure = is_sure(scores, bound)
    predictions = replace(
        held,
        scores=np.where(sure[:, None], scores, held.scores),
        selected=np.where(sure[:, None], selected, held.selected),
    )
    request.progress(f"{task}/cascade: the linear model answers {sure.mean():.0%} of the texts")

    def write(folder: Path) -> None:
        for part in (linear, encoder):
            shutil.copytree(part.path, folder / part.path.parent.name, ignore=shutil.ignore_patterns("*.npz"))
        predictions.save(folder / "predictions.npz")

    config = {"linear": linear.id, "encoder": encoder.id, "loss": LOSS}
    manifest = manifest_of(made_from, encoder.manifest["data_hash"], code, config, encoder.manifest["rows"])
    manifest |= {name: encoder.manifest[name] for name in ("labels", "languages", "thresholds", "left_out", "dropped")}
    manifest |= {
        "kind": "cascade",
        "metrics": headline(predictions),
        "cascade": {"bound": bound, "share": float(sure.mean())},
    }
    artifact = registry.save(task, "cascade", write, manifest)
    registry.set_current(artifact)
    return artifact, True


def lowest_bound(scores: np.ndarray, selected: np.ndarray, encoder: Predictions) -> float | None:
    """The lowest of `BOUNDS` from which on a cascade keeps the encoder's macro-F1 up to `LOSS`; None if none does.

    Args:
        scores: (n, L) calibrated scores of the linear model for the encoder's n rows, by models that had not seen them.
        selected: (n, L) bool, what it answers.
        encoder: predictions of rows that neither learned from.
    """
    occurs = (encoder.truth & encoder.known).any(axis=0)

    def macro(answered: np.ndarray) -> float:
        return float(f1(encoder.truth, answered, encoder.known)[occurs].mean())

    wanted = macro(encoder.selected) - LOSS
    lowest = None
    for bound in BOUNDS[::-1].tolist():
        if macro(np.where(is_sure(scores, bound)[:, None], selected, encoder.selected)) < wanted:
            break
        lowest = round(bound, 3)
    return lowest


def _on(cheap: Predictions, rows: Predictions) -> tuple[np.ndarray, np.ndarray]:
    """Scores and selection, (n, L) each, of the linear model on `rows`."""
    order = np.argsort(cheap.ids)
    index = order[np.searchsorted(cheap.ids, rows.ids, sorter=order)]
    return cheap.scores[index], cheap.selected[index]
