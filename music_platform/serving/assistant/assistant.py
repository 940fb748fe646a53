"""The playlist assistant: models, catalogue, dialogue and the sessions' store put together. No HTTP.

A turn is computed from the session as it was read, and written only if nobody changed the session meanwhile; otherwise
the assistant reads the session again and computes the turn again.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from music_platform.serving.assistant.dialogue.acts import Acts
from music_platform.serving.assistant.dialogue.clauses import Judged
from music_platform.serving.assistant.dialogue.replies import replies
from music_platform.serving.assistant.dialogue.state import State
from music_platform.serving.assistant.dialogue.turn import Dialogue
from music_platform.serving.assistant.playlist_store import ConflictError, PlaylistStore, Session, Statement
from music_platform.serving.assistant.playlists import Lists
from music_platform.serving.engine import Engine
from music_platform.serving.language import LANGUAGE

_TRIES = 10
_INTENT, _SLOTS = "intent", "slots"
"""The tasks whose models understand a request."""
ACTS = "acts"
"""Name of the folder of a bundle that holds the model of acts."""
STORE = "playlists.sqlite"
"""Name of the store's file in the state folder."""


@dataclass(frozen=True)
class Turned:
    """A session after a turn."""

    session_id: str
    version: int
    state: State
    lists: Lists
    understood: tuple[dict[str, Any], ...] = ()
    executed: Sequence[Statement] = ()


class Assistant:
    """Answers the turns of any number of sessions at a time.

    Args:
        engine: the loaded bundle.
        folder: where the sessions are kept.
        record: a `Recorder.record`, which keeps answers.

    Raises:
        NoModelError: the bundle has no model of intents, or none of slots.
        NoCatalogueError: the bundle has no catalogue.
    """

    def __init__(self, engine: Engine, folder: Path, record: Callable[..., None] = lambda *_: None) -> None:
        self.model_version = "+".join(engine.version(task) for task in (_INTENT, _SLOTS))
        self._intents, self._tagger = engine.text(_INTENT), engine.tagger(_SLOTS)
        self.catalogue = engine.catalogue
        self.dialogue = Dialogue(self._judged, self.catalogue, Acts.load(engine.folder / ACTS))
        self.store = PlaylistStore(folder / STORE)
        self.record = record

    def _judged(self, text: str) -> Judged:
        intent, score, uncertain = self._intents.best(text)
        return Judged(intent, score, uncertain, self._tagger.tag([text])[0].slots)

    def turn(self, text: str, session_id: str | None = None) -> Turned:
        """Answer a request, in a new session where none is named.

        Raises:
            UnknownSessionError: there is no such session.
            ConflictError: other requests change the session faster than this one can be answered.
        """
        for last in [False] * (_TRIES - 1) + [True]:
            session = self.store.read(session_id) if session_id else self.store.create()
            try:
                return self._once(text, session)
            except ConflictError:
                if last:
                    raise
        raise AssertionError

    def _once(self, text: str, session: Session) -> Turned:
        lists, history = deepcopy((session.lists, session.history))
        outcome = self.dialogue.turn(text, _state(session), lists, history)
        executed = self.store.commit(session, outcome.state.plain(), outcome.steps)
        return Turned(session.id, session.version + 1, outcome.state, outcome.lists, outcome.understood, executed)

    def session(self, session_id: str | None) -> Turned:
        """A session as it is, or a new one; its state holds the last reply.

        Raises:
            UnknownSessionError: there is no such session.
        """
        session = self.store.read(session_id) if session_id else self.store.create()
        state = _state(session)
        if not state.reply:
            state.reply = replies(state.language).say("greeting")
        return Turned(session.id, session.version, state, session.lists)


def _state(session: Session) -> State:
    """The state of a session; a new one begins in the language of the request."""
    return State.of(session.state) if session.state else State(language=LANGUAGE.get())
