"""From a request to its clauses: the act that each asks for, and the words that name songs.

The model gives the intent, unless the clause begins with a verb that allows only others. Acts that need no model (undo,
help, questions) are in the phrases.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from music_platform.serving.assistant.dialogue.phrases import Phrases, Reference, fold, trimmed, unquoted

if TYPE_CHECKING:
    from music_platform.models.scorers.slots import Slot

_ALLOWED = {
    "add": ("add",),
    "remove": ("remove", "clear"),
    "clear": ("clear", "remove"),
    "view": ("view",),
    "play": ("play",),
}
"""Verb at the beginning of a clause -> the intents that it allows. The first replaces any other answer of the model."""
MAX_CLAUSES = 8
"""Clauses of a request at most; the last one holds the rest."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The models' answers about a text: its intent with a score, and the names in it."""

    intent: str
    score: float
    uncertain: bool
    slots: "tuple[Slot, ...]"


Models = Callable[[str], Judged]
Known = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the words of a clause."""

    title: str
    artist: str = ""
    playlist: str | None = None
    """The list it names: "" the current one, None none."""
    how: str = ""
    """How it names the list: see `phrases.Listed`."""
    left: float = 0
    """The number of words that it leaves out, apart from those that frame a request."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that is asked for."""

    text: str
    act: str
    score: float = 1.0
    places: dict[str, str] = field(default_factory=dict)
    """The places of the phrase of a question or a command: `song`, `artist`, `playlist`, `rest`."""
    named: str = ""
    """The words behind the verb, or from the first name on, which name the songs to add, remove or show."""
    slots: dict[str, str] = field(default_factory=dict)
    """The names that the slot tagger found: `song`, `artist`, `playlist`."""
    framed: bool = False
    """Whether the names below were spotted in the whole request, so that `named` does not count."""
    readings: tuple[Reading, ...] = ()
    """The readings of a clause that is framed, and one more of a clause that is not."""
    reference: Reference | None = None
    """The song talked of that a framed clause means, if it names none."""
    playlist: str | None = None
    """The list that a framed clause, or the line above a pasted list, names."""
    tentative: bool = False
    """Whether it is not sure enough to change a list without asking."""
    lines: tuple[str, ...] = ()
    """The songs of a pasted list, a line each."""


def clause(text: str, phrases: Phrases, models: Models) -> Clause:
    """The clause of one text."""
    text = trimmed(text)
    begin = phrases.politeness(text)
    for asked in (text, trimmed(text[begin:])):
        if found := phrases.act(asked):
            return Clause(text, found[0], places=found[1])
    text = phrases.without_front(text, begin)
    judged = models(text)
    verb = phrases.verb(text, begin)
    act, named = judged.intent, ""
    if verb is not None:
        allowed = _ALLOWED[verb[0]]
        act = act if act in allowed else allowed[0]
        named, pronoun = trimmed(text[verb[1] :]), phrases.pronoun(text[begin : verb[1]])
        named = pronoun if pronoun and phrases.is_only_polite(named) else named or pronoun
    elif judged.uncertain and not judged.slots:
        act = "unsure"
    elif act == "other" and {"song", "playlist"} <= {slot.name for slot in judged.slots}:
        act = "add"  # a song and a list together: the song belongs on the list
    elif (behind := phrases.verb_within(text, act)) is not None:
        named = trimmed(text[behind:])
    elif judged.slots and act in _ALLOWED:
        named = trimmed(text[judged.slots[0].start :])
    slots = {slot.name: slot.value for slot in judged.slots[::-1]}
    return Clause(text, act, judged.score, named=named or unquoted(text), slots=slots)


def clauses(text: str, phrases: Phrases, models: Models, known: Known) -> list[Clause]:
    """The clauses of a request, in their order.

    A request is parted at a word like "then" or "and", or at a comma, if the next words begin like another request,
    unless the catalogue knows a name that lies across.

    Args:
        text: one request.
        phrases: the phrases of its language.
        models: gives the intent and the slots of a text.
        known: whether a text is the title of a song, of an artist if one is named.
    """
    parts, begin = [], 0
    for found in phrases.parting.finditer(fold(text)):
        rest = text[found.end() :]
        if found.start() <= begin or not _begins(rest, phrases):
            continue
        before = text[begin : found.start()]
        if not trimmed(before) or _across(text[begin:], before, phrases, known):
            continue
        parts.append(before)
        begin = found.end()
        if len(parts) + 1 == MAX_CLAUSES:
            break
    parts.append(text[begin:])
    return [clause(part, phrases, models) for part in parts if trimmed(part)]


def _begins(text: str, phrases: Phrases) -> bool:
    if phrases.is_only_polite(text):
        return False
    asked = text[phrases.politeness(text) :]
    return phrases.verb(asked) is not None or phrases.act(trimmed(asked)) is not None


def _across(text: str, before: str, phrases: Phrases, known: Known) -> bool:
    """Whether a title, or one with its artist, begins in `before`, the beginning of a text, and goes on behind it."""
    begin = phrases.politeness(text)
    verb = phrases.verb(text, begin)
    start = verb[1] if verb else begin
    if start >= len(before):
        return True
    for at in {start, phrases.noun(text, start)}:
        named, inside = trimmed(text[at:]), trimmed(text[at : len(before)])
        for whole in (named, *(listed.rest for listed in phrases.without_list(named))):
            for title, artist in ((whole, ""), *phrases.by_splits(whole)):
                long = len(title) > len(inside)
                if (long and known(title, "")) or (artist and len(whole) > len(inside) and known(title, artist)):
                    return True
    return False
