"""Which candidate becomes the champion. Pure: figures in, a name out; promoting it is the registry's work."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from music_platform.errors import InputError

SIMPLE = "linear"
CHEAPER = {"cascade": "encoder"}
"""Candidate -> the dearer one whose place it takes when it is hardly worse."""
MARGIN = 0.003
"""How much lower a cheaper candidate's main figure may be, on the same rows."""


def choose(candidates: Mapping[str, Mapping[str, Any]], main: str, simple: str = SIMPLE) -> str:
    """Name the champion: the best candidate by `main`, the simple one on a tie, a cheaper one in the best one's place.

    Args:
        candidates: name -> its evaluation: `figures` and, against the simple one and every candidate it is made
            of, `difference`, paired on shared rows.
        main: name of the figure that decides.
        simple: the candidate that wins ties; another one must beat it, and each of its own parts, by an interval
            that excludes zero.

    Raises:
        InputError: there is no candidate.
    """
    if not candidates:
        raise InputError("candidates: there are none to choose from")
    own = {name: candidate for name, candidate in candidates.items() if CHEAPER.get(name) not in candidates}
    best = _best(own, main, simple)
    for name, dear in CHEAPER.items():
        if best == dear and name in candidates and _value(candidates[name]["difference"][dear][main]) >= -MARGIN:
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
