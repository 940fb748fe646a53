"""Which lines of a text moved an answer: lines of the request to parts of the cleaned text, and what each part does.

Pure: no model is loaded here, and how a model of its own kind takes its answer apart is its own business (`Additive`).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    from music_platform.models.scorers.predictor import Scorer

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
        r"""What each part adds to the logits of `"\n".join(parts)`, (n, L), and what belongs to no part, (L,)."""


@dataclass(frozen=True)
class Effects:
    """What the lines of a text do to L labels."""

    method: Method
    lines: tuple[int, ...]
    """Numbers of the k lines with words, from 0, in their order."""
    values: np.ndarray
    """(k, L): by how much a line raises a label's logit; 0 for a line of which cleaning leaves nothing."""


def effects(text: str, clean: Callable[[str], str], model: "Scorer", labels: int) -> Effects:
    """What the lines of `text` do to the labels that a model gives its cleaned form.

    Args:
        text: as it was sent; its lines end with a line feed.
        clean: what is done to a text before the model sees it.
        model: an additive one is taken apart; any other answers once more for each line.
        labels: their number.
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
