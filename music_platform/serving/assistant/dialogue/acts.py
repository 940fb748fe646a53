"""The act that a request asks for, by a model of the examples in `acts.jsonl`; `assistant.learning` fits it.

The examples were written without a look at the patterns of `frames`, and have places like `{song}` for names. The model
tells the act of words that no pattern has, which the assistant then proposes, and how likely an act is that a pattern
tells.
"""

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from music_platform.errors import InputError
from music_platform.models.scorers.linear import LinearModel
from music_platform.serving.assistant.dialogue.frames import masked

NOTHING = "nothing"
"""The act of a request that changes and shows no list."""
_PLACE = re.compile(r"\{(\w+)\}")
_MARKS = {"song": "S", "artist": "A", "list": "L", "newlist": "N"}
_WORD = re.compile(r"[^\W_]+")


@cache
def examples() -> list[tuple[str, str]]:
    """The acts of the examples with their frames."""
    lines = Path(__file__).with_name("acts.jsonl").read_text("utf-8").splitlines()
    return [
        (example["act"], masked(text, [(found.span(), _MARKS[found[1]]) for found in _PLACE.finditer(text)]))
        for example in map(json.loads, lines)
        for text in [example["text"]]
    ]


@cache
def framing() -> frozenset[str]:
    """The words of the examples."""
    return frozenset(word for _, frame in examples() for word in _WORD.findall(frame))


class Acts:
    """Tells acts by a model whose labels they are."""

    def __init__(self, model: LinearModel) -> None:
        self._model = model

    @classmethod
    def load(cls, folder: Path) -> "Acts":
        """The acts of a folder that `assistant.learning.write_acts` wrote.

        Raises:
            InputError: the folder is not there.
        """
        if not folder.is_dir():
            raise InputError(f"{folder}: the bundle has no model of acts; run `music-platform run` to make it anew")
        return cls(LinearModel.load(folder))

    def likelihood(self, frame: str, act: str) -> float:
        """The probability that a frame of `frames.masked` asks for an act, whether or not its names fit."""
        return float(self._model.scores([frame])[0, self._model.labels.index(act)])

    def of(self, frames: Sequence[str]) -> list[dict[str, float]]:
        """For each frame, the probability of each act that its names allow."""
        found = []
        for frame, scores in zip(frames, self._model.scores(frames), strict=True):
            possible = _possible(frame)
            known = {act: float(s) for act, s in zip(self._model.labels, scores, strict=True) if act in possible}
            total = sum(known.values())
            found.append({act: score / total for act, score in known.items()})
        return found


def _possible(frame: str) -> set[str]:
    if " S " in frame:
        return {NOTHING, "add", "remove"}
    if " N " in frame:
        return {NOTHING, "create"}
    return {NOTHING, "show", "clear", "add_that", "remove_that", "drop" if " L " in frame else "lists"}
