"""From a request to its clauses: by the verbs that begin them, or by the names in it, and whether that is sure.

Two ways to understand a request are compared: `clauses` parts it at its verbs, and `spotting` takes it apart by its
names. What neither is sure of is marked as tentative, so that the assistant asks before it changes a list.
"""

from collections.abc import Sequence
from dataclasses import replace

from music_platform.serving.assistant.dialogue import pointing
from music_platform.serving.assistant.dialogue.acts import Acts
from music_platform.serving.assistant.dialogue.clauses import Clause, Models, clauses
from music_platform.serving.assistant.dialogue.frames import frames, masked
from music_platform.serving.assistant.dialogue.grounding import exactly
from music_platform.serving.assistant.dialogue.names import NameFinder
from music_platform.serving.assistant.dialogue.phrases import Phrases, fold, language_of, phrases, trimmed
from music_platform.serving.assistant.dialogue.spotting import Spotted, Spotter
from music_platform.serving.assistant.dialogue.state import Desk
from music_platform.serving.assistant.dialogue.suggestions import Suggester, Suggestion
from music_platform.serving.assistant.dialogue.weighing import TAKEN, Catalogue
from music_platform.serving.language import LANGUAGES

SAID_ONLY = ("greeting", "goodbye", "thanks")
"""Acts that get a reply and nothing else."""
_SURE, _SURE_TO_CREATE = 0.05, 0.15
"""Costs up to which a request that was taken apart is done without asking, and a list is made."""
_ENOUGH = 0.3
"""Cost of a title with its artist behind a verb up to which the request is not taken apart by its names."""
_LIKELY = 0.5
"""Probability from which on an act is suggested for a request that came to nothing."""
_CLEAR = 0.65
"""The same for showing the current list, which the words hardly name."""
_MARGIN = 0.2
"""What the next way to take a request apart has to cost more."""
_UNLIKELY = 0.1
"""Probability of an act below which the assistant asks before it does it."""
_EDITS = ("add", "remove", "clear", "create", "drop")
_BEGINS, _HAS_VERB = 10.0, 1.0
"""How many words a verb counts for, at the beginning of a request and elsewhere, when its language is looked for."""
_TELLING: dict[str, frozenset[str]] = {"en": frozenset(), "es": frozenset("ñ¿¡"), "pt": frozenset("ãõàâêô")}
"""Letters and marks that tell a language."""


