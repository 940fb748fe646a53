"""Lists of sessions: any change can be taken back, the journal says all, nobody sees another's lists."""

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from music_platform.serving.assistant.playlist_store import IDLE_DAYS, ConflictError, PlaylistStore, UnknownSessionError
from music_platform.serving.assistant.playlists import Entry, History, Lists, Operation, Step

SONGS = [Entry(f"t{i}", f"Paper Weather {i}", "The Tin Orchards", None, 1990 + i, 1_000 * i) for i in range(5)]


@pytest.fixture
def store(tmp_path: Path) -> PlaylistStore:
    return PlaylistStore(tmp_path / "state" / "playlists.sqlite")


def insert(name: str, at: int, song: Entry) -> Operation:
    return Operation("insert", name, at, song)


def filled(lists: Lists, draw: st.DrawFn) -> tuple[Operation, ...]:
    """Some operations that fit the lists, which are changed by them."""
    turn: list[Operation] = []
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(["", "gym", "'; DROP TABLE entries; --"]))
        if name not in lists:
            operation = Operation("create", name)
        elif lists[name] and draw(st.booleans()):
            at = draw(st.integers(0, len(lists[name]) - 1))
            operation = Operation("delete", name, at, lists[name][at])
        elif not lists[name] and draw(st.booleans()):
            operation = Operation("drop", name)
        else:
            operation = insert(name, draw(st.integers(0, len(lists[name]))), draw(st.sampled_from(SONGS)))
        lists.apply([operation])
        turn.append(operation)
    return tuple(turn)


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_done_undoing_all_gives_the_start_and_the_journal_gives_the_lists(
    store: PlaylistStore, data: st.DataObject
) -> None:
    session = store.create()
    start, expected, history = Lists(session.lists), Lists(), History()
    for _ in range(data.draw(st.integers(1, 8))):
        step: Step = data.draw(st.sampled_from(["do", "do", "undo", "redo"]))
        if step == "do":
            step = filled(expected, data.draw)
            history.operations(step)
        else:
            expected.apply(history.operations(step))
        store.commit(session, {}, [step])
        session = store.read(session.id)
        assert session.lists == expected
        replayed = Lists()
        for turn in session.history.done:
            replayed.apply(turn)
        assert replayed == session.lists
    while session.history.done:
        store.commit(session, {}, ["undo"])
        session = store.read(session.id)
    assert session.lists == start
    for _ in range(len(history.done) + len(history.undone)):
        store.commit(session, {}, ["redo"])
        session = store.read(session.id)
    assert not session.history.undone


def test_a_turn_is_written_whole_or_not_at_all(store: PlaylistStore) -> None:
    session = store.create()
    with pytest.raises(sqlite3.IntegrityError):
        store.commit(session, {"a": 1}, [(Operation("create", "x"), Operation("create", "x"))])
    assert store.read(session.id) == session


def test_a_session_that_changed_meanwhile_is_not_overwritten(store: PlaylistStore) -> None:
    session = store.create()
    store.commit(session, {}, [(Operation("create", ""), insert("", 0, SONGS[0]))])
    with pytest.raises(ConflictError):
        store.commit(session, {}, [(Operation("create", ""),)])
    assert store.read(session.id).lists == {"": [SONGS[0]]}


def test_sessions_are_apart_and_survive_a_restart(store: PlaylistStore, tmp_path: Path) -> None:
    one, other = store.create(), store.create()
    assert one.id != other.id
    assert len(one.id) >= 32
    store.commit(one, {"language": "es"}, [(Operation("create", "gym"), insert("gym", 0, SONGS[1]))])
    again = PlaylistStore(tmp_path / "state" / "playlists.sqlite")
    assert (again.read(one.id).lists, again.read(one.id).state) == ({"gym": [SONGS[1]]}, {"language": "es"})
    assert again.read(other.id).lists == {}
    again.delete(one.id)
    for call in (again.read, again.delete, store.read):
        with pytest.raises(UnknownSessionError):
            call(one.id)
    with closing(sqlite3.connect(tmp_path / "state" / "playlists.sqlite")) as raw:
        for table in ("entries", "playlists", "journal"):
            assert raw.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_the_file_does_not_hold_what_opens_a_session(store: PlaylistStore, tmp_path: Path) -> None:
    session = store.create()
    store.commit(session, {}, [(Operation("create", ""), insert("", 0, SONGS[0]))])
    held = b"".join(path.read_bytes() for path in (tmp_path / "state").iterdir())
    assert SONGS[0].title.encode() in held
    assert session.id.encode() not in held


def test_lists_that_nobody_used_for_long_are_deleted(store: PlaylistStore, monkeypatch: pytest.MonkeyPatch) -> None:
    old = store.create()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + (IDLE_DAYS - 1) * 86_400)
    used = store.create()
    store.read(old.id)
    monkeypatch.setattr(time, "time", lambda: now + IDLE_DAYS * 86_400 + 2)
    with pytest.raises(UnknownSessionError):
        store.read(old.id)
    store.create()
    assert store.read(used.id).lists == {}
    assert store._database().execute("SELECT count(*) FROM sessions").fetchone() == (2,)


def test_what_was_run_is_given_back_and_names_no_session(store: PlaylistStore) -> None:
    session = store.create()
    run = store.commit(session, {}, [(Operation("create", "gym"), insert("gym", 0, SONGS[0]))])
    assert [statement.sql.split()[0] for statement in run] == ["INSERT", "UPDATE", "INSERT"]
    assert SONGS[0].title in run[-1].parameters
    assert not any(session.id in map(str, statement.parameters) for statement in run)


def test_many_at_a_time_lose_nothing(store: PlaylistStore) -> None:
    ids = [store.create().id for _ in range(8)]

    def work(session_id: str) -> None:
        for number in range(20):
            session = store.read(session_id)
            create = () if session.lists else (Operation("create", ""),)
            store.commit(session, {}, [(*create, insert("", number, Entry(session_id, str(number), "a")))])

    threads = [threading.Thread(target=work, args=(i,)) for i in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in ids:
        assert store.read(i).lists == {"": [Entry(i, str(number), "a") for number in range(20)]}
