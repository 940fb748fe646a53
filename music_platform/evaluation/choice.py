"""Which candidate becomes the champion, and the frame that all reports share. Pure; the registry promotes."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from music_platform.declarations import Task
from music_platform.errors import InputError
from music_platform.evaluation.evidence import FACTS
from music_platform.evaluation.metrics import as_json

SIMPLE = "linear"
CHEAPER = {"cascade": "encoder"}
"""Candidate -> the dearer one whose place it takes when it is hardly worse."""
MARGIN = 0.003
"""How much lower a cheaper candidate's main figure may be, on the same rows."""


def conclude(
    task: Task,
    candidates: Mapping[str, Mapping[str, Any]],
    unserved: Mapping[str, str] | None = None,
    facts: Mapping[str, Mapping[str, Any]] | None = None,
    **shared: Any,
) -> dict[str, Any]:
    """The report of a task as a dictionary for JSON.

    Args:
        task: its declaration.
        candidates: name -> evaluation; see `choose`.
        unserved: candidate -> the reason why it can't be champion; it is compared all the same.
        facts: candidate -> its `evidence.FACTS`, which join its evaluation; missing ones are None.
        shared: the other entries of the report.

    Returns:
        task, title, kind, main, unit (of splits and intervals, as a word), champion, unserved, candidates, and the
        entries of `shared`.

    Raises:
        InputError: the task's metric is no figure of a candidate, or no candidate can be champion.
    """
    for name, entry in candidates.items():
        if task.metric not in entry["figures"]:
            figures = ", ".join(entry["figures"])
            raise InputError(f"{task.name}: {name} has no figure {task.metric!r}; declare one of {figures}")
    against = {name: reason for name, reason in (unserved or {}).items() if name in candidates}
    return as_json(
        {
            "task": task.name,
            "title": task.title,
            "kind": task.kind,
            "main": task.metric,
            "unit": task.unit.removesuffix("_key").removesuffix("_id"),
            "champion": choose(candidates, task.metric, against),
            "unserved": against,
            **shared,
            "candidates": {
                name: {**entry, **{fact: (facts or {}).get(name, {}).get(fact) for fact in FACTS}}
                for name, entry in candidates.items()
            },
        }
    )


def choose(
    candidates: Mapping[str, Mapping[str, Any]], main: str, unserved: Collection[str] = (), simple: str = SIMPLE
) -> str:
    """Name the champion: the best candidate by `main`, the simple one on a tie, a cheaper one in the best one's place.

    Args:
        candidates: name -> its evaluation: `figures` and, against the simple one and every candidate that it
            combines, `difference`, paired on shared rows.
        main: name of the figure that decides.
        unserved: the candidates that can't be champion.
        simple: the candidate that wins ties; another one must beat it, and each of its own parts, by an interval
            that excludes zero.

    Raises:
        InputError: no candidate can be champion.
    """
    served = {name: candidate for name, candidate in candidates.items() if name not in unserved}
    if not served:
        raise InputError("candidates: there is none that can be champion")
    own = {name: candidate for name, candidate in served.items() if CHEAPER.get(name) not in served}
    best = _best(own, main, simple)
    for name, dear in CHEAPER.items():
        if best == dear and name in served and _value(served[name]["difference"][dear][main]) >= -MARGIN:
            return name
    return best


def _best(candidates: Mapping[str, Mapping[str, Any]], main: str, simple: str) -> str:
    if simple not in candidates:
        return max(candidates, key=lambda name: _value(candidates[name]["figures"][main]))

    def beats_all(name: str) -> bool:
        lows = [gain[main]["low"] for other, gain in candidates[name]["difference"].items() if other in candidates]
        return all(low is not None and low > 0 for low in lows)

    better = [name for name in candidates if name != simple and beats_all(name)]
    return max(better, key=lambda name: _value(candidates[name]["difference"][simple][main]), default=simple)


def _value(entry: Mapping[str, Any]) -> float:
    return -np.inf if entry["value"] is None else entry["value"]
