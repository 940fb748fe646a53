"""From a request to its clauses: by the verbs that begin them, or by the names in it, and whether that is sure.

Two ways to understand a request are compared: `clauses` parts it at its verbs, and `spotting` takes it apart by its
names. What neither is sure of is marked as tentative, so that the assistant asks before it changes a list.
"""

from collections.abc import Sequence
from dataclasses import replace

from music_platform.features.text import title_key
from music_platform.serving.assistant.dialogue import pointing
from music_platform.serving.assistant.dialogue.clauses import Clause, Models, clauses
from music_platform.serving.assistant.dialogue.frames import frames
from music_platform.serving.assistant.dialogue.grounding import exactly
from music_platform.serving.assistant.dialogue.phrases import Phrases, language_of, phrases, trimmed
from music_platform.serving.assistant.dialogue.spotting import Spotted, Spotter
from music_platform.serving.assistant.dialogue.state import Desk
from music_platform.serving.assistant.dialogue.weighing import TAKEN, Catalogue
from music_platform.serving.language import LANGUAGES

SAID_ONLY = ("greeting", "goodbye", "thanks")
"""Acts that get a reply and nothing else."""
_SURE, _SURE_TO_CREATE = 0.05, 0.15
"""Costs up to which a request that was taken apart is done without asking, and a list is made."""
_UNSURE = ("unsure", "other")
"""Acts of requests that were not understood."""
_EDITS = ("add", "remove", "clear", "create", "drop")
_BEGINS, _HAS_VERB = 10.0, 1.0
"""How many words a verb counts for, at the beginning of a request and elsewhere, when its language is looked for."""


class Understanding:
    """Understands requests by the models and a catalogue."""

    def __init__(self, models: Models, catalogue: Catalogue) -> None:
        self._models = models
        self._catalogue = catalogue

    def clauses(self, desk: Desk, text: str, spoken: Phrases) -> list[Clause]:
        """The clauses of a request in a session."""
        parts = clauses(text, spoken, self._models, lambda title: bool(self._catalogue.exact(title)))
        begins = len(parts) == 1 and spoken.verb(text, spoken.politeness(text)) is not None
        known = exactly(parts[0], spoken, self._catalogue, desk.lists) if begins and parts[0].act == "add" else None
        if known and known.cost <= 0:
            return parts
        spotted = self._spotted(desk, text)
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
        agree = spotted.act == "create" and [part.places.get("playlist") for part in parts] == [spotted.playlist]
        most = _SURE_TO_CREATE if spotted.act == "create" else _SURE
        return [replace(spotted.clause(text), tentative=spotted.cost > most and not agree)]

    def _unspotted(self, desk: Desk, text: str, parts: list[Clause], spoken: Phrases) -> list[Clause]:
        """The clauses of a request whose names and words give no act; if they do neither, what its names suggest."""
        framing = frames(desk.state.language)
        if framing.changes_nothing(text):
            parts = [replace(part, act="unsure") if part.act in _EDITS else part for part in parts]
        unsure = all(part.act in _UNSURE or (part.act == "correct" and not spoken.means(part.text)) for part in parts)
        if unsure and not framing.asks(text):
            guess = Spotter(text, self._catalogue, desk.lists, framing).guess()
            if guess and not _is_correction(parts, guess):
                return [replace(guess.clause(text), tentative=True)]
        return _tentative(parts, spoken)

    def _spotted(self, desk: Desk, text: str) -> Spotted | None:
        """The request taken apart in its language; in another one if names made that language look like its own."""
        found = Spotter(text, self._catalogue, desk.lists, frames(desk.state.language)).best()
        if found and not found.unknown:
            return found
        for language in [one for one in LANGUAGES if one != desk.state.language]:
            other = Spotter(text, self._catalogue, desk.lists, frames(language)).best()
            if other and not other.unknown and other.cost <= 0 and (found is None or other.cost < found.cost):
                desk.state.language, found = language, other
        return found


def _is_correction(parts: Sequence[Clause], guess: Spotted) -> bool:
    """Whether a request is "no, ..." and a title, so that it corrects what was done last."""
    rest = parts[0].places.get("rest", "") if len(parts) == 1 else ""
    return bool(rest) and title_key(rest) == title_key(guess.title)


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
    more = {one: _BEGINS * (one in begins) + _HAS_VERB * frames(one).has_verb(said) for one in LANGUAGES}
    return language_of(said, before, more)


def _begins(text: str, spoken: Phrases) -> bool:
    """Whether a request begins with a verb, or with a list and a verb."""
    begin = spoken.politeness(text)
    return spoken.verb(spoken.without_front(text, begin), begin) is not None
