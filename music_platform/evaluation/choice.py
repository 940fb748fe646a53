"""Which candidate becomes the champion. Pure: figures in, a name out; promoting it is the registry's work."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from music_platform.errors import InputError

SIMPLE = "linear"


def choose(candidates: Mapping[str, Mapping[str, Any]], main: str, simple: str = SIMPLE) -> str:
    """Name the champion: the best candidate by `main`, the simple one on a tie.

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

    def value(entry: Mapping[str, Any]) -> float:
        return -np.inf if entry["value"] is None else entry["value"]

    if simple not in candidates:
        return max(candidates, key=lambda name: value(candidates[name]["figures"][main]))

    def beats_all(name: str) -> bool:
        lows = [gain[main]["low"] for other, gain in candidates[name]["difference"].items() if other in candidates]
        return all(low is not None and low > 0 for low in lows)

    better = [name for name in candidates if name != simple and beats_all(name)]
    return max(better, key=lambda name: value(candidates[name]["difference"][simple][main]), default=simple)
