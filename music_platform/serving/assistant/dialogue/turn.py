"""One turn of dialogue: from a request and the state to a reply and the steps to do. Pure, no storage."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from music_platform.serving.assistant.dialogue import edits, pointing, proposals, questions
from music_platform.serving.assistant.dialogue.clauses import Clause, Models, clause, clauses
from music_platform.serving.assistant.dialogue.frames import frames
from music_platform.serving.assistant.dialogue.grounding import exactly, ground
from music_platform.serving.assistant.dialogue.pasted import Pasted, has_link, pasted
from music_platform.serving.assistant.dialogue.phrases import Phrases, language_of, phrases, trimmed
from music_platform.serving.assistant.dialogue.spotting import Spotted, Spotter
from music_platform.serving.assistant.dialogue.state import Desk, State, entry
from music_platform.serving.assistant.dialogue.weighing import TAKEN, Catalogue
from music_platform.serving.assistant.playlists import History, Lists, Step
from music_platform.serving.language import LANGUAGES

MAX_WORDS = 120
"""Words of a request at most; a longer text is not understood as a request."""
HINT_EVERY = 4
"""Turns between two hints at a feature that was not used yet."""
SURE, SURE_TO_CREATE = 0.05, 0.15
"""Costs up to which a request that was taken apart is done without asking, and a list is made."""
_EDITS = ("add", "remove", "clear", "create", "drop")
_BEGINS, _HAS_VERB = 10.0, 1.0
"""How many words a verb counts for, at the beginning of a request and elsewhere, when its language is looked for."""
_SAID_ONLY = ("greeting", "goodbye", "thanks")


@dataclass(frozen=True)
class Outcome:
    """The result of a turn."""

    state: State
    """The state after the turn, with the reply."""
    lists: Lists
    """The lists after the steps."""
    steps: tuple[Step, ...]
    understood: tuple[dict[str, Any], ...]


class Dialogue:
    """The assistant's part in a dialogue. It keeps no state between turns."""

    def __init__(self, models: Models, catalogue: Catalogue) -> None:
        self._models = models
        self.catalogue = catalogue

    def turn(self, text: str, state: State, lists: Lists, history: History) -> Outcome:
        """Answer a request. It changes `state`, `lists` and `history`, so a caller that keeps them passes copies."""
        typed, text = (
            text,
            " ".join(text.split()),
        )  # patterns with spaces in them take their time over long runs of them
        state.turns += 1
        state.language = _language(text, state.language)
        desk = Desk(state, lists, history)
        spoken = phrases(state.language)
        if has_link(text):
            desk.say("link")
        elif songs := pasted(typed, spoken):
            self._take(desk, songs, spoken)
        elif len(text.split()) > MAX_WORDS or not trimmed(text):
            desk.say("too long" if trimmed(text) else "unsure")
        elif not self._answers(desk, text, spoken):
            for one in self._asked(desk, text, spoken):
                if one.act not in ("yes", "no"):
                    desk.close()
                self._try(desk, one, spoken) if one.tentative else self._do(desk, one, spoken)
        _hint(desk)
        state.reply = "\n\n".join(desk.said)
        return Outcome(state, lists, tuple(desk.steps), tuple(desk.understood))

    def _take(self, desk: Desk, songs: Pasted, spoken: Phrases) -> None:
        """Add, or do what the line above them says to, the songs of a pasted list."""
        head = trimmed(songs.head)
        verb = spoken.verb(head, spoken.politeness(head))
        lists = [listed.playlist for listed in spoken.without_list(head, to=True) if listed.playlist is not None]
        desk.close()
        if verb is None or verb[0] == "add":
            self._do(desk, Clause(head, "add", named=" ", playlist=next(iter(lists), None), lines=songs.lines), spoken)
            return
        for line in songs.lines:
            self._do(desk, Clause(line, verb[0], named=line), spoken)

    def _asked(self, desk: Desk, text: str, spoken: Phrases) -> list[Clause]:
        """The clauses of a request; one whose names stand elsewhere than behind a verb is taken apart by its names."""
        parts = self._clauses(text, spoken)
        begins = len(parts) == 1 and spoken.verb(text, spoken.politeness(text)) is not None
        known = exactly(parts[0], spoken, self.catalogue, desk.lists) if begins and parts[0].act == "add" else None
        if known and known.cost <= 0:
            return parts
        spotted = self._spotted(desk, text)
        if spotted is None or spotted.cost > TAKEN:
            nothing = frames(desk.state.language).changes_nothing(text)
            asked = [replace(part, act="unsure") if nothing and part.act in _EDITS else part for part in parts]
            return _tentative(asked, spoken)
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
        most = SURE_TO_CREATE if spotted.act == "create" else SURE
        agree = spotted.act == "create" and [part.places.get("playlist") for part in parts] == [spotted.playlist]
        return [replace(spotted.clause(text), tentative=spotted.cost > most and not agree)]

    def _spotted(self, desk: Desk, text: str) -> Spotted | None:
        """The request taken apart in its language; in another one if names made that language look like its own."""
        found = Spotter(text, self.catalogue, desk.lists, frames(desk.state.language)).best()
        if found and not found.unknown:
            return found
        for language in LANGUAGES:
            other = Spotter(text, self.catalogue, desk.lists, frames(language)).best()
            if other and not other.unknown and other.cost <= 0 and (found is None or other.cost < found.cost):
                desk.state.language, found = language, other
        return found

    def _clauses(self, text: str, spoken: Phrases) -> list[Clause]:
        return clauses(text, spoken, self._models, lambda title: bool(self.catalogue.exact(title)))

    def _answers(self, desk: Desk, text: str, spoken: Phrases) -> bool:
        """Take the text as an answer to the open question, if there is one and it is."""
        if not (desk.state.asking or desk.state.confirming):
            return False
        asked = Clause(trimmed(text), "answer")
        act = spoken.act(trimmed(text))
        if desk.state.confirming and act and act[0] == "yes":
            desk.understand(asked, confirms=desk.state.confirming)
            if desk.state.confirming == "proposal":
                desk.close()
                proposals.accept(desk, desk.state.proposed)
            else:
                edits.confirmed(desk)
        elif act and act[0] == "no":
            desk.understand(asked, declines=desk.state.confirming or desk.state.asking)
            desk.close()
            desk.say("kept")
        elif desk.state.asking:
            return self._chooses(desk, asked, spoken)
        else:
            return False
        return True

    def _chooses(self, desk: Desk, asked: Clause, spoken: Phrases) -> bool:
        """Take the text as a choice of the songs shown: by number, by artist, or by words that only one has."""
        state = desk.state
        begin = spoken.politeness(asked.text)
        verb = spoken.verb(asked.text, begin)
        if verb and verb[0] not in (state.asking, "play"):
            return False
        if verb and _is_song(asked.text[verb[1] :], spoken, self.catalogue):
            return False
        named = trimmed(asked.text[verb[1] if verb else begin :])
        reference, _ = pointing.referred(Clause(asked.text, "answer", named=named), spoken)
        if reference and reference.kind != "that":
            positions = reference.positions(len(state.shown))
            songs = pointing.chosen(desk, reference)
            if not songs and reference.kind != "by" and positions is None:
                desk.understand(asked, chooses=list(reference.numbers))
                desk.say("no such number", count=len(state.shown))
                return True
        else:
            songs = pointing.chosen_by_name(named, state.shown)
        if not songs:
            return False
        desk.understand(asked, chooses=[state.shown.index(song) + 1 for song in songs])
        act, playlist, targets = state.asking, state.playlist, dict(zip(state.shown, state.targets, strict=False))
        desk.close()
        for target in dict.fromkeys(targets.get(song, playlist) for song in songs):
            those = [song for song in songs if targets.get(song, playlist) == target]
            (edits.put if act == "add" else edits.take)(desk, those, target)
        return True

    def _try(self, desk: Desk, one: Clause, spoken: Phrases) -> None:
        """Do what a clause asks for, unless that changes a list: then ask."""
        trial = proposals.trial(desk)
        self._do(trial, one, spoken)
        if operations := proposals.changes(trial):
            desk.understood += trial.understood
            proposals.propose(desk, operations)
        else:
            self._do(desk, one, spoken)

    def _do(self, desk: Desk, one: Clause, spoken: Phrases) -> None:
        reference = (
            spoken.reference(one.text) if one.act in ("unsure", "other", "add", "view") and not one.named else None
        )
        if reference and reference.numbers:
            desk.understand(one)
            desk.say("no open list")
            return
        desk.understand(one, **one.places, **one.slots)
        if one.act not in desk.state.used:
            desk.state.used.append(one.act)
        if one.act in questions.ABOUT_SONGS:
            questions.ABOUT_SONGS[one.act](desk, one, spoken, self.catalogue)
        else:
            _ACTS.get(one.act, _other)(self, desk, one, spoken)

    def _correct(self, desk: Desk, one: Clause, spoken: Phrases) -> None:
        """Take back the song that was added last, and add the one that the person names instead."""
        last = desk.history.done[-1] if desk.history.done else ()
        meant = clause(one.places["rest"], spoken, self._models)
        if spoken.verb(meant.text, spoken.politeness(meant.text)) is not None:
            self._do(desk, meant, spoken)
            return
        meant = Clause(meant.text, "add", meant.score, named=meant.named or meant.text, slots=meant.slots)
        if not any(grounded.songs for grounded in ground(meant, spoken, self.catalogue)):
            desk.say("kept")
            return
        if last and all(operation.kind in ("insert", "create") for operation in last):
            desk.step(back=True)
        self._do(desk, meant, spoken)

    def _offer(self, desk: Desk, one: Clause, spoken: Phrases) -> None:
        """Answer a request to play by the offer to add."""
        grounded = ground(one, spoken, self.catalogue)[0]
        target = desk.state.current
        if grounded.how in ("song", "several"):
            songs = [entry(grounded.songs[0])]
            desk.say("offer", songs=desk.replies.songs(songs), list=desk.replies.list(target))
            desk.confirm("add", target, songs)
        elif grounded.songs:
            edits.ask_for(desk, one, grounded, target)
        else:
            desk.say("out of scope")


