"""Evaluation of the text tasks: out-of-fold predictions of the candidates in, one JSON-able dictionary out.

Which figures there are and over which rows is decided here; how one is computed lives in `metrics` and
`intervals`, how it is shown in `figures` and `report`.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from music_platform.errors import InputError
from music_platform.evaluation import metrics
from music_platform.evaluation.choice import SIMPLE, choose
from music_platform.evaluation.intervals import RESAMPLES
from music_platform.evaluation.scores import (
    MAIN_FIGURES,
    answer_figures,
    difference,
    labels_present,
    ranking_figures,
    rows_of,
)
from music_platform.models.predictions import Predictions

FIXED_THRESHOLDS = (0.2, 0.5)
_SHOWN = 10


def evaluate_text(
    task: str,
    kind: str,
    candidates: Mapping[str, Predictions],
    *,
    main: str = "macro_f1",
    grouped_by: str = "language",
    offered: Mapping[str, Sequence[str]] | None = None,
    left_out: Mapping[str, int] | None = None,
    unserved: Collection[str] = (),
    costs: Mapping[str, Mapping[str, int]] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Any]:
    """Evaluate every candidate of a text task beside the majority baseline.

    Args:
        task: name of the task.
        kind: "single-label" or "multi-label".
        candidates: name -> out-of-fold predictions; all with the same labels, not necessarily the same rows.
        main: the figure that chooses: macro_f1, micro_f1, accuracy or mcc.
        grouped_by: what `Predictions.groups` means, for the reader.
        offered: label -> groups it is offered in: a group's figures average no other. Everywhere if missing.
        left_out: label -> units, of labels with too few units to learn: reported, not evaluated.
        unserved: candidates that are compared but can't be champion.
        costs: candidate -> `parameters`, those `trained`, and `peak_bytes`, where there is something to tell.
        resamples: bootstrap resamples of units.
        seed: of the bootstrap.

    Returns:
        task, kind, main, champion, unserved, costs, labels, left_out, resamples, seed, grouped_by, and `candidates`:
        name -> rows, units, figures, baseline and differences with 95 % intervals, classes, groups, folds, confusion,
        confused, curve and calibration.

    Raises:
        InputError: an unknown kind or main figure, or a candidate without a known label.
    """
    if kind not in ("single-label", "multi-label"):
        raise InputError(f"kind: {kind!r} is unknown, expected 'single-label' or 'multi-label'")
    if main not in MAIN_FIGURES:
        raise InputError(f"main: {main!r} is unknown, expected one of {', '.join(MAIN_FIGURES)}")
    for name, predictions in candidates.items():
        if not labels_present(predictions).any():
            raise InputError(f"{task}/{name}: no row has a known label, so there is nothing to evaluate")
    single = kind == "single-label"
    evaluated = {
        name: _candidate(predictions, single, offered or {}, resamples, seed)
        for name, predictions in candidates.items()
    }
    for name, predictions in candidates.items():
        if SIMPLE in candidates and name != SIMPLE:
            evaluated[name]["difference"][SIMPLE] = difference(predictions, candidates[SIMPLE], single, resamples, seed)
    result = {
        "task": task,
        "kind": kind,
        "main": main,
        "champion": choose({name: e for name, e in evaluated.items() if name not in unserved}, main),
        "unserved": sorted(set(unserved) & evaluated.keys()),
        "costs": dict(costs or {}),
        "labels": list(next(iter(candidates.values())).labels),
        "left_out": [{"label": label, "units": units} for label, units in sorted((left_out or {}).items())],
        "grouped_by": grouped_by,
        "resamples": resamples,
        "seed": seed,
        "candidates": evaluated,
    }
    return metrics.as_json(result)


def _candidate(
    p: Predictions, single: bool, offered: Mapping[str, Sequence[str]], resamples: int, seed: int
) -> dict[str, Any]:
    counted = labels_present(p)
    result = answer_figures(p, counted, single, resamples, seed)
    result["figures"]["roc_auc"], areas = ranking_figures(p, counted, resamples, seed)
    for entry, area, threshold in zip(result["classes"], areas, p.thresholds, strict=True):
        entry |= {"roc_auc": area, "threshold": None if single else threshold}
    matrices = metrics.confusion(p.truth, p.selected, p.known)
    curve = metrics.threshold_curve(p.truth, p.scores, p.known, counted)
    fixed = {str(t): curve[np.searchsorted(metrics.THRESHOLDS, t)] for t in FIXED_THRESHOLDS}
    return result | {
        "groups": [
            _group(rows_of(p, p.groups == group), str(group), single, offered, resamples, seed)
            for group in np.unique(p.groups)
        ],
        "folds": [_fold(rows_of(p, p.folds == fold), fold, counted, single) for fold in np.unique(p.folds)],
        "confusion": {name: matrices[name] for name in ("known", "truth", "selected")},
        "confused": _confused(p.labels, matrices),
        "curve": {"thresholds": metrics.THRESHOLDS, "macro_f1": curve, "fixed": fixed},
        "calibration": metrics.calibration(p.truth, p.scores, p.known, single=single),
    }


def _group(
    p: Predictions,
    group: str,
    single: bool,
    offered: Mapping[str, Sequence[str]],
    resamples: int,
    seed: int,
) -> dict[str, Any]:
    counted = labels_present(p) & np.array([group in offered.get(label, [group]) for label in p.labels])
    part = answer_figures(p, counted, single, resamples, seed)
    del part["classes"]
    return {
        "group": group,
        "labels": [label for label, on in zip(p.labels, counted, strict=True) if on],
        **part,
    }


def _fold(p: Predictions, fold: int, counted: np.ndarray, single: bool) -> dict[str, Any]:
    sums = metrics.count_columns(p.truth, p.selected, p.known).sum(axis=0)
    return {"fold": fold, "rows": len(p.ids), **metrics.total_figures(sums, counted, single=single)}


def _confused(labels: Sequence[str], matrices: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    """The most frequent confusions: a label missed and another wrongly answered instead."""
    pairs, known = matrices["confused"], matrices["known"]
    worst = [divmod(int(flat), len(labels)) for flat in np.argsort(-pairs, axis=None, kind="stable")[:_SHOWN]]
    return [
        {"truth": labels[i], "answered": labels[j], "rows": pairs[i, j], "share": pairs[i, j] / known[i, j]}
        for i, j in worst
        if pairs[i, j]
    ]
