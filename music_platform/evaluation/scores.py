"""Figures of one candidate's predictions with their intervals, its baseline, and paired differences.

The bridge from `Predictions` to `metrics` and `intervals`; `classification` decides which slices get figures.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from music_platform.errors import InputError
from music_platform.evaluation import metrics
from music_platform.evaluation.intervals import (
    interval,
    resampled_sums,
    sum_by_unit,
    unit_draws,
    unit_index,
)
from music_platform.models.predictions import Predictions
from music_platform.models.scorers.predictor import LIKELY

BASELINE = "majority"

Mask = NDArray[np.bool_]


def labels_present(p: Predictions) -> Mask:
    """Labels (L,) that hold in at least one row where they are known: those that macro figures average."""
    return (p.truth & p.known).any(axis=0)


def answer_figures(p: Predictions, counted: Mask, single: bool, resamples: int, seed: int) -> dict[str, Any]:
    """Figures of the answers, with 95 % intervals over units, beside the majority baseline.

    Args:
        p: the predictions.
        counted: (L,) labels that macro-F1 averages.
        single: exactly one label holds per row.
        resamples: bootstrap resamples of units.
        seed: of the bootstrap.

    Returns:
        rows, units, figures, baseline, difference ("majority": paired, on the same resamples), classes.
    """
    own, base = _counts(p, [p.selected, p.baseline], resamples, seed)
    totals = [metrics.total_figures(counts, counted, single=single) for counts in (*own, *base)]
    ours, ours_resampled, theirs, theirs_resampled = totals
    classes = metrics.class_figures(own[0])
    f1_resampled = metrics.class_figures(own[1])["f1"]
    true = p.truth & p.known
    return {
        "rows": len(p.ids),
        "units": len(np.unique(p.units)),
        "figures": {name: interval(ours[name], ours_resampled[name]) for name in ours},
        "baseline": {name: interval(theirs[name], theirs_resampled[name]) for name in ours},
        "difference": {
            BASELINE: {
                name: interval(ours[name] - theirs[name], ours_resampled[name] - theirs_resampled[name])
                for name in ours
            }
        },
        "classes": [
            {
                "label": label,
                "support": true[:, i].sum(),
                "units": len(np.unique(p.units[true[:, i]])),
                "precision": classes["precision"][i],
                "recall": classes["recall"][i],
                "f1": interval(classes["f1"][i], f1_resampled[:, i]),
            }
            for i, label in enumerate(p.labels)
        ],
    }


def difference(p: Predictions, other: Predictions, single: bool, resamples: int, seed: int) -> dict[str, Any]:
    """Paired difference of two candidates, on the rows that both were evaluated on.

    Raises:
        InputError: they share no row.
    """
    _, mine, others = np.intersect1d(p.ids, other.ids, return_indices=True)
    if not len(mine):
        raise InputError("predictions: the candidates share no row, so they can't be compared")
    part = replace(p.at(mine), baseline=other.selected[others])
    return answer_figures(part, labels_present(part), single, resamples, seed)["difference"][BASELINE]


def ranking_figures(p: Predictions, counted: Mask, resamples: int, seed: int) -> tuple[dict[str, Any], np.ndarray]:
    """Macro ROC-AUC with its interval, and the figure of each label (L,)."""
    index, units = unit_index(p.units)
    areas = metrics.roc_auc(p.truth, p.scores, p.known, np.ones((1, len(p.ids))))[0]
    usable = np.flatnonzero(counted & np.isfinite(areas))
    if not len(usable):
        return interval(np.nan, np.array([])), areas
    columns = p.truth[:, usable], p.scores[:, usable], p.known[:, usable]
    resampled = [metrics.roc_auc(*columns, draw[:, index]) for draw in unit_draws(units, resamples, seed)]
    return interval(areas[usable].mean(), np.concatenate(resampled).mean(axis=1)), areas


def certain_figures(p: Predictions, counted: Mask, single: bool) -> dict[str, Any]:
    """The share of rows that the model is uncertain about, and figures of those rows and of the others.

    A row is uncertain if no label is selected or, if `single`, if its best score is below `LIKELY`.

    Returns:
        share of the rows that is uncertain, and macro_f1, accuracy and their like of the rows that are not
        ("certain") and of those that are ("uncertain").
    """
    best = np.where(p.known, p.scores, 0).max(axis=1)
    certain = best >= LIKELY if single else p.selected.any(axis=1)
    columns = metrics.count_columns(p.truth, p.selected, p.known)
    parts = {"certain": columns[certain], "uncertain": columns[~certain]}
    return {"share": (~certain).mean()} | {
        name: metrics.total_figures(part.sum(axis=0), counted, single=single) for name, part in parts.items()
    }


def _counts(
    p: Predictions, answers: Sequence[Mask], resamples: int, seed: int
) -> list[tuple[metrics.Array, metrics.Array]]:
    """Summed counts of each answer, and on each resample: shared draws make differences paired."""
    columns = np.hstack([metrics.count_columns(p.truth, answer, p.known) for answer in answers])
    sums = sum_by_unit(columns, *unit_index(p.units))
    resampled = np.split(resampled_sums(sums, resamples, seed), len(answers), axis=1)
    return list(zip(np.split(sums.sum(axis=0), len(answers)), resampled, strict=True))
