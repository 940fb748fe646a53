"""Requests taken apart by the names in them, wherever those stand.

Each way to take a request apart costs about the number of words that are left over. `names` finds the names, and
`frames` tells the act that the words around them ask for.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from music_platform.serving.assistant.dialogue.clauses import Clause, Reading
from music_platform.serving.assistant.dialogue.frames import Span, masked, with_new_list
from music_platform.serving.assistant.dialogue.names import NameFinder, Names
from music_platform.serving.assistant.dialogue.phrases import Reference
from music_platform.serving.assistant.dialogue.weighing import VERSION_WORDS

UNKNOWN = 0.3
"""Cost of a word that is no name and frames no request."""
_UNKNOWN_BESIDE_PAIR = 0.3
_LIST_THERE = -0.15
"""Cost of a list that is there."""
_WIDEST = 0.3
"""How much dearer ways are looked at, to tell how sure the best one is."""
_NO_VERB = 0.4
"""Cost of an act that no verb asks for."""
_IMPLIED = 0.3
"""Cost of a song that is only implied, as in "ok, put on the gym list"."""


@dataclass(frozen=True)
class Spotted:
    """One way to take a request apart."""

    act: str
    """See `frames.Frames.act`."""
    title: str = ""
    artist: str = ""
    playlist: str | None = None
    is_reference: bool = False
    """Whether a song is meant that was talked of before."""
    is_on_list: bool = False
    """Whether the song is on a list of the session."""
    frame: str = ""
    """The request with marks in place of its names; see `frames`."""
    unknown: int = 0
    """The number of words left over."""
    is_without_verb: bool = False
    """Whether no verb asks for the act."""
    margin: float = 9.0
    """What the next way with another meaning costs more."""
    cost: float = 0.0

    def clause(self, text: str) -> Clause:
        """The clause that it stands for."""
        how = "" if self.playlist is None else "called"
        reading = Reading(self.title, self.artist, self.playlist, how, UNKNOWN * self.unknown)
        places = {"playlist": self.playlist} if self.act in ("drop", "create") and self.playlist else {}
        reference = Reference("that") if self.is_reference else None
        readings = (reading,) if self.title else ()
        return Clause(
            text, self.act, places=places, framed=True, readings=readings, reference=reference, playlist=self.playlist
        )


class Spotter:
    """Takes one request apart by the names that a catalogue and the lists of a session have."""

    def __init__(self, finder: NameFinder) -> None:
        self._finder = finder
        self._frames = finder.frames
        self._asks = "?" in finder.text

    def best(self) -> Spotted | None:
        """The cheapest way to take the request apart whose act is known."""
        ways = [
            (names.cost + _LIST_THERE * (at is not None), names, at)
            for at in (*self._finder.there, None)
            for names in self._finder.names
            if at is None or not names.overlap(at[0])
        ]
        best: Spotted | None = None
        others: list[Spotted] = []
        for cost, names, at in sorted(ways, key=lambda way: way[0]):
            if best and best.cost + _WIDEST <= cost:
                break
            for one in self._ways(names, at, cost):
                others.append(one)
                best = one if best is None or one.cost < best.cost else best
        rivals = (one.cost for one in others if best and _is_rival(one, best))
        return best and replace(best, margin=min(rivals, default=9.0) - best.cost)

    def _ways(self, names: Names, at: tuple[Span, str] | None, cost: float) -> Iterator[Spotted]:
        marks = [(span, mark) for span, mark in ((names.title, "S"), (names.artist, "A")) if span]
        frame = masked(self._finder.text, [*marks, *([(at[0], "L")] if at else [])])
        if found := self._way(names, frame, at[1] if at else None, cost):
            yield found
        for span, extra in self._frames.new_lists(frame, within=names.artist is not None) if at is None else ():
            name = self._finder.written(frame[slice(*span)])
            if name and (found := self._way(names, with_new_list(frame, span), name, cost + extra)):
                yield found

    def _way(self, names: Names, frame: str, playlist: str | None, cost: float) -> Spotted | None:
        pointing = self._frames.referring(frame)
        act = self._frames.act(pointing, asks=self._asks)
        if act is None:
            return None
        around = [word for word in re.findall(r"[^\W_]+", pointing) if not word.isupper()]
        unknown = sum(word not in self._frames.known and word not in VERSION_WORDS for word in around)
        if names.title:
            # What is to go is looked for on the lists, and what is to come in the catalogue.
            fits = act != "add?" or names.artist is not None or not unknown
            if not fits or names.is_on_list != (act == "remove"):
                return None
        elif unknown and act not in ("add", "remove") and (" L " not in frame or act == "create"):
            return None
        is_without_verb = act.endswith("?")
        cost += _NO_VERB * is_without_verb
        act = act.rstrip("?")
        is_reference = not names.title and act in ("add", "remove")
        if is_reference and " T " not in pointing:
            if unknown:
                return None
            cost += _IMPLIED
        title, artist = map(self._finder.span, (names.title, names.artist))
        total = round(cost + unknown * (_UNKNOWN_BESIDE_PAIR if artist else UNKNOWN), 2)
        return Spotted(
            act, title, artist, playlist, is_reference, names.is_on_list, frame, unknown, is_without_verb, cost=total
        )


def _is_rival(one: Spotted, best: Spotted) -> bool:
    """Whether a way does something else, and not only with a part of a name."""
    if one.act != best.act or (one.playlist is None) != (best.playlist is None):
        return True
    pairs = ((one.title, best.title), (one.playlist or "", best.playlist or ""))
    return not all(first in second or second in first for first, second in pairs)
