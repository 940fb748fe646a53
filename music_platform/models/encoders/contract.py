"""The contract of an exported encoder: its runner answers as the network did in torch, and is faster.

Measured once, on the files that will be served, when they are written. That a model which breaks it is never champion
is decided in evaluation, that its asset shows it in `defs`.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from music_platform.models.thresholds import f1

ROWS = 1_000
"""Held-out texts that are compared; of more, a sample."""
LIMITS = {"flips": 0.005, "macro_f1": 0.003, "speed": 2.0}
"""At most this share of labels flips; macro-F1 changes by no more; a single text takes so many times less."""
_TIMED, _ROUNDS, _SECONDS = 8, 6, 6.0

Answers = Callable[[Sequence[str]], np.ndarray]
"""From n texts to the labels that are answered, (n, L) bool."""


def sample(rows: np.ndarray, seed: int) -> np.ndarray:
    """`ROWS` of the positions `rows`, in their order; all if there are no more."""
    if len(rows) <= ROWS:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, ROWS, replace=False))


def measure(
    trained: Answers,
    served: Answers,
    texts: Sequence[str],
    truth: np.ndarray,
    known: np.ndarray,
    *,
    single: bool,
    fast: bool,
) -> dict[str, Any]:
    """The manifest's entry `contract`: what was measured, and what of it breaks a limit.

    Args:
        trained: answers of the network in torch, in eager mode and float32.
        served: answers of the exported files as they are served, on one thread.
        texts: n texts that the network has not learned from.
        truth: (n, L) bool.
        known: (n, L) bool.
        single: whether a row has exactly one label: then a flip is another best label, else a label that is answered
            by one alone, of all labels that are known for a text.
        fast: whether the CPU can keep the limit of speed; if not, the speed is only reported.
    """
    theirs, ours = trained(texts), served(texts)
    flipped = (theirs != ours).any(axis=1) if single else (theirs != ours)[known]
    occurs = (truth & known).any(axis=0)
    before, after = (f1(truth, answered, known)[occurs].mean() for answered in (theirs, ours))
    torch_ms, runner_ms = _milliseconds((trained, served), texts[:_TIMED])
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
        found.append(f"a text takes {speed:.2f} times less than in torch, at least {LIMITS['speed']:.1f} times wanted")
    return found


def _milliseconds(contestants: Sequence[Answers], texts: Sequence[str]) -> list[float]:
    """Processor time of a call with one text on one thread, the medians over the rounds after the first.

    Unlike the time on the clock it hardly depends on what else the machine does: a model is measured once, and must
    not fail because another program ran. A contestant reads all texts before its turn ends, so that its weights are
    in the cache as in a service; the first round is left out, as OpenVINO prepares itself for every new length.
    """
    spent: list[list[list[float]]] = []
    threads, ends = torch.get_num_threads(), time.perf_counter() + _SECONDS
    torch.set_num_threads(1)
    try:
        while len(spent) < 2 or (len(spent) < _ROUNDS and time.perf_counter() < ends):
            spent.append([[_spent(answer, text) for text in texts] for answer in contestants])
    finally:
        torch.set_num_threads(threads)
    return [float(median) * 1000 for median in np.median(spent[1:], axis=(0, 2))]


def _spent(answer: Answers, text: str) -> float:
    started = time.process_time()
    answer([text])
    return time.process_time() - started
