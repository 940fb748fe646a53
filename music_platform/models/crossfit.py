"""Cross-fitting of the linear candidate: out-of-fold scores, calibration, thresholds, baseline, final model."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

from music_platform.declarations import Task
from music_platform.features.splits import FOLDS, fold_of
from music_platform.models.linear_fitting import count, fit
from music_platform.models.predictions import Predictions
from music_platform.models.rows import Rows
from music_platform.models.scorers.linear import Block, LinearHyperparameters, LinearModel
from music_platform.models.scorers.scorer import probabilities
from music_platform.models.thresholds import calibrated_thresholds

Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Trained:
    """A candidate of a task: the model of all rows, and how models like it did on rows they had not seen."""

    model: LinearModel
    predictions: Predictions
    thresholds: np.ndarray
    """(L,) float32: of the model; 0 for single-label tasks."""
    config: dict[str, Any]


def train(
    task: Task, rows: Rows, hyperparameters: LinearHyperparameters, progress: Progress = lambda line: None
) -> Trained:
    """Cross-fit the linear candidate over `FOLDS` fixed folds, then fit it on all rows.

    Calibration and thresholds of a fold come from the out-of-fold scores of the other folds, those of the
    final model from all of them. Rows that only train are in none of them, and in no prediction. Nothing is
    drawn at random: the same rows give the same result.

    Args:
        task: what is learned.
        rows: its rows, from `rows.rows`.
        hyperparameters: vocabulary and regularisation.
        progress: called with one line per step.
    """
    folds = fold_of(rows.units)
    progress(f"{task.name}/linear: counting n-grams of {len(rows.texts):,} texts")
    blocks = count(rows.texts.tolist(), hyperparameters)
    logits = _out_of_fold(task, rows, hyperparameters, blocks, folds, progress)
    progress(f"{task.name}/linear: final model")
    final = _fit(task, rows, hyperparameters, blocks)
    rows, folds, logits = rows.at(rows.judged), folds[rows.judged], logits[rows.judged]
    scores, selected = _answers(task, rows, folds, logits)
    scale, offset = calibration(rows.truth, rows.known, logits, single=task.single)
    thresholds = np.zeros(len(rows.labels), np.float32)
    if not task.single:
        thresholds = calibrated_thresholds(probabilities(logits * scale + offset, single=False), rows.known)
    predictions = Predictions(
        labels=rows.labels,
        ids=rows.ids,
        units=rows.units,
        groups=rows.groups,
        folds=folds,
        truth=rows.truth,
        known=rows.known,
        scores=scores,
        selected=selected,
        thresholds=thresholds,
        baseline=majority(rows.truth, rows.known, folds, single=task.single),
    )
    return Trained(final.rescaled(scale, offset), predictions, thresholds, asdict(hyperparameters) | {"folds": FOLDS})


def calibration(
    truth: np.ndarray, known: np.ndarray, logits: np.ndarray, *, single: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Scale and offset, (L,) each, that make `scale * logits + offset` calibrated.

    Single-label: one temperature for all labels (Guo et al. 2017), so that the best label stays the best.
    Multi-label: Platt scaling per label on the rows where it is known; a label whose logits do not rise with
    its truth is left as it is.
    """
    labels = truth.shape[1]
    scale, offset = np.ones(labels), np.zeros(labels)
    if single:

        def loss(log_scale: float) -> float:
            return -log_softmax(logits * np.exp(log_scale), axis=1)[truth].mean()

        scale[:] = np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x)
        return scale, offset
    for i in range(labels):
        seen = known[:, i]
        if truth[seen, i].any() and not truth[seen, i].all():
            platt = LogisticRegression(C=1e3).fit(logits[seen, i : i + 1], truth[seen, i])
            if platt.coef_[0, 0] > 0:
                scale[i], offset[i] = platt.coef_[0, 0], platt.intercept_[0]
    return scale, offset


def majority(truth: np.ndarray, known: np.ndarray, folds: np.ndarray, *, single: bool) -> np.ndarray:
    """(n, L) bool: what always answering the majority of the other folds gives.

    Single-label: their most frequent label. Multi-label: every known label whose base rate there is above one
    half, else the row's known label of the highest rate.
    """
    answers = np.zeros_like(truth)
    for fold in np.unique(folds):
        inside = folds == fold
        rates = (truth & known)[~inside].sum(axis=0) / np.maximum(known[~inside].sum(axis=0), 1)
        best = np.zeros((int(inside.sum()), len(rates)), bool)
        best[np.arange(len(best)), np.where(known[inside], rates, -1.0).argmax(axis=1)] = True
        common = known[inside] & (rates > 0.5)
        answers[inside] = best if single else np.where(common.any(axis=1, keepdims=True), common, best)
    return answers


def _fit(task: Task, rows: Rows, hyperparameters: LinearHyperparameters, blocks: Sequence[Block]) -> LinearModel:
    return fit(
        blocks,
        rows.labels,
        rows.truth,
        rows.known,
        hyperparameters,
        single=task.single,
        units=rows.units,
        weights=rows.weights,
    )


def _out_of_fold(
    task: Task,
    rows: Rows,
    hyperparameters: LinearHyperparameters,
    blocks: tuple[Block, ...],
    folds: np.ndarray,
    progress: Progress,
) -> np.ndarray:
    logits = np.zeros(rows.truth.shape, np.float32)
    for fold in np.unique(folds):
        progress(f"{task.name}/linear: fold {fold + 1} of {FOLDS}")
        seen, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        model = _fit(task, rows.at(seen), hyperparameters, [block.rows(seen) for block in blocks])
        logits[held] = model.logits([block.rows(held) for block in blocks])
    return logits


def _answers(task: Task, rows: Rows, folds: np.ndarray, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scores and selection, (n, L) each: a fold is calibrated and thresholded by the others' logits."""
    scores, selected = np.zeros_like(logits), np.zeros_like(rows.truth)
    for fold in np.unique(folds):
        held, others = folds == fold, folds != fold
        truth, known = rows.truth[others], rows.known[others]
        scale, offset = calibration(truth, known, logits[others], single=task.single)
        calibrated = probabilities(logits * scale + offset, single=task.single)
        scores[held] = calibrated[held]
        if task.single:
            selected[np.flatnonzero(held), calibrated[held].argmax(axis=1)] = True
        else:
            selected[held] = (calibrated >= calibrated_thresholds(calibrated[others], known))[held]
    return scores, selected & rows.known
