"""Evaluation of tagging tasks: exact spans found, and sentences wholly right, over all rows and per slice.

Intervals resample templates. The baseline looks names up in the catalogue (`Names.guess`).
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from music_platform.declarations import Task
from music_platform.evaluation.choice import conclude
from music_platform.evaluation.evidence import Evidence
from music_platform.evaluation.intervals import RESAMPLES, interval, resampled_sums, sum_by_unit, unit_index
from music_platform.models.predictions import HELD_OUT_FILE
from music_platform.models.slot_rows import SlotPredictions
from music_platform.tasks import SLOTS

BASELINE = "look-up"
_EVERY = tuple(range(len(SLOTS)))


def evaluate_artifacts(evidence: Evidence) -> dict[str, Any]:
    """The report of `evidence`; see `evaluate`."""
    predictions = {
        name: SlotPredictions.load(artifact.path / HELD_OUT_FILE) for name, artifact in evidence.artifacts.items()
    }
    return evaluate(evidence.task, predictions, unserved=evidence.unserved, facts=evidence.facts)


def evaluate(
    task: Task,
    candidates: Mapping[str, SlotPredictions],
    *,
    unserved: Mapping[str, str] | None = None,
    facts: Mapping[str, Mapping[str, Any]] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Any]:
    """Evaluate every tagger beside the look-up of names.

    F1, precision and recall are micro-averaged over spans that are right in both ends and in slot (Tjong Kim Sang and
    De Meulder 2003). All figures but those of slices are of landed rows. Own wordings, which are simulated, are slices
    of their own; figures are of them only where nothing is landed.

    Args:
        task: its declaration.
        candidates: name -> out-of-fold predictions.
        unserved: candidate -> the reason why it can't be champion.
        facts: candidate -> its `evidence.FACTS`.
        resamples: bootstrap resamples of templates.
        seed: of the bootstrap.

    Returns:
        the entries of `choice.conclude`, labels, grouped_by, resamples, seed, and per candidate what
        `classification.evaluate` gives as far as spans have it: `classes` are slots, `groups` sources and intents;
        and besides `languages`, `lower_case` (the same texts without capitals) and `errors`.
    """
    evaluated = {
        name: _candidate(predictions, task.metric, resamples, seed) for name, predictions in candidates.items()
    }
    return conclude(
        task,
        evaluated,
        unserved,
        facts,
        labels=SLOTS,
        grouped_by="source and intent",
        resamples=resamples,
        seed=seed,
    )


def _candidate(p: SlotPredictions, main: str, resamples: int, seed: int) -> dict[str, Any]:
    whole = p.whole

    def figures(rows: np.ndarray, slots: tuple[int, ...] = _EVERY) -> dict[str, Any]:
        return _figures(p, rows, slots, resamples, seed)

    def sliced(column: np.ndarray, rows: np.ndarray) -> list[dict[str, Any]]:
        return [{"group": str(x), **figures(rows & (column == x))} for x in np.unique(column[rows])]

    return {
        **figures(whole),
        "classes": [_slot(p, whole, slot, figures(whole, (slot,))) for slot in _EVERY],
        "groups": sliced(p.parts, np.ones(len(p.ids), bool)),
        "languages": sliced(p.languages, whole),
        "lower_case": _figures(p, whole, _EVERY, resamples, seed, answered=p.lower)["figures"],
        "folds": [_fold(p, whole, fold, main) for fold in np.unique(p.folds[whole])],
        **_errors(p, whole),
    }


def _figures(
    p: SlotPredictions,
    rows: np.ndarray,
    slots: tuple[int, ...],
    resamples: int,
    seed: int,
    answered: np.ndarray | None = None,
) -> dict[str, Any]:
    answers = (p.answered if answered is None else answered, p.baseline)
    counts = np.hstack([_counts(p.truth, answer, len(p.ids), slots)[rows] for answer in answers])
    index, units = unit_index(p.units[rows])
    resampled = resampled_sums(sum_by_unit(counts, index, units), resamples, seed)
    own, base = (_from_sums(sums) for sums in np.split(counts.sum(axis=0), 2))
    own_resampled, base_resampled = (_from_sums(sums) for sums in np.split(resampled, 2, axis=1))
    return {
        "rows": int(rows.sum()),
        "units": units,
        "spans": int(counts[:, 1].sum()),
        "figures": {name: interval(own[name], own_resampled[name]) for name in own},
        "baseline": {name: interval(base[name], base_resampled[name]) for name in own},
        "difference": {
            BASELINE: {
                name: interval(own[name] - base[name], own_resampled[name] - base_resampled[name]) for name in own
            }
        },
    }


def _counts(truth: np.ndarray, answered: np.ndarray, rows: int, slots: tuple[int, ...]) -> np.ndarray:
    """(n, 5) per row: spans found, true spans, answered spans, whether the whole sentence is right, and 1."""
    there, given = (np.unique(spans[np.isin(spans[:, 3], slots)], axis=0) for spans in (truth, answered))
    both, times = np.unique(np.vstack([there, given]), axis=0, return_counts=True)
    found, true, said = (
        np.bincount(spans[:, 0], minlength=rows).astype(float) for spans in (both[times > 1], there, given)
    )
    return np.stack([found, true, said, (found == true) & (found == said), np.ones(rows)], axis=1)


def _from_sums(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Figures of column sums (..., 5); NaN where no span is true, or none was answered."""
    found, there, answered, right, rows = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "f1": 2 * found / (there + answered),
            "precision": found / answered,
            "recall": found / there,
            "sentence_accuracy": right / rows,
        }


