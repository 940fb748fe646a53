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
    certain_figures,
    difference,
    labels_present,
    ranking_figures,
)
from music_platform.features.splits import HELD_OUT
from music_platform.models.predictions import Predictions

FIXED_THRESHOLDS = (0.2, 0.5)
FACTS = ("training", "tuned", "cost", "contract", "cascade")
"""What may be told of a candidate: its training (`training_curves.training_of`), the study that its settings come from,
parameters and memory, the contract of its export, and the bound of a cascade."""
_OWN = "own wordings, "
"""Before the group of rows that are made of own wordings: simulated, and so no part of any other figure."""
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
    made_of: Mapping[str, Sequence[str]] | None = None,
    unserved: Collection[str] = (),
    facts: Mapping[str, Mapping[str, Any]] | None = None,
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
        made_of: candidate -> the candidates it is made of: it is compared with them too.
        unserved: candidates that are compared but can't be champion.
        facts: candidate -> what is told of it besides its figures, one of `FACTS` each; missing ones are None. One that
            is tuned gets `tuned.untouched`: its figures on the fold that studies never see.
        resamples: bootstrap resamples of units.
        seed: of the bootstrap.

    Returns:
        task, kind, main, champion, unserved, labels, left_out, resamples, seed, grouped_by, and `candidates`: name ->
        rows, units, figures, baseline and differences with 95 % intervals, classes, groups, folds, confusion,
        confused, certainty, curve, calibration, and the facts.

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
    own, candidates = {n: p.at(p.own) for n, p in candidates.items()}, {n: p.at(~p.own) for n, p in candidates.items()}
    evaluated = {
        name: _candidate(predictions, own[name], single, offered or {}, resamples, seed)
        for name, predictions in candidates.items()
    }
    for name, predictions in candidates.items():
        for other in dict.fromkeys((SIMPLE, *(made_of or {}).get(name, ()))):
            if other in candidates and other != name:
                evaluated[name]["difference"][other] = difference(
                    predictions, candidates[other], single, resamples, seed
                )
        evaluated[name] |= _facts((facts or {}).get(name, {}), predictions, single, resamples, seed)
    result = {
        "task": task,
        "kind": kind,
        "main": main,
        "champion": choose({name: e for name, e in evaluated.items() if name not in unserved}, main),
        "unserved": sorted(set(unserved) & evaluated.keys()),
        "labels": list(next(iter(candidates.values())).labels),
        "left_out": [{"label": label, "units": units} for label, units in sorted((left_out or {}).items())],
        "grouped_by": grouped_by,
        "resamples": resamples,
        "seed": seed,
        "candidates": evaluated,
    }
    return metrics.as_json(result)


def _candidate(
    p: Predictions, own: Predictions, single: bool, offered: Mapping[str, Sequence[str]], resamples: int, seed: int
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
            _group(part.at(part.groups == group), f"{prefix}{group}", single, offered, resamples, seed)
            for part, prefix in ((p, ""), (own, _OWN))
            for group in np.unique(part.groups)
        ],
        "folds": [_fold(p.at(p.folds == fold), fold, counted, single) for fold in np.unique(p.folds)],
        "confusion": {name: matrices[name] for name in ("known", "truth", "selected")},
        "confused": _confused(p.labels, matrices),
        "certainty": certain_figures(p, counted, single),
        "curve": {"thresholds": metrics.THRESHOLDS, "macro_f1": curve, "fixed": fixed},
        "calibration": metrics.calibration(p.truth, p.scores, p.known, single=single),
    }


def _facts(
    told: Mapping[str, Any], predictions: Predictions, single: bool, resamples: int, seed: int
) -> dict[str, Any]:
    facts = {fact: told.get(fact) for fact in FACTS}
    if study := facts["tuned"]:
        untouched = predictions.at(predictions.folds == HELD_OUT)
        alone = answer_figures(untouched, labels_present(untouched), single, resamples, seed)
        del alone["classes"]
        facts["tuned"] = {**study, "untouched": alone}
    return facts


def _group(
    p: Predictions,
    group: str,
    single: bool,
    offered: Mapping[str, Sequence[str]],
    resamples: int,
    seed: int,
) -> dict[str, Any]:
    language = group.removeprefix(_OWN)
    counted = labels_present(p) & np.array([language in offered.get(label, [language]) for label in p.labels])
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
