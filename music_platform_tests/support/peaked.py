"""Studies of the linear candidate whose trials take no time: their value is highest at one regularisation."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from music_platform.models.tuning.study import Budget, Study, tune
from music_platform.storage.home import Home
from music_platform_tests.support.training_rows import PT, songs


def table(n: int = 20) -> pa.Table:
    """Portuguese songs of two genres, `n` of each."""
    return songs((n, "pt", ["samba"], PT), (n, "pt", ["rap"], PT))


def peaked_at(C: float) -> float:  # noqa: N803 - the name of the hyperparameter
    """The value of a trial, highest at C = 10."""
    return 1 / (1 + abs(C - 10))


def peaked(task: Any, learned: Any, chosen: Any, report: Callable[[int, float], None], *others: Any) -> float:
    """In place of `linear_trial.measure`: the same value at each of three steps."""
    value = peaked_at(chosen.C)
    for step in range(3):
        report(step, value)
    return value


def tuned(
    home: Home,
    trials: int | None = None,
    *,
    rows: pa.Table | None = None,
    seconds: float | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> Study:
    """The study of the linear candidate for `genre_pt` after a call with these limits."""
    return tune(home, "genre_pt", "linear", rows or table(), Budget(trials, seconds), progress)
