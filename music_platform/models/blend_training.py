"""The blend of a task's linear and encoder candidates: one weight, fitted on rows that neither part learned from.

Stacked generalisation (Wolpert 1992) with a single weight. It trains neither part, and how a blend answers is in
`music_platform.models.scorers.blend`.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from music_platform.models.candidates import CANDIDATES, Request
from music_platform.models.crossfit import calibration
from music_platform.models.linear_training import SEED, data_hash, manifest_of, text_manifest
from music_platform.models.predictions import VALIDATION, Predictions
from music_platform.models.rows import TASKS, rows
from music_platform.models.scorers.linear import log_odds, probabilities
from music_platform.models.thresholds import calibrated_thresholds
from music_platform.storage.code import code_version
from music_platform.storage.files import fingerprint
from music_platform.storage.registry import Artifact

_WEIGHTS = np.round(np.arange(0, 1.01, 0.05), 2)


def train(request: Request) -> tuple[Artifact, bool] | None:
    """The blend of the current parts; True when it had to be made, None when one of them is missing.

    Parts made from other rows than the present ones count as missing: they can't be compared row by row.
    """
    registry, task = request.registry, TASKS[request.task]
    parts = {name: registry.current(task.name, name) for name in CANDIDATES["blend"].of}
    there = {name: part for name, part in parts.items() if part}
    learned = rows(task, request.table)
    data, code = data_hash(learned), code_version(__name__)
    if len(there) < len(parts) or any(part.manifest["data_hash"] != data for part in there.values()):
        return None
    versions = {name: part.id for name, part in there.items()}
    made_from = fingerprint(data, code, versions)
    if known := registry.find(task.name, "blend", made_from):
        registry.set_current(known)
        return known, False
    simple, deep = (there[name].path for name in CANDIDATES["blend"].of)
    out_of_fold, fitted_on = Predictions.load(simple / "predictions.npz"), Predictions.load(deep / VALIDATION)
    held = Predictions.load(deep / "predictions.npz")
    share, scale, offset, thresholds = fitted(out_of_fold, fitted_on, single=task.single)
    request.progress(f"{task.name}/blend: the encoder weighs {share:.2f}, fitted on {len(fitted_on.ids):,} rows")
    logits = mixed(_scores_of(out_of_fold, held.ids), held.scores, share, single=task.single)
    scores = probabilities(logits * scale + offset, single=task.single)
    best = np.arange(len(held.labels)) == scores.argmax(axis=1)[:, None]
    predictions = replace(
        held,
        scores=scores,
        selected=(best if task.single else scores >= thresholds) & held.known,
        thresholds=thresholds,
    )

    def write(folder: Path) -> None:
        for name, part in there.items():
            shutil.copytree(part.path, folder / name, ignore=shutil.ignore_patterns("*.npz"))
        predictions.save(folder / "predictions.npz")

    config = {"parts": versions, "encoder_weight": share, "fitted_on": len(fitted_on.ids)}
    manifest = manifest_of(made_from, data, code, config, len(learned.ids)) | text_manifest(learned, predictions)
    manifest |= {
        "kind": "blend",
        "seed": SEED,
        "blend": {
            "single": task.single,
            "weights": dict(zip(CANDIDATES["blend"].of, (1 - share, share), strict=True)),
            "scale": scale.tolist(),
            "offset": offset.tolist(),
        },
    }
    artifact = registry.save(task.name, "blend", write, manifest)
    registry.set_current(artifact)
    return artifact, True


def mixed(simple: np.ndarray, deep: np.ndarray, share: float, *, single: bool) -> np.ndarray:
    """(n, L) weighted means of the logits of two parts' calibrated scores, (n, L) each; `share` is the second's."""
    return (1 - share) * log_odds(simple, single=single) + share * log_odds(deep, single=single)


def fitted(simple: Predictions, deep: Predictions, *, single: bool) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Weight of the second part, scale and offset (L,) of the calibration, and thresholds (L,); 0 if `single`.

    All four come from the rows of `deep`, which are among those of `simple`.
    """
    theirs, truth, known = _scores_of(simple, deep.ids), deep.truth, deep.known

    def calibrated(share: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        logits = mixed(theirs, deep.scores, share, single=single)
        scale, offset = calibration(truth, known, logits, single=single)
        return probabilities(logits * scale + offset, single=single), scale, offset

    def loss(share: float) -> float:
        """Mean over labels of their log loss, so that rare ones count as much."""
        scores = np.clip(calibrated(share)[0], 1e-6, 1 - 1e-6)
        counted = truth if single else known
        cells = -np.log(np.where(truth, scores, 1 - scores)) * counted
        return float((cells.sum(axis=0) / np.maximum(counted.sum(axis=0), 1)).mean())

    share = float(min(_WEIGHTS, key=loss))
    scores, scale, offset = calibrated(share)
    thresholds = np.zeros(len(deep.labels), np.float32) if single else calibrated_thresholds(scores, known)
    return share, scale, offset, thresholds


def _scores_of(predictions: Predictions, ids: np.ndarray) -> np.ndarray:
    """Scores (n, L) of the rows `ids`, in their order."""
    order = np.argsort(predictions.ids)
    scores: np.ndarray = predictions.scores[order[np.searchsorted(predictions.ids, ids, sorter=order)]]
    return scores
