"""What a request may ask for whose words no pattern has: the act by examples (`acts`), the names by what is known."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from music_platform.features.text import normalise
from music_platform.serving.assistant.dialogue.acts import NOTHING, Acts, framing
from music_platform.serving.assistant.dialogue.frames import Span, masked, with_new_list
from music_platform.serving.assistant.dialogue.names import NameFinder, Names
from music_platform.serving.assistant.dialogue.spotting import Spotted
from music_platform.serving.assistant.dialogue.weighing import VERSION_WORDS

_UNKNOWN, _TITLE_ALONE = 0.6, 0.3
"""Costs of a word that is no name and frames no request, and of a title that is not named by its artist."""
_NAME, _NAME_ANYWHERE, _KNOWN_IN_NAME = 0.3, 2.5, 0.3
"""Costs of the name of a new list: where a pattern has one, elsewhere, and of a word in it that frames requests."""
_LONGEST_NAME = 4
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_VIEWS = {"show": "view", "lists": "lists"}


@dataclass(frozen=True)
class Suggestion:
    """What a request may ask for, and the probability of its act."""

    spotted: Spotted
    score: float


@dataclass(frozen=True)
class _Way:
    names: Names
    playlist: str | None
    frame: str
    cost: float


class Suggester:
    """Suggests what one request asks for."""

    def __init__(self, finder: NameFinder, acts: Acts) -> None:
        self._finder = finder
        self._acts = acts
        self._frames = finder.frames
        self._known = finder.frames.known | framing()

    def best(self) -> Suggestion | None:
        """The most likely act with its names; None if the request most likely changes and shows nothing."""
        every = list(self._ways())
        best: tuple[float, str, _Way] | None = None
        for way, scores in zip(every, self._acts.of([way.frame for way in every]), strict=True):
            for act, score in scores.items():
                if way.names.title and act in ("add", "remove") and way.names.is_on_list != (act == "remove"):
                    continue
                cost = way.cost - math.log(max(score, 1e-6))
                if best is None or cost < best[0]:
                    best, sure = (cost, act, way), score
        if best is None or best[1] == NOTHING:
            return None
        _, act, way = best
        return Suggestion(self._spotted(act, way), sure)

    def _spotted(self, act: str, way: _Way) -> Spotted:
        title, artist = map(self._finder.span, (way.names.title, way.names.artist))
        is_reference = act.endswith("_that")
        act = _VIEWS.get(act, act.removesuffix("_that"))
        return Spotted(act, title, artist, way.playlist, is_reference, way.names.is_on_list)

    def _ways(self) -> Iterator[_Way]:
        names = [*self._finder.names, *self._finder.unframed]
        for at in (*self._finder.there, None):
            for one in dict.fromkeys(names):
                if at and one.overlap(at[0]):
                    continue
                marks = [(span, mark) for span, mark in ((one.title, "S"), (one.artist, "A")) if span]
                frame = masked(self._finder.text, [*marks, *([(at[0], "L")] if at else [])])
                cost = one.cost + _TITLE_ALONE * bool(one.title and not one.artist and not one.is_on_list)
                yield _Way(one, at[1] if at else None, frame, cost + self._left(frame))
                if at is None:
                    yield from self._with_new_list(one, frame, cost)

    def _with_new_list(self, one: Names, frame: str, cost: float) -> Iterator[_Way]:
        for span, extra in self._new_lists(frame):
            if name := self._finder.written(frame[slice(*span)]):
                named = with_new_list(frame, span)
                yield _Way(one, name, named, cost + extra + self._left(named))

    def _new_lists(self, frame: str) -> Iterator[tuple[Span, float]]:
        """The spans of the names of new lists, each with its cost: where a pattern has one, and of any words."""
        for span, cost in self._frames.new_lists(frame, within=True):
            yield span, _NAME + cost
        words = [found.span() for found in _WORD.finditer(frame)]
        for first in range(len(words)):
            for last in range(first, min(first + _LONGEST_NAME, len(words))):
                span = words[first][0], words[last][1]
                if re.search(r"\b[SAL]\b|[,.;:?!]", frame[slice(*span)]):
                    break
                inside = normalise(frame[slice(*span)]).split()
                known = sum(word in self._known for word in inside)
                if known < len(inside):
                    yield span, _NAME_ANYWHERE + _KNOWN_IN_NAME * known

    def _left(self, frame: str) -> float:
        around = [word for word in re.findall(r"[^\W_]+", frame) if not word.isupper()]
        return _UNKNOWN * sum(word not in self._known and word not in VERSION_WORDS for word in around)
