"""One turn of dialogue: from a request and the state to a reply and the steps to do. Pure, no storage."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from music_platform.serving.assistant.dialogue import edits, managing, pointing, proposals, questions
from music_platform.serving.assistant.dialogue.acts import Acts
from music_platform.serving.assistant.dialogue.clauses import Clause, Models, clause
from music_platform.serving.assistant.dialogue.grounding import exactly, ground
from music_platform.serving.assistant.dialogue.pasted import Pasted, has_link, pasted
from music_platform.serving.assistant.dialogue.phrases import Phrases, phrases, trimmed
from music_platform.serving.assistant.dialogue.state import NOT_UNDERSTOOD, Desk, State, entry
from music_platform.serving.assistant.dialogue.understanding import SAID_ONLY, Understanding, language_of_request
from music_platform.serving.assistant.dialogue.weighing import Catalogue
from music_platform.serving.assistant.playlists import History, Lists, Step

MAX_WORDS = 120
"""Words of a request at most; a longer text is not understood as a request."""
HINT_EVERY = 4
"""Turns between two hints at a feature that was not used yet."""


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

    def __init__(self, models: Models, catalogue: Catalogue, acts: Acts) -> None:
        self._models = models
        self.catalogue = catalogue
        self._understanding = Understanding(models, catalogue, acts)

    def turn(self, text: str, state: State, lists: Lists, history: History) -> Outcome:
        """Answer a request. It changes `state`, `lists` and `history`, so a caller that keeps them passes copies."""
        typed = text
        text = " ".join(typed.split())  # patterns with spaces in them take their time over long runs of them
        state.turns += 1
        state.language = language_of_request(text, state.language)
        desk = Desk(state, lists, history)
        spoken = phrases(state.language)
        if has_link(text):
            desk.say("link")
        elif songs := pasted(typed, spoken):
            self._take(desk, songs, spoken)
        elif len(text.split()) > MAX_WORDS or not trimmed(text):
            desk.say("too long" if trimmed(text) else "unsure")
        elif not self._answers(desk, text, spoken):
            self._do_all(desk, self._understanding.clauses(desk, text, spoken), spoken)
            desk = self._suggested(desk, text, spoken)
        _hint(desk)
        desk.state.reply = "\n\n".join(desk.said)
        return Outcome(desk.state, lists, tuple(desk.steps), tuple(desk.understood))

    def _suggested(self, desk: Desk, text: str, spoken: Phrases) -> Desk:
        """The desk, or if the request came to nothing there, one on which what it may mean is shown or proposed."""
        if not desk.missed or desk.steps or desk.state.asking or desk.state.confirming:
            return desk
        suggested = self._understanding.suggested(desk, text, spoken, needs_name=not desk.missed & NOT_UNDERSTOOD)
        if suggested is None:
            return desk
        trial = proposals.trial(desk)
        self._do_all(trial, [suggested], spoken)
        return desk if trial.missed or trial.steps else trial

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
        named, places = trimmed(asked.text[verb[1] if verb else begin :]), None
        reference, _ = pointing.referred(Clause(asked.text, "answer", named=named), spoken)
        if reference and reference.kind != "that":
            positions = reference.positions(len(state.shown))
            songs = pointing.chosen(desk, reference)
            places = positions if songs and positions else None
            if not songs and reference.kind != "by" and positions is None:
                desk.understand(asked, chooses=list(reference.numbers))
                desk.say("no such number", count=len(state.shown))
                return True
        else:
            songs = pointing.chosen_by_name(named, state.shown)
        if not songs:
            return False
        places = places or [state.shown.index(song) for song in songs]
        desk.understand(asked, chooses=[place + 1 for place in places])
        act, targets = state.asking, state.targets or [state.playlist] * len(state.shown)
        desk.close()
        for target in dict.fromkeys(targets[place] for place in places):
            those = [state.shown[place] for place in places if targets[place] == target]
            (edits.put if act == "add" else edits.take)(desk, those, target)
        return True

    def _do_all(self, desk: Desk, every: Sequence[Clause], spoken: Phrases) -> None:
        """Do what the clauses of a request ask for; if one is not sure and a list would change, propose it all."""
        if any(one.tentative for one in every):
            trial = proposals.trial(desk)
            self._do_all(trial, [replace(one, tentative=False) for one in every], spoken)
            if operations := proposals.changes(trial):
                desk.close()
                desk.understood += trial.understood
                proposals.propose(desk, operations)
                return
        for one in every:
            if one.act not in ("yes", "no"):
                desk.close()
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
        if not spoken.means(one.text):
            known = exactly(
                Clause(meant.text, "add", named=meant.named or meant.text), spoken, self.catalogue, desk.lists
            )
            if known is None or known.cost > 0:
                desk.say("unsure")
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
    "create": lambda _, desk, one, spoken: managing.manage(desk, one),
    "switch": lambda _, desk, one, spoken: managing.manage(desk, one),
    "drop": lambda _, desk, one, spoken: managing.manage(desk, one),
    "songs of": lambda it, desk, one, spoken: questions.of_artist(desk, one, it.catalogue),
    "albums of": lambda it, desk, one, spoken: questions.of_artist(desk, one, it.catalogue),
    "yes": lambda _, desk, one, spoken: desk.say("yes what"),
    "no": lambda _, desk, one, spoken: desk.say("kept"),
    **{act: (lambda _, desk, one, spoken: desk.say(one.act)) for act in SAID_ONLY},
}


def _hint(desk: Desk) -> None:
    if desk.state.turns % HINT_EVERY or desk.state.asking or desk.state.confirming:
        return
    unused = [feature for feature in desk.replies.hints if feature not in desk.state.used]
    if unused:
        desk.said.append(desk.replies.hint(unused[desk.state.turns // HINT_EVERY % len(unused)]))
