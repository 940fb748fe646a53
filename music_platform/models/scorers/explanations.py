"""Which lines of a text moved an answer.

The lines of the request are matched with the parts of the cleaned text, and each part's effect is measured. No model is
loaded here. A scorer whose logits are sums can say exactly what each part adds: give it a method `contributions`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from music_platform.models.scorers.scorer import Scorer

Method = Literal["contributions", "left_out"]

MOST_LEFT_OUT = 100
"""Texts that one explanation costs at most, when lines are left out."""
_WORD = re.compile(r"[^\W_]")
_MORE = "\nand more"
"""A line alone is cleaned as one of several: what stands alone is cut at its commas."""


@runtime_checkable
class Additive(Protocol):
    """A model whose logits are sums over the parts of a text."""

    def contributions(self, parts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        r"""The shares of the parts in the logits of `"\n".join(parts)`, (n, L), and the rest of these logits, (L,)."""


@dataclass(frozen=True)
class Effects:
    """The effects of the lines of a text on L labels."""

    method: Method
    lines: tuple[int, ...]
    """Numbers of the k lines with words, from 0, in their order."""
    values: np.ndarray
    """(k, L): by how much a line raises a label's logit; 0 for a line of which cleaning leaves nothing."""


def effects(text: str, clean: Callable[[str], str], model: Scorer, labels: int) -> Effects:
    """The effects of the lines of `text` on the labels that a model gives its cleaned form.

    Args:
        text: the text as it was sent; its lines end with a line feed.
        clean: prepares a text before the model reads it.
        model: an additive model gives exact shares; any other model scores the text once more without each line.
        labels: the number of labels.
    """
    said = [number for number, line in enumerate(text.split("\n")) if _WORD.search(line)]
    method: Method = "contributions" if isinstance(model, Additive) else "left_out"
    values = np.zeros((len(said), labels))
    parts, numbers = parts_of(text, clean)
    if parts:
        of_parts = model.contributions(parts)[0] if isinstance(model, Additive) else left_out(model.scores, parts)
        values[np.searchsorted(said, numbers)] = of_parts
    return Effects(method, tuple(said), values)


def parts_of(text: str, clean: Callable[[str], str]) -> tuple[list[str], list[int]]:
    """The cleaned text in parts, one for each line of `text` that anything is left of, and the lines' numbers.

    Cleaning looks across lines, so what is left of a line is found by matching the lines that are cleaned alone
    with those of the whole. Joined by line feeds the parts are the cleaned text.
    """
    cleaned = clean(text).split("\n")
    kept = [line for line in cleaned if line]
    as_they_are = {*kept}
    alone = [
        (piece, number)
        for number, line in enumerate(text.split("\n"))
        if _WORD.search(line)
        for piece in ([line] if line in as_they_are else clean(line + _MORE).split("\n")[:-1] or [""])
    ]
    origins = iter(_origins(kept, [piece for piece, _ in alone], [number for _, number in alone]))
    parts: list[str] = []
    numbers: list[int] = []
    for line in cleaned if kept else ():
        origin = next(origins) if line else numbers[-1]
        if numbers and numbers[-1] == origin:
            parts[-1] += f"\n{line}"
        else:
            parts.append(line)
            numbers.append(origin)
    return parts, numbers


def _origins(kept: list[str], alone: list[str], numbers: list[int]) -> list[int]:
    """The line of the request that each of the `kept` lines is from; a line that fits none is its neighbour's."""
    origins: list[int] = []
    for _, start, end, first, last in SequenceMatcher(None, alone, kept).get_opcodes():
        for place in range(last - first):
            at = min(start + place, max(end - 1, start - 1, 0))
            origins.append(numbers[at])
    return origins


def left_out(scores: Callable[[Sequence[str]], np.ndarray], parts: Sequence[str]) -> np.ndarray:
    """By how much each part raises the logits of the whole: (n, L), from the scores of one batch of texts without it.

    Where there are more than `MOST_LEFT_OUT` parts, neighbours are left out together and share the difference.
    """
    groups = np.array_split(np.arange(len(parts)), min(len(parts), MOST_LEFT_OUT))
    without = [[*parts[: group[0]], *parts[group[-1] + 1 :]] for group in groups]
    inside = np.clip(scores(["\n".join(kept) for kept in (parts, *without)]).astype(np.float64), 1e-6, 1 - 1e-6)
    logits = np.log(inside / (1 - inside))
    sizes = np.array([len(group) for group in groups])
    return np.repeat((logits[0] - logits[1:]) / sizes[:, None], sizes, axis=0)