def _slot(p: SlotPredictions, rows: np.ndarray, slot: int, part: dict[str, Any]) -> dict[str, Any]:
    figures = part["figures"]
    carriers = p.truth[(p.truth[:, 3] == slot) & rows[p.truth[:, 0]], 0]
    return {
        "label": SLOTS[slot],
        "support": part["spans"],
        "units": len(np.unique(p.units[carriers])),
        "precision": figures["precision"]["value"],
        "recall": figures["recall"]["value"],
        "f1": figures["f1"],
    }


def _fold(p: SlotPredictions, rows: np.ndarray, fold: int, main: str) -> dict[str, Any]:
    inside = rows & (p.folds == fold)
    sums = _counts(p.truth, p.answered, len(p.ids), _EVERY)[inside].sum(axis=0)
    return {"fold": fold, "rows": int(inside.sum()), main: _from_sums(sums)[main]}


def _errors(p: SlotPredictions, rows: np.ndarray) -> dict[str, Any]:
    """Errors by kind, and how often a slot was answered for another."""
    answers: dict[int, list[tuple[int, int, int]]] = {}
    for row, *span in p.answered.tolist():
        answers.setdefault(row, []).append(tuple(span))
    kinds, pairs, support = Counter[str](), Counter[tuple[int, int]](), Counter[int]()
    for row, start, end, slot in p.truth[rows[p.truth[:, 0]]].tolist():
        given = answers.get(row, [])
        support[slot] += 1
        if (start, end, slot) in given:
            continue
        other = next((s for a, b, s in given if (a, b) == (start, end)), None)
        touching = any(a < end and start < b for a, b, _ in given)
        kinds[
            "right place, wrong slot" if other is not None else "wrong beginning or end" if touching else "missed"
        ] += 1
        if other is not None:
            pairs[slot, other] += 1
    there: dict[int, list[tuple[int, int]]] = {}
    for row, start, end, _ in p.truth.tolist():
        there.setdefault(row, []).append((start, end))
    for row, start, end, _ in p.answered[rows[p.answered[:, 0]]].tolist():
        kinds["answered where there is no name"] += not any(a < end and start < b for a, b in there.get(row, []))
    total = max(sum(support.values()), 1)
    return {
        "errors": [{"kind": kind, "spans": n, "share": n / total} for kind, n in kinds.most_common() if n],
        "confused": [
            {"truth": SLOTS[a], "answered": SLOTS[b], "rows": n, "share": n / support[a]}
            for (a, b), n in pairs.most_common()
        ],
    }
