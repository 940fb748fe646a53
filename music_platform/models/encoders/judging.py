"""Calibration, thresholds and predictions of a fine-tuned network on rows that it has not learned from."""

from dataclasses import dataclass

import numpy as np

from music_platform.declarations import Task
from music_platform.features.splits import HELD_OUT
from music_platform.models.crossfit import calibration, majority
from music_platform.models.encoders.finetune import Finetuned, scores
from music_platform.models.encoders.learning import validation_rows
from music_platform.models.predictions import Predictions
from music_platform.models.rows import Rows
from music_platform.models.scorers.scorer import probabilities
from music_platform.models.thresholds import calibrated_thresholds


@dataclass(frozen=True, eq=False)
class Judged:
    """The calibration and thresholds that turn logits into answers, and the answers on rows not learned from."""

    scale: np.ndarray
    offset: np.ndarray
    thresholds: np.ndarray
    predictions: Predictions
    """Of the held-out fold."""
    validation: Predictions
    """Of the rows that chose the epoch, the calibration and the thresholds; later choices may use them too."""


def judge(task: Task, learned: Rows, folds: np.ndarray, seen: np.ndarray, finetuned: Finetuned) -> Judged:
    """Calibrate a network on its validation rows, and predict them and the held-out fold.

    Args:
        task: the declaration.
        learned: all n rows of the task.
        folds: (n,) the fold of each row.
        seen: positions of the rows that training was given, validation rows included.
        finetuned: the network.
    """
    chosen = seen[validation_rows(learned.units[seen], finetuned.hyperparameters.validation)]
    chosen, held = chosen[learned.judged[chosen]], np.flatnonzero((folds == HELD_OUT) & learned.judged)
    truth, known = learned.truth[chosen], learned.known[chosen]
    logits = scores(finetuned, learned.texts[chosen].tolist())
    scale, offset = calibration(truth, known, logits, single=task.single)
    answered = probabilities(logits * scale + offset, single=task.single)
    thresholds = np.zeros(len(learned.labels), np.float32)
    if not task.single:
        thresholds = calibrated_thresholds(answered, known)
    raw = scores(finetuned, learned.texts[held].tolist())
    of_held = probabilities(raw * scale + offset, single=task.single)
    return Judged(
        scale,
        offset,
        thresholds,
        predictions=predictions_on(task, learned, folds, held, of_held, thresholds),
        validation=predictions_on(task, learned, folds, chosen, answered, thresholds),
    )


def predictions_on(
    task: Task, learned: Rows, folds: np.ndarray, index: np.ndarray, scores: np.ndarray, thresholds: np.ndarray
) -> Predictions:
    """Predictions of the n rows at `index`.

    Args:
        task: the declaration.
        learned: all rows of the task.
        folds: the fold of each of them.
        index: (n,) positions.
        scores: (n, L), calibrated.
        thresholds: (L,) of multi-label answers; 0 for single-label tasks.
    """
    return Predictions(
        labels=learned.labels,
        ids=learned.ids[index],
        units=learned.units[index],
        groups=learned.groups[index],
        folds=folds[index],
        truth=learned.truth[index],
        known=learned.known[index],
        scores=scores,
        selected=selected(scores, thresholds, single=task.single) & learned.known[index],
        thresholds=thresholds,
        baseline=majority(learned.truth, learned.known, folds, single=task.single)[index],
    )


def selected(scores: np.ndarray, thresholds: np.ndarray, *, single: bool) -> np.ndarray:
    """(n, L) bool: the labels that scores, (n, L), answer by the thresholds (L,), or the best one if `single`."""
    if single:
        return np.arange(scores.shape[1]) == scores.argmax(axis=1)[:, None]
    return scores >= thresholds
