"""Playlists of sessions, in SQLite: lists, journal, and the dialogue's state. Operations on lists are in `playlists`.

Replaying the journal gives the lists again. Every change is made by parameterised statements, which are returned.
"""

import hashlib
import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, field
from pathlib import Path
from typing import Any

from music_platform.serving.assistant.playlists import Entry, History, Lists, Operation, Step
from music_platform.storage.thread_connection import ThreadConnection

IDLE_DAYS = 30
"""Days after which a session that nobody used is deleted, with its lists."""
_SCHEMA = Path(__file__).with_name("playlist_store.sql")
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of SQL that was run."""

    sql: str
    parameters: tuple[Any, ...]


@dataclass
class Session:
    """A session: its lists, its dialogue's state, the number of its changes, and its history."""

    id: str
    version: int
    state: dict[str, Any]
    lists: Lists = field(default_factory=Lists)
    history: History = field(default_factory=History)


class UnknownSessionError(LookupError):
    """No session has this id: there never was one, or it was idle for too long and deleted."""


class ConflictError(RuntimeError):
    """The session changed since it was read; the caller has to read it again."""


class PlaylistStore:
    """Sessions, in a file of its own; safe to use from several threads and processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._local = threading.local()
        self._database().executescript(_SCHEMA.read_text("utf-8"))

    def _database(self) -> sqlite3.Connection:
        """This thread's connection; each statement is its own transaction unless one was begun."""
        database: sqlite3.Connection | None = getattr(self._local, "database", None)
        if database is None:
            database = self._local.database = ThreadConnection(self._path, timeout=10, isolation_level=None)
            database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON")
        return database

    @contextmanager
    def _transaction(self, kind: str) -> Iterator[sqlite3.Connection]:
        database = self._database()
        database.execute(f"BEGIN {kind}")
        try:
            yield database
        except BaseException:
            database.execute("ROLLBACK")
            raise
        database.execute("COMMIT")

    def create(self) -> Session:
        """A new session with an id that can't be guessed. Sessions that were idle for too long are deleted."""
        session = Session(secrets.token_hex(16), 0, {})
        now = int(time.time())
        with self._transaction("IMMEDIATE") as database:
            database.execute("DELETE FROM sessions WHERE seen < ?", (now - IDLE_DAYS * _DAY,))
            database.execute("INSERT INTO sessions VALUES (?, 0, ?, '{}')", (_key(session.id), now))
        return session

    def read(self, session_id: str) -> Session:
        """A session with its lists.

        Raises:
            UnknownSessionError: there is none.
        """
        key, oldest = _key(session_id), int(time.time()) - IDLE_DAYS * _DAY
        with self._transaction("DEFERRED") as database:
            row = database.execute(_SESSION, (key, oldest)).fetchone()
            lists = Lists((name, []) for (name,) in database.execute(_NAMES, (key,)))
            for name, *values in database.execute(_ENTRIES, (key,)):
                lists[name].append(Entry(*values))
            history = _history(database, key)
        if row is None:
            raise UnknownSessionError(session_id)
        return Session(session_id, row[0], json.loads(row[1]), lists, history)

    def version(self, session_id: str) -> int | None:
        """The number of a session's changes; None if there is no such session."""
        query = "SELECT version FROM sessions WHERE session = ?"
        row = self._database().execute(query, (_key(session_id),)).fetchone()
        return row[0] if row else None

    def commit(self, session: Session, state: dict[str, Any], steps: Sequence[Step]) -> list[Statement]:
        """Write the steps of a turn, all or none, and give the statements that changed lists.

        Args:
            session: the session as it was read; this object is not changed.
            state: state of the dialogue after the turn.
            steps: steps of the turn, in their order.

        Raises:
            ConflictError: the session changed since it was read.
            UnknownSessionError: it was deleted meanwhile.
        """
        history = History(list(session.history.done), list(session.history.undone))
        run = []
        with self._transaction("IMMEDIATE") as database:
            key = self._advance(database, session, state)
            for step in steps:
                run += _run(database, key, history.operations(step))
                _log(database, key, step, history)
        return run

    def _advance(self, database: sqlite3.Connection, session: Session, state: dict[str, Any]) -> str:
        key = _key(session.id)
        changed = database.execute(
            "UPDATE sessions SET version = version + 1, seen = ?, state = ? WHERE session = ? AND version = ?",
            (int(time.time()), json.dumps(state), key, session.version),
        ).rowcount
        if not changed:
            known = database.execute("SELECT 1 FROM sessions WHERE session = ?", (key,)).fetchone()
            raise ConflictError(session.id) if known else UnknownSessionError(session.id)
        return key

    def delete(self, session_id: str) -> None:
        """Delete a session: its lists, its journal, its state.

        Raises:
            UnknownSessionError: there is none.
        """
        with self._transaction("IMMEDIATE") as database:
            if not database.execute("DELETE FROM sessions WHERE session = ?", (_key(session_id),)).rowcount:
                raise UnknownSessionError(session_id)


