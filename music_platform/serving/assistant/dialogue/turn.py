"""One turn of dialogue: from a request and the state to a reply and the steps to do. Pure, no storage."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from music_platform.serving.assistant.dialogue import edits, pointing, questions
from music_platform.serving.assistant.dialogue.clauses import Clause, Models, clause, clauses
from music_platform.serving.assistant.dialogue.grounding import Catalogue, ground
from music_platform.serving.assistant.dialogue.phrases import LANGUAGES, Phrases, language_of, phrases, trimmed
from music_platform.serving.assistant.dialogue.state import Desk, State, entry
from music_platform.serving.assistant.playlists import History, Lists, Step

MAX_WORDS = 120
"""Words of a request at most; a longer text is not understood as a request."""
HINT_EVERY = 4
"""Turns between two hints at a feature that was not used yet."""
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
        text = " ".join(text.split())  # patterns with spaces in them take their time over long runs of them
        state.turns += 1
        state.language = _language(text, state.language)
        desk = Desk(state, lists, history)
        spoken = phrases(state.language)
        if len(text.split()) > MAX_WORDS or not trimmed(text):
            desk.say("too long" if trimmed(text) else "unsure")
        elif not self._answers(desk, text, spoken):
            for one in self._clauses(text, spoken):
                if one.act not in ("yes", "no"):
                    desk.close()
                self._do(desk, one, spoken)
        _hint(desk)
        state.reply = "\n\n".join(desk.said)
        return Outcome(state, lists, tuple(desk.steps), tuple(desk.understood))

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
        act, playlist = state.asking, state.playlist
        desk.close()
        (edits.put if act == "add" else edits.take)(desk, songs, playlist)
        return True

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
    """The language of a request: the only one whose verb or phrase it begins with, else that of most words."""
    said = trimmed(text)
    fits = [
        language
        for language in LANGUAGES
        if (known := phrases(language)).verb(said, known.politeness(said)) or known.act(said)
    ]
    return fits[0] if len(fits) == 1 else language_of(said, before)


def _hint(desk: Desk) -> None:
    if desk.state.turns % HINT_EVERY or desk.state.asking or desk.state.confirming:
        return
    unused = [feature for feature in desk.replies.hints if feature not in desk.state.used]
    if unused:
        desk.said.append(desk.replies.hint(unused[desk.state.turns // HINT_EVERY % len(unused)]))
