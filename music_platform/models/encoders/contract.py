"""The contract of an exported encoder: its scorer answers as the trained network does in torch.

It is measured once, on the files that will be served, when they are written. Only the answers decide: the speed is
reported. An artifact that breaks the contract is never champion, which evaluation sees to.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from music_platform.models.thresholds import f1

ROWS = 1_000
"""Held-out texts that are compared; of more texts, a sample."""
LIMITS = {"flips": 0.005, "macro_f1": 0.003}
"""At most this share of labels may flip, and macro-F1 may change by no more than this."""
_TIMED, _ROUNDS, _SECONDS = 8, 6, 6.0

Answers = Callable[[Sequence[str]], np.ndarray]
"""A function from n texts to the labels that are answered, (n, L) bool."""


def sample(rows: np.ndarray, seed: int) -> np.ndarray:
    """`ROWS` of the positions `rows`, in their order; all if there are no more."""
    if len(rows) <= ROWS:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, ROWS, replace=False))


def measure(
    trained: Answers, served: Answers, texts: Sequence[str], truth: np.ndarray, known: np.ndarray, *, single: bool
) -> dict[str, Any]:
    """The manifest's entry `contract`: the measured values, and a sentence for each limit that they break.

    Args:
        trained: answers of the network in torch, in eager mode and float32.
        served: answers of the exported files as they are served, on one thread.
        texts: n texts that the network has not learned from.
        truth: (n, L) bool.
        known: (n, L) bool.
        single: whether a row has exactly one label. Then a flip is another best label; else it is a label that only
            one of the two answers, among the labels that are known for a text.
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
    return measured | {"broken": broken(measured)}


def broken(measured: Mapping[str, Any]) -> list[str]:
    """A sentence for every limit that the values of `measure` do not keep."""
    flips, change = measured["flips"], abs(measured["macro_f1_change"])
    found = []
    if flips > LIMITS["flips"]:
        found.append(f"{flips:.2%} of the labels differ from torch's; at most {LIMITS['flips']:.2%} may")
    if change > LIMITS["macro_f1"]:
        found.append(f"macro-F1 differs from torch's by {change:.4f}; at most {LIMITS['macro_f1']:.4f} is allowed")
    return found


def _milliseconds(contestants: Sequence[Answers], texts: Sequence[str]) -> list[float]:
    """Processor time of a call with one text on one thread, the medians over the rounds after the first.

    Each contestant reads all texts in its turn, so that its weights are in the cache as in a service. The first round
    is left out, since OpenVINO prepares itself for every new length.
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