def _key(session_id: str) -> str:
    """The hash of a session's id. The file holds hashes only, so nobody who reads it can take over a session."""
    return hashlib.blake2b(session_id.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _history(database: sqlite3.Connection, key: str) -> History:
    history = History()
    for undone, turn in database.execute(_JOURNAL, (key,)):
        (history.undone if undone else history.done).append(tuple(map(_operation, json.loads(turn))))
    history.undone.reverse()
    return history


def _operation(read: dict[str, Any]) -> Operation:
    return Operation(**{**read, "song": Entry(**read["song"]) if read["song"] else None})


def _log(database: sqlite3.Connection, key: str, step: Step, history: History) -> None:
    """Write a step into the journal; the step has moved the history already."""
    done = len(history.done)
    if step == "undo":
        database.execute("UPDATE journal SET undone = 1 WHERE session = ? AND turn = ?", (key, done + 1))
    elif step == "redo":
        database.execute("UPDATE journal SET undone = 0 WHERE session = ? AND turn = ?", (key, done))
    elif step:
        database.execute("DELETE FROM journal WHERE session = ? AND undone", (key,))
        turn = json.dumps([asdict(operation) for operation in step])
        database.execute("INSERT INTO journal VALUES (?, ?, ?, 0)", (key, done, turn))


def _run(database: sqlite3.Connection, key: str, operations: Iterable[Operation]) -> list[Statement]:
    """Run the statements of operations, and give them with a placeholder instead of the session."""
    run = []
    for operation in operations:
        for sql, values in _statements(operation):
            database.execute(sql, (key, *values))
            run.append(Statement(sql, ("<session>", *values)))
    return run


def _statements(operation: Operation) -> list[tuple[str, tuple[Any, ...]]]:
    name, at, song = operation.playlist, operation.position, operation.song
    match operation.kind:
        case "create":
            return [("INSERT INTO playlists (session, name) VALUES (?, ?)", (name,))]
        case "drop":
            return [("DELETE FROM playlists WHERE session = ? AND name = ?", (name,))]
        case "insert" if song is not None:
            return [(_MAKE_ROOM, (name, at)), (_INSERT, (name, at, *astuple(song)))]
        case _:
            return [(_DELETE, (name, at)), (_CLOSE_UP, (name, at))]


_MAKE_ROOM = "UPDATE entries SET position = position + 1 WHERE session = ? AND name = ? AND position >= ?"
_CLOSE_UP = "UPDATE entries SET position = position - 1 WHERE session = ? AND name = ? AND position > ?"
_DELETE = "DELETE FROM entries WHERE session = ? AND name = ? AND position = ?"
_INSERT = (
    "INSERT INTO entries (session, name, position, track_id, title, artist, album, year, duration_ms)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_SESSION = "SELECT version, state FROM sessions WHERE session = ? AND seen >= ?"
_JOURNAL = "SELECT undone, operations FROM journal WHERE session = ? ORDER BY turn"
_NAMES = "SELECT name FROM playlists WHERE session = ? ORDER BY rowid"
_ENTRIES = (
    "SELECT name, track_id, title, artist, album, year, duration_ms FROM entries WHERE session = ?"
    " ORDER BY name, position"
)