def _is_song(named: str, spoken: Phrases, catalogue: Catalogue) -> bool:
    """Whether words name a song with its artist."""
    known = exactly(Clause(named, "add", named=trimmed(named)), spoken, catalogue)
    return known is not None and bool(known.artist) and known.how == "song"


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
    return all(verbs) and len({part.act for part in parts}) > 1 and not points


def _other(_: Dialogue, desk: Desk, one: Clause, __: Phrases) -> None:
    desk.say("unsure" if one.act == "unsure" else "out of scope")


def _help(_: Dialogue, desk: Desk, __: Clause, ___: Phrases) -> None:
    last = desk.state.mentioned[-1] if desk.state.mentioned else None
    desk.say("help", title=last.title if last else "…", artist=last.artist if last else "…")


Act = Callable[[Dialogue, Desk, Clause, Phrases], None]
_ACTS: dict[str, Act] = {
    "add": lambda it, desk, one, spoken: edits.add(desk, one, spoken, it.catalogue),
    "remove": lambda _, desk, one, spoken: edits.remove(desk, one, spoken),
    "clear": lambda _, desk, one, spoken: edits.remove(desk, one, spoken),
    "view": lambda it, desk, one, spoken: questions.view(desk, one, spoken, it.catalogue),
    "play": Dialogue._offer,
    "correct": Dialogue._correct,
    "undo": lambda _, desk, one, spoken: edits.back_or_forth(desk, back=True),
    "redo": lambda _, desk, one, spoken: edits.back_or_forth(desk, back=False),
    "help": _help,
    "lists": lambda _, desk, one, spoken: questions.lists(desk),
    "count": lambda _, desk, one, spoken: questions.count(desk, one, spoken),
    "contains": lambda _, desk, one, spoken: questions.contains(desk, one, spoken),
    "create": lambda _, desk, one, spoken: edits.manage(desk, one),
    "switch": lambda _, desk, one, spoken: edits.manage(desk, one),
    "drop": lambda _, desk, one, spoken: edits.manage(desk, one),
    "songs of": lambda it, desk, one, spoken: questions.of_artist(desk, one, it.catalogue),
    "albums of": lambda it, desk, one, spoken: questions.of_artist(desk, one, it.catalogue),
    "yes": lambda _, desk, one, spoken: desk.say("yes what"),
    "no": lambda _, desk, one, spoken: desk.say("kept"),
    **{act: (lambda _, desk, one, spoken: desk.say(one.act)) for act in _SAID_ONLY},
}


def _language(text: str, before: str) -> str:
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


def _hint(desk: Desk) -> None:
    if desk.state.turns % HINT_EVERY or desk.state.asking or desk.state.confirming:
        return
    unused = [feature for feature in desk.replies.hints if feature not in desk.state.used]
    if unused:
        desk.said.append(desk.replies.hint(unused[desk.state.turns // HINT_EVERY % len(unused)]))