class Understanding:
    """Understands requests by the models, a catalogue and the acts of frames."""

    def __init__(self, models: Models, catalogue: Catalogue, acts: Acts) -> None:
        self._models = models
        self._catalogue = catalogue
        self._acts = acts

    def clauses(self, desk: Desk, text: str, spoken: Phrases) -> list[Clause]:
        """The clauses of a request in a session."""
        framing = frames(desk.state.language)
        return [
            replace(one, tentative=True)
            if one.act == "create" and not framing.is_clear_name(one.places.get("playlist", ""), text)
            else one
            for one in self._clauses(desk, text, spoken)
        ]

    def _clauses(self, desk: Desk, text: str, spoken: Phrases) -> list[Clause]:
        parts = clauses(text, spoken, self._models, lambda *song: bool(self._catalogue.exact(*song)))
        begins = len(parts) == 1 and spoken.verb(text, spoken.politeness(text)) is not None
        known = exactly(parts[0], spoken, self._catalogue, desk.lists) if begins and parts[0].act == "add" else None
        framing = frames(desk.state.language)
        if known and known.playlist:
            is_there = pointing.known_list(desk, known.playlist) is not None
            doubtful = not is_there and not framing.is_clear_name(known.playlist)
        else:
            doubtful = framing.makes_list(text)  # a new list, whose name was not found
        if known and not known.artist and desk.state.mentioned and _points(text, known.title, desk.state.language):
            return [replace(part, tentative=True) for part in parts]
        if known and known.cost <= (_ENOUGH if known.artist else 0) and not doubtful:
            return parts
        spotted = self._spotted(desk, text, is_language_sure=begins)
        if spotted is None or spotted.cost > TAKEN:
            return self._unspotted(desk, text, parts, spoken)
        if len(parts) > 1 and (spotted.unknown or _are_apart(parts, spoken)):
            return _tentative(parts, spoken)
        if begins and parts[0].act == spotted.act:
            if spotted.is_reference:
                points = pointing.referred(parts[0], spoken)[0] is not None
                return parts if points or (known and known.cost <= spotted.cost) else [spotted.clause(text)]
            if spotted.act == "add":
                return parts if spotted.unknown else [replace(parts[0], readings=spotted.clause(text).readings)]
            if spotted.act == "remove" and not spotted.is_on_list:
                return parts
        create = len(parts) == 1 and parts[0].act == spotted.act == "create"
        name = parts[0].places.get("playlist", "") if create else ""
        if name and frames(desk.state.language).is_clear_name(name, text):
            return parts
        agree = name == spotted.playlist
        most = _SURE_TO_CREATE if spotted.act == "create" else _SURE
        is_sure = agree or (spotted.cost <= most and self._is_likely(spotted))
        return [replace(spotted.clause(text), tentative=not is_sure)]

    def _unspotted(self, desk: Desk, text: str, parts: list[Clause], spoken: Phrases) -> list[Clause]:
        """The clauses of a request whose names and words give no act."""
        framing = frames(desk.state.language)
        if framing.changes_nothing(text):
            parts = [replace(part, act="unsure") if part.act in _EDITS else part for part in parts]
        found = self._likely(desk, text) if [part.act for part in parts] == ["view"] else None
        if found and found.spotted.act != "view" and (not found.spotted.title or found.score >= _CLEAR):
            return [_suggestion(found, text)]
        return _tentative(parts, spoken)

    def suggested(self, desk: Desk, text: str, spoken: Phrases, *, needs_name: bool) -> Clause | None:
        """What a request may ask for that came to nothing; None if nothing is likely enough.

        With `needs_name`, what begins with a verb has to name a song, or a list that is there.
        """
        found = self._likely(desk, text)
        if found is None or (found.spotted.is_reference and not desk.state.mentioned):
            return None
        is_named = found.spotted.title or found.spotted.playlist in desk.lists
        begins = spoken.verb(text, spoken.politeness(text)) is not None
        if not is_named and ((needs_name and begins) or (found.score < _CLEAR and found.spotted.act == "view")):
            return None
        return _suggestion(found, text)

    def _is_likely(self, spotted: Spotted) -> bool:
        """Whether the examples of acts do not speak against the act of a request that was taken apart."""
        act = f"{spotted.act}_that" if spotted.is_reference else spotted.act
        least = _LIKELY if spotted.is_without_verb or spotted.is_reference else _UNLIKELY
        return spotted.act not in _EDITS or (
            spotted.margin >= _MARGIN and self._acts.likelihood(spotted.frame, act) >= least
        )

    def _names(self, desk: Desk, text: str) -> NameFinder:
        return NameFinder(text, self._catalogue, desk.lists, frames(desk.state.language))

    def _likely(self, desk: Desk, text: str) -> Suggestion | None:
        found = Suggester(self._names(desk, text), self._acts).best()
        return found if found and found.score >= _LIKELY else None

    def _spotted(self, desk: Desk, text: str, *, is_language_sure: bool) -> Spotted | None:
        """The request taken apart in its language; in another one if names made that language look like its own."""
        found = Spotter(self._names(desk, text)).best()
        if is_language_sure or (found and not found.unknown):
            return found
        for language in [one for one in LANGUAGES if one != desk.state.language]:
            other = Spotter(NameFinder(text, self._catalogue, desk.lists, frames(language))).best()
            if other and not other.unknown and other.cost <= 0 and (found is None or other.cost < found.cost):
                desk.state.language, found = language, other
        return found


def _points(text: str, title: str, language: str) -> bool:
    """Whether a request points at a song talked of, apart from the words of a title."""
    start = fold(text).find(fold(title))
    return " T " in frames(language).referring(masked(text, [((start, start + len(title)), "S")] if start >= 0 else []))


def _suggestion(found: Suggestion, text: str) -> Clause:
    return replace(found.spotted.clause(text), score=found.score, tentative=found.spotted.act in _EDITS)


def _tentative(parts: Sequence[Clause], spoken: Phrases) -> list[Clause]:
    """The parts of a request; what no verb asks for is not sure, nor is anything beside a part without a verb."""
    begins = [_begins(part.text, spoken) or part.act == "undo" for part in parts]
    return [replace(part, tentative=part.act == "create" or (part.act in _EDITS and not all(begins))) for part in parts]


def _are_apart(parts: Sequence[Clause], spoken: Phrases) -> bool:
    """Whether the parts of a request are requests of their own: each has a verb, and none points at another's song."""
    verbs = [
        part.act != "correct" and (spoken.verb(part.text, spoken.politeness(part.text)) or spoken.act(part.text))
        for part in parts
    ]
    referred = (pointing.referred(part, spoken)[0] for part in parts[1:])
    points = any(reference and reference.kind == "that" for reference in referred)
    verbs = [verb for part, verb in zip(parts, verbs, strict=True) if part.act not in SAID_ONLY]
    return len(verbs) > 1 and all(verbs) and len({part.act for part in parts}) > 1 and not points


def language_of_request(text: str, before: str) -> str:
    """The language of a request: that of its words, above all of its verbs, since names may be in another one."""
    said = trimmed(text)
    begins = [one for one in LANGUAGES if _begins(said, phrases(one))]
    acts = [one for one in LANGUAGES if phrases(one).act(said)]
    if not begins and len(acts) == 1:
        return acts[0]
    more = {
        one: _BEGINS * (one in begins) + _HAS_VERB * frames(one).has_verb(said) + bool(_TELLING[one] & {*text.lower()})
        for one in LANGUAGES
    }
    return language_of(said, before, more)


def _begins(text: str, spoken: Phrases) -> bool:
    """Whether a request begins with a verb, or with a list and a verb."""
    begin = spoken.politeness(text)
    return spoken.verb(spoken.without_front(text, begin), begin) is not None
