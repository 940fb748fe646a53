"""The contract of an exported encoder: its runner answers as the network did in torch, and is faster.

Measured once, on the files that will be served, when they are written. That a model which breaks it is never champion
is decided in evaluation, that its asset shows it in `defs`.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from music_platform.models.thresholds import f1

ROWS = 1_000
"""Held-out texts that are compared; of more, a sample."""
LIMITS = {"flips": 0.005, "macro_f1": 0.003, "speed": 2.0}
"""At most this share of labels flips; macro-F1 changes by no more; a single text is answered so many times as fast."""
_PAIRS = 40
_SECONDS = 6.0

Answers = Callable[[Sequence[str]], np.ndarray]
"""From n texts to the labels that are answered, (n, L) bool."""


def sample(rows: np.ndarray, seed: int) -> np.ndarray:
    """`ROWS` of the positions `rows`, in their order; all if there are no more."""
    if len(rows) <= ROWS:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, ROWS, replace=False))


def measure(
    torch: Answers,
    runner: Answers,
    texts: Sequence[str],
    truth: np.ndarray,
    known: np.ndarray,
    *,
    single: bool,
    fast: bool,
) -> dict[str, Any]:
    """The manifest's entry `contract`: what was measured, and what of it breaks a limit.

    Args:
        torch: answers of the trained network, in eager mode and float32.
        runner: answers of the exported files as they are served, on as many threads.
        texts: n texts that the network has not learned from.
        truth: (n, L) bool.
        known: (n, L) bool.
        single: whether a row has exactly one label: then a flip is another best label, else a label that is answered
            by one alone, of all labels that are known for a text.
        fast: whether the CPU can keep the limit of speed; if not, the speed is only reported.
    """
    theirs, ours = torch(texts), runner(texts)
    flipped = (theirs != ours).any(axis=1) if single else (theirs != ours)[known]
    occurs = (truth & known).any(axis=0)
    before, after = (f1(truth, answered, known)[occurs].mean() for answered in (theirs, ours))
    torch_ms, runner_ms = _milliseconds((torch, runner), texts)
    measured = {
        "rows": len(texts),
        "flips": float(flipped.mean()),
        "macro_f1_change": float(after - before),
        "torch_ms": round(torch_ms, 3),
        "runner_ms": round(runner_ms, 3),
        "speed": round(torch_ms / runner_ms, 2),
    }
    return measured | {"broken": broken(measured, fast=fast)}


def broken(measured: Mapping[str, Any], *, fast: bool) -> list[str]:
    """A sentence for every limit that what `measure` found does not keep."""
    flips, change, speed = measured["flips"], abs(measured["macro_f1_change"]), measured["speed"]
    found = []
    if flips > LIMITS["flips"]:
        found.append(f"{flips:.2%} of labels flip against torch, at most {LIMITS['flips']:.2%} may")
    if change > LIMITS["macro_f1"]:
        found.append(f"macro-F1 changes by {change:.4f} against torch, at most by {LIMITS['macro_f1']:.4f} may it")
    if fast and speed < LIMITS["speed"]:
        found.append(f"a text is answered {speed:.2f} times as fast as by torch, at least {LIMITS['speed']:.1f} wanted")
    return found


def _milliseconds(contestants: Sequence[Answers], texts: Sequence[str]) -> list[float]:
    """Medians of a call with one text, in turns, so that what else the machine does meets all of them alike."""
    spent: list[list[float]] = []
    ends = time.perf_counter() + _SECONDS
    for i in range(_PAIRS + 1):
        turn = []
        for answer in contestants:
            started = time.perf_counter()
            answer([texts[i % len(texts)]])
            turn.append(time.perf_counter() - started)
        spent.append(turn)
        if time.perf_counter() > ends and i:
            break
    return [float(median) * 1000 for median in np.median(spent[1:], axis=0)]
