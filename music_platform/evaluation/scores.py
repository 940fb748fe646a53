"""Figures of one candidate's predictions with their intervals, its baseline, and paired differences.

The bridge from `Predictions` to `metrics` and `intervals`; which slices are worth a figure is decided in
`text`.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from music_platform.evaluation import metrics
from music_platform.evaluation.intervals import (
    interval,
    resampled_sums,
    sum_by_unit,
    unit_draws,
    unit_index,
)
from music_platform.models.predictions import Predictions

BASELINE = "majority"

Mask = NDArray[np.bool_]


def rows_of(p: Predictions, rows: np.ndarray) -> Predictions:
    """The same predictions for some rows only; `rows` is a mask or an index."""
    per_label = ("labels", "thresholds")
    values = {field.name: getattr(p, field.name) for field in fields(p) if field.name not in per_label}
    return replace(p, **{name: None if value is None else value[rows] for name, value in values.items()})


def _counts(
    p: Predictions, answers: Sequence[np.ndarray], resamples: int, seed: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Summed counts of each answer, and on the same resamples of units: what makes differences paired."""
    columns = np.hstack([metrics.count_columns(p.truth, answer, p.known) for answer in answers])
    sums = sum_by_unit(columns, *unit_index(p.units))
    resampled = np.split(resampled_sums(sums, resamples, seed), len(answers), axis=1)
    return list(zip(np.split(sums.sum(axis=0), len(answers)), resampled, strict=True))


def figures(p: Predictions, counted: np.ndarray, single: bool, resamples: int, seed: int) -> dict[str, Any]:
    own, base = _counts(p, [p.selected, p.baseline], resamples, seed)
    totals = [metrics.total_figures(counts, counted, single=single) for counts in (*own, *base)]
    ours, ours_resampled, theirs, theirs_resampled = totals
    classes = metrics.class_figures(own[0])
    f1_resampled = metrics.class_figures(own[1])["f1"]
    true = p.truth & p.known
    return {
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
    """Paired difference on the rows that both candidates were evaluated on."""
    _, mine, others = np.intersect1d(p.ids, other.ids, return_indices=True)
    part = replace(rows_of(p, mine), baseline=other.selected[others])
    counted = (part.truth & part.known).any(axis=0)
    return figures(part, counted, single, resamples, seed)["difference"][BASELINE]


def roc_auc(
    p: Predictions, counted: np.ndarray, resamples: int, seed: int
) -> tuple[dict[str, Any], np.ndarray]:
    """Macro ROC-AUC with its interval, and the figure of each label (L,)."""
    index, units = unit_index(p.units)
    areas = metrics.roc_auc(p.truth, p.scores, p.known, np.ones((1, len(p.ids))))[0]
    usable = np.flatnonzero(counted & np.isfinite(areas))
    if not len(usable):
        return interval(np.nan, np.array([])), areas
    columns = p.truth[:, usable], p.scores[:, usable], p.known[:, usable]
    resampled = [metrics.roc_auc(*columns, draw[:, index]) for draw in unit_draws(units, resamples, seed)]
    return interval(areas[usable].mean(), np.concatenate(resampled).mean(axis=1)), areas
