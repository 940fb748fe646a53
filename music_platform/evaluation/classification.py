"""Evaluation of single-label and multi-label tasks: out-of-fold predictions in, one dictionary for JSON out.

Decides which figures there are, and over which rows. How a figure is computed is in `metrics` and `intervals`, how it
is shown in `plots` and `report`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from music_platform.declarations import Task
from music_platform.errors import InputError
from music_platform.evaluation import metrics
from music_platform.evaluation.choice import SIMPLE, conclude
from music_platform.evaluation.evidence import Evidence
from music_platform.evaluation.intervals import RESAMPLES
from music_platform.evaluation.scores import (
    answer_figures,
    certain_figures,
    difference,
    labels_present,
    ranking_figures,
)
from music_platform.features.splits import HELD_OUT
from music_platform.models.predictions import HELD_OUT_FILE, Predictions

FIXED_THRESHOLDS = (0.2, 0.5)
_OWN = "own wordings, "
"""The beginning of a group's name whose rows are own wordings: simulated, and so no part of any other figure."""
_SHOWN = 10


def evaluate_artifacts(evidence: Evidence) -> dict[str, Any]:
    """The report of `evidence`; see `evaluate`. Labels and their languages are those of the best candidate."""
    task, unserved = evidence.task, evidence.unserved
    served = [artifact.manifest for name, artifact in evidence.artifacts.items() if name not in unserved]
    best = max(served, key=lambda manifest: manifest.metrics[task.metric])
    return evaluate(
        task,
        {name: Predictions.load(artifact.path / HELD_OUT_FILE) for name, artifact in evidence.artifacts.items()},
        parts=evidence.parts,
        offered=best.languages if task.group == task.language else None,
        left_out=best.left_out,
        unserved=unserved,
        facts=evidence.facts,
    )


def evaluate(
    task: Task,
    candidates: Mapping[str, Predictions],
    *,
    parts: Mapping[str, Sequence[str]] | None = None,
    offered: Mapping[str, Sequence[str]] | None = None,
    left_out: Mapping[str, int] | None = None,
    unserved: Mapping[str, str] | None = None,
    facts: Mapping[str, Mapping[str, Any]] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Any]:
    """Evaluate every candidate beside the majority baseline, the linear candidate and the parts it combines.

    Args:
        task: its declaration.
        candidates: name -> out-of-fold predictions; all with the same labels, not necessarily the same rows.
        parts: candidate -> the candidates that it combines, and is compared with.
        offered: label -> groups it is offered in: a group's figures average no other. Everywhere if missing.
        left_out: label -> units, of labels with too few units to learn: reported, not evaluated.
        unserved: candidate -> the reason why it can't be champion.
        facts: candidate -> its `evidence.FACTS`, and as `tuned` the study that its hyperparameters come from.
        resamples: bootstrap resamples of units.
        seed: of the bootstrap.

    Returns:
        the entries of `choice.conclude`, labels, left_out, grouped_by, resamples, seed, and per candidate: rows,
        units, figures, baseline and differences with 95 % intervals, classes, groups, folds, confusion, confused,
        certainty, curve, calibration, and `tuned` with the figures on the fold that studies never see.

    Raises:
        InputError: a candidate has no known label, or as `choice.conclude`.
    """
    for name, predictions in candidates.items():
        if not labels_present(predictions).any():
            raise InputError(f"{task.name}/{name}: no row has a known label, so there is nothing to evaluate")
    own, landed = {n: p.at(p.own) for n, p in candidates.items()}, {n: p.at(~p.own) for n, p in candidates.items()}
    evaluated = {
        name: _candidate(predictions, own[name], task.single, offered or {}, resamples, seed)
        for name, predictions in landed.items()
    }
    for name, predictions in landed.items():
        for other in dict.fromkeys((SIMPLE, *(parts or {}).get(name, ()))):
            if other in landed and other != name:
                gain = difference(predictions, landed[other], task.single, resamples, seed)
                evaluated[name]["difference"][other] = gain
        study = (facts or {}).get(name, {}).get("tuned")
        evaluated[name]["tuned"] = _tuned(study, predictions, task.single, resamples, seed)
    return conclude(
        task,
        evaluated,
        unserved,
        facts,
        labels=next(iter(candidates.values())).labels,
        left_out=[{"label": label, "units": units} for label, units in sorted((left_out or {}).items())],
        grouped_by="language" if task.group == task.language else task.group,
        resamples=resamples,
        seed=seed,
    )


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
            {"group": f"{prefix}{group}", "simulated": part is own}
            | _group(part.at(part.groups == group), group, single, offered, resamples, seed)
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


def _tuned(
    study: Mapping[str, Any] | None, p: Predictions, single: bool, resamples: int, seed: int
) -> dict[str, Any] | None:
    """The study with `untouched`: the figures on the fold that no study sees."""
    if not study:
        return None
    untouched = p.at(p.folds == HELD_OUT)
    alone = answer_figures(untouched, labels_present(untouched), single, resamples, seed)
    del alone["classes"]
    return {**study, "untouched": alone}


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
    return {"labels": [label for label, on in zip(p.labels, counted, strict=True) if on], **part}


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
