"""The candidate `blend`: a task's linear model and encoder with one weight, fitted on rows that neither learned from.

Stacked generalisation (Wolpert 1992) with a single weight. Its scorer is `scorers.blend`.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from music_platform.models.crossfit import calibration
from music_platform.models.making import Draft, Made, make, text_facts
from music_platform.models.predictions import HELD_OUT_FILE, VALIDATION, Predictions
from music_platform.models.request import Request
from music_platform.models.rows import rows
from music_platform.models.scorers.scorer import log_odds, probabilities
from music_platform.models.thresholds import calibrated_thresholds
from music_platform.storage.code import code_version
from music_platform.storage.files import fingerprint
from music_platform.tasks import CANDIDATES

_WEIGHTS = np.round(np.arange(0, 1.01, 0.05), 2)


def train(request: Request) -> Made | None:
    """The blend of the current parts; None while one of them is missing.

    A part made from other rows than the present ones counts as missing, since the two can't be compared row by row.
    """
    registry, task = request.registry, request.task
    names = CANDIDATES[request.candidate].parts
    parts = {name: part for name in names if (part := registry.current(task.name, name))}
    learned = rows(task, request.table)
    data, code = learned.hash, code_version(f"{__name__}:train")
    if len(parts) < len(names) or any(part.manifest.data_hash != data for part in parts.values()):
        return None
    versions = {name: part.id for name, part in parts.items()}

    def draft() -> Draft:
        simple, deep = (parts[name].path for name in names)
        out_of_fold, fitted_on = Predictions.load(simple / HELD_OUT_FILE), Predictions.load(deep / VALIDATION)
        held = Predictions.load(deep / HELD_OUT_FILE)
        share, scale, offset, thresholds = fitted(out_of_fold, fitted_on, single=task.single)
        request.progress(f"{request.name}: the encoder weighs {share:.2f}, fitted on {len(fitted_on.ids):,} rows")
        logits = mixed(_scores_of(out_of_fold, held.ids), held.scores, share, single=task.single)
        scores = probabilities(logits * scale + offset, single=task.single)
        best = np.arange(len(held.labels)) == scores.argmax(axis=1)[:, None]
        chosen = (best if task.single else scores >= thresholds) & held.known
        predictions = replace(held, scores=scores, selected=chosen, thresholds=thresholds)

        def write(folder: Path) -> None:
            for name, part in parts.items():
                shutil.copytree(part.path, folder / name, ignore=shutil.ignore_patterns("*.npz"))
            predictions.save(folder / HELD_OUT_FILE)

        weights = dict(zip(names, (1 - share, share), strict=True))
        blending = {"single": task.single, "weights": weights, "scale": scale.tolist(), "offset": offset.tolist()}
        config = {"parts": versions, "encoder_weight": share, "fitted_on": len(fitted_on.ids)}
        facts = text_facts(learned, predictions) | {"kind": "blend", "blend": blending}
        return Draft(write, data, code, config, len(learned.ids), facts)

    return make(request, fingerprint(data, code, versions), draft)


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
