"""The state of a dialogue between turns, and the desk that one turn works on."""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from typing import Any

from music_platform.serving.assistant.dialogue.clauses import Clause
from music_platform.serving.assistant.dialogue.replies import Replies, replies
from music_platform.serving.assistant.playlists import Entry, History, Lists, Operation, Step
from music_platform.serving.catalogue.ranking import Song

_MENTIONED = 10
NOT_UNDERSTOOD = frozenset({"unsure", "out of scope", "what"})
"""The replies to a request that was not understood."""
_NOT_FOUND = frozenset({"unknown", "not on list", "no list", "none mentioned", "no such number"})
"""The replies to one that names what is not there."""
MAX_MARGIN = 9.0
"""The margin of a reading without another one."""


@dataclass
class State:
    """A dialogue between two turns; plain data."""

    language: str = "en"
    current: str = ""
    """The list of requests that name none; "" is the one without a name."""
    shown: list[Entry] = field(default_factory=list)
    """Songs that were shown with numbers, to choose from."""
    asking: str = ""
    """The act for the songs that the person chooses, `add` or `remove`; "" if no choice is open."""
    confirming: str = ""
    """The act that waits for a yes, `clear`, `drop`, `add` or `proposal`; "" if none does."""
    proposed: list[tuple[str, str]] = field(default_factory=list)
    """The kinds of the changes that are proposed, each with its list; their songs are those shown."""
    playlist: str = ""
    """The list that the open question is about."""
    targets: list[str] = field(default_factory=list)
    """The list of each song shown, where they differ."""
    mentioned: list[Entry] = field(default_factory=list)
    """Songs that were mentioned, the latest one last."""
    turns: int = 0
    reply: str = ""
    """The last reply, for a person who lost the connection meanwhile."""
    used: list[str] = field(default_factory=list)
    """The features that were used so far, each once."""

    @classmethod
    def of(cls, plain: dict[str, Any]) -> "State":
        """The state that `plain` gave; a new dialogue if it is empty."""
        songs = {name: [Entry(**song) for song in plain.get(name, ())] for name in ("shown", "mentioned")}
        proposed = [(kind, playlist) for kind, playlist in plain.get("proposed", ())]
        return cls(**{**deepcopy(plain), **songs, "proposed": proposed})

    def plain(self) -> dict[str, Any]:
        """The state as JSON can hold it."""
        return asdict(self)


def entry(song: Song) -> Entry:
    """A song of the catalogue as an entry of a list."""
    return Entry(song.track_id, song.title, song.artist, song.album, song.year, song.duration_ms)


@dataclass
class Desk:
    """The lists and the state while a turn is worked on, with its reply, its steps and the acts understood."""

    state: State
    lists: Lists
    history: History
    steps: list[Step] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    understood: list[dict[str, Any]] = field(default_factory=list)
    missed: set[str] = field(default_factory=set)
    """The parts of the reply that say that something was not understood (`NOT_UNDERSTOOD`) or found."""

    @property
    def replies(self) -> Replies:
        """The replies in the language of the dialogue."""
        return replies(self.state.language)

    def say(self, key: str, **values: Any) -> None:
        """Say one more thing."""
        self.missed.update({key} & (NOT_UNDERSTOOD | _NOT_FOUND))
        self.said.append(self.replies.say(key, **values))

    def understand(self, clause: Clause, **facts: Any) -> None:
        """Note the act of a clause, for the answer."""
        known = {key: value for key, value in facts.items() if value not in (None, [], "")}
        self.understood.append({"text": clause.text, "act": clause.act, "score": round(clause.score, 4), **known})

    def weigh(self, margin: float) -> None:
        """Note how much more the next reading of the last clause costs than the one taken."""
        if self.understood:
            self.understood[-1]["margin"] = round(min(margin, MAX_MARGIN), 2)

    def do(self, operations: Iterable[Operation]) -> None:
        """Change the lists; all changes between two steps back or forth are taken back together."""
        turn = tuple(operations)
        self.lists.apply(turn)
        if self.steps and isinstance(self.steps[-1], tuple):
            self.steps[-1] += turn
            self.history.done[-1] += turn
        elif turn:
            self.steps.append(self.history.operations(turn) and turn)

    def step(self, back: bool) -> tuple[Operation, ...]:
        """Take the last turn back, or do again the one taken back; gives the operations that were done."""
        step: Step = "undo" if back else "redo"
        operations = self.history.operations(step)
        if operations:
            self.lists.apply(operations)
            self.steps.append(step)
        return operations

    def mention(self, songs: Iterable[Entry]) -> None:
        """Remember songs as those mentioned last."""
        self.state.mentioned = [*self.state.mentioned, *songs][-_MENTIONED:]

    def ask(self, act: str, songs: Sequence[Entry], playlist: str, targets: Sequence[str] = ()) -> None:
        """Show songs with numbers, and wait for a choice; with `targets`, each song with the list it would go to."""
        state = self.state
        state.asking, state.shown, state.playlist = act, list(songs), playlist
        state.targets = list(targets) if len(set(targets)) > 1 else []
        beside = [self.replies.list(name) for name in state.targets]
        self.said[-1] += "\n" + self.replies.numbered(songs, beside)

    def confirm(self, act: str, playlist: str, songs: Sequence[Entry] = ()) -> None:
        """Wait for a yes."""
        self.state.confirming, self.state.shown, self.state.playlist = act, list(songs), playlist

    def close(self) -> None:
        """Close the open question. The songs shown can still be named by their numbers."""
        self.state.asking = self.state.confirming = ""
