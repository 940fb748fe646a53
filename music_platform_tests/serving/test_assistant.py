"""The assistant over HTTP and WebSocket: sessions stay apart, and no request does harm."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from music_platform.ingestion.landing import Landing
from music_platform.serving.api.app import create_app
from music_platform.serving.assistant.assistant import STORE, Assistant
from music_platform.serving.assistant.dialogue import managing
from music_platform.serving.assistant.playlists import Lists
from music_platform.serving.engine import Engine
from music_platform.serving.wire.requests import MAX_SAID

SAYINGS = (
    "add paper lanterns by ana vale", "add paper lanterns", "add night ferry", "1", "2", "both", "the one by ana vale",
    "add something by the grey herons", "1 and 3", "remove that song", "remove the last one", "remove 1", "undo",
    "redo", "clear my list", "yes", "no", "show my list", "create a playlist called gym", "switch to gym",
    "delete the playlist gym", "add coração de areia to gym", "quita la última", "desfaz",
    "add lantern keeper and granite morning", "play paper", "remove everything by the grey herons",
    "no, i meant lantern keeper", "how long is my list",
)  # fmt: skip
INJECTIONS = (
    "'; DROP TABLE sessions; --", "add \" OR 1=1; DELETE FROM entries; --", "add x') ; ATTACH DATABASE 'x' AS y; --",
    "add <script>alert(1)</script>", "add <img src=x onerror=alert(1)> by <b>me</b>", "add {title} by {artist}",
    "add {0.__class__.__mro__}", "add %s %d %n", "add \x00\x01\x1b[31m", "add \u202egnos\u202c", "add " + "🎵" * 300,
    "add مرحبا بالعالم", "add " + "a" * 900, "add \" AND title:x* NEAR(y z)", "add ../../etc/passwd", "\\", "\"\"",
    "''",
    "add ''''''''", "(((((((", "add and and and and and", ", , , , then then and", "add by by by by", "\ud7ff", "add ﷽",
    "create a playlist called '; DROP TABLE playlists; --", "add 1e999", "add " + "by " * 300, "remove " + "1, " * 200,
    "add \r\n\r\nSet-Cookie: a=b", "９９９", "²", "add ½", "1-999", "999-1", "0", "-1", "add #0", "the first 0 songs",
    " " * 990 + "x", "add " + " " * 900 + "and", "add " + "to my " * 58, "add " + "a, " * 110, "no, " * 119,
    "\u2003" * 900 + "y",
)  # fmt: skip


@pytest.fixture
def assistant(engine: Engine, tmp_path: Path) -> Assistant:
    return Assistant(engine, tmp_path / "state")


@pytest.fixture
def client(engine: Engine, assistant: Assistant, tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(lambda: engine, lambda: assistant, tmp_path, Landing(tmp_path / "landing"))) as client:
        yield client


def say(client: TestClient, text: str, session: str | None = None) -> dict[str, Any]:
    answer = client.post("/assistant", json={"text": text, **({"session_id": session} if session else {})})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_turn_shows_what_was_understood_and_what_was_executed(client: TestClient) -> None:
    first = say(client, "add paper lanterns by ana vale")
    assert [(song["title"], song["artist"]) for song in first["playlist"]] == [
        ("Paper Lanterns", "Ana Vale, Otto Quill")
    ]
    assert first["understood"][0]["act"] == "add"
    assert [one["sql"].split("(")[0].strip() for one in first["executed"]][-1] == "INSERT INTO entries"
    assert "Paper Lanterns" in first["executed"][-1]["parameters"]
    assert all(first["session_id"] not in map(str, one["parameters"]) for one in first["executed"])
    assert "+" in first["model_version"]
    second = say(client, "undo", first["session_id"])
    assert (second["playlist"], second["version"]) == ([], 2)
    assert client.get(f"/playlists/{first['session_id']}").json()["reply"] == second["reply"]


def test_a_session_sees_only_its_own_lists_and_can_be_forgotten(client: TestClient) -> None:
    one = say(client, "add night ferry by otto quill")["session_id"]
    assert say(client, "show my list")["playlist"] == []
    assert len(client.get(f"/playlists/{one}").json()["playlist"]) == 1
    assert client.delete(f"/playlists/{one}").status_code == 204
    for answer in (
        client.get(f"/playlists/{one}"),
        client.delete(f"/playlists/{one}"),
        client.post("/assistant", json={"text": "hello", "session_id": one}),
    ):
        assert answer.status_code == 404
        assert answer.json()["detail"][0]["type"] == "not_found"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, ["body", "text"]),
        ({"text": "  "}, ["body", "text"]),
        ({"text": 1}, ["body", "text"]),
        ({"text": "x" * (MAX_SAID + 1)}, ["body", "text"]),
        ({"text": "x" * 20_000}, ["body", "text"]),
        ({"text": "a", "session_id": "'; DROP"}, ["body", "session_id"]),
        ({"text": "a", "user": "me"}, ["body", "user"]),
    ],
)
def test_what_is_no_request_is_refused_with_the_path(
    client: TestClient, body: dict[str, Any], where: list[str]
) -> None:
    answer = client.post("/assistant", json=body)
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, where)


@pytest.mark.parametrize("text", INJECTIONS)
def test_what_means_harm_is_harmless(client: TestClient, assistant: Assistant, text: str) -> None:
    session = say(client, "add night ferry by otto quill")["session_id"]
    answer = client.post("/assistant", json={"text": text.encode("utf-8", "replace").decode(), "session_id": session})
    assert answer.status_code in (200, 422)
    assert say(client, "show my list", session)["reply"]
    assert assistant.store.read(session).lists[""][0].title.startswith("Night Ferry")


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_gets_an_answer(assistant: Assistant, text: str) -> None:
    session = assistant.session(None).session_id
    for said in (text, f"add {text}", f"remove {text} and then show my list"):
        turned = assistant.turn(said.encode("utf-8", "replace").decode(), session)
        assert turned.state.reply


@given(st.lists(st.sampled_from(SAYINGS), max_size=14))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_said_undoing_all_gives_the_start_and_the_journal_gives_the_lists(
    assistant: Assistant, said: list[str]
) -> None:
    session = assistant.session(None).session_id
    for text in said:
        turned = assistant.turn(text, session)
        stored = assistant.store.read(session)
        assert stored.lists == turned.lists
        replayed = Lists()
        for turn in stored.history.done:
            replayed.apply(turn)
        assert replayed == stored.lists
    for _ in range(len(stored.history.done) if said else 0):
        turned = assistant.turn("undo", session)
    assert assistant.store.read(session).lists == {}


def test_a_hundred_sessions_at_a_time_lose_and_mix_nothing(assistant: Assistant) -> None:
    def talk(seed: int) -> None:
        draw, session, alone = np.random.default_rng(seed), None, []
        for _ in range(8):
            alone.append(str(draw.choice(SAYINGS)))
            session = assistant.turn(alone[-1], session).session_id
        again = None
        for text in alone:
            again = assistant.turn(text, again).session_id
        assert assistant.store.read(str(session)).lists == assistant.store.read(str(again)).lists

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(talk, range(100)))


def test_a_full_list_takes_no_more(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(managing, "MAX_SONGS", 1)
    monkeypatch.setattr(managing, "MAX_LISTS", 2)
    session = assistant.turn("add night ferry by otto quill").session_id
    for text in (
        "add granite morning",
        "create a playlist called a",
        "create a playlist called b",
        "add granite morning to c",
    ):
        turned = assistant.turn(text, session)
    assert turned.state.reply.startswith("There is no room")
    assert {name: len(songs) for name, songs in turned.lists.items()} == {"": 1, "a": 0}


def test_two_at_one_session_lose_nothing(assistant: Assistant) -> None:
    session = assistant.turn("add paper lanterns by ana vale").session_id
    texts = ["add granite morning", "add lantern keeper", "add night ferry by otto quill", "add coração de areia"]
    threads = [threading.Thread(target=assistant.turn, args=(text, session)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(assistant.store.read(session).lists[""]) == 5


def test_playlists_survive_a_restart(engine: Engine, assistant: Assistant, tmp_path: Path) -> None:
    session = assistant.turn("add paper lanterns").session_id
    again = Assistant(engine, tmp_path / "state").turn("2", session)
    assert [song.artist for song in again.lists[""]] == ["The Grey Herons"]


def test_two_tabs_of_a_session_see_each_other_and_a_new_one_finds_what_was_said(client: TestClient) -> None:
    with client.websocket_connect("/assistant/ws") as one, client.websocket_connect("/assistant/ws") as other:
        one.send_json({})
        session = one.receive_json()
        assert (session["type"], session["playlist"]) == ("session", [])
        other.send_json({"session_id": session["session_id"]})
        assert other.receive_json()["type"] == "session"
        one.send_json({"text": "add night ferry by otto quill"})
        assert one.receive_json() == {"type": "typing"}
        answer = one.receive_json()
        assert (answer["type"], len(answer["playlist"])) == ("answer", 1)
        changed = other.receive_json()
        assert (changed["type"], changed["playlist"]) == ("changed", answer["playlist"])
        say(client, "undo", session["session_id"])
        assert [tab.receive_json()["playlist"] for tab in (one, other)] == [[], []]
    with client.websocket_connect("/assistant/ws") as later:
        later.send_json({"session_id": session["session_id"]})
        assert later.receive_json()["reply"].startswith("Taken back")


def test_a_socket_refuses_what_it_can_not_take_and_stays_open(client: TestClient) -> None:
    with client.websocket_connect("/assistant/ws") as socket:
        for wrong in ("{", "[]", '{"text": "hello"}', '{"session_id": "x y"}', "x" * 30_000):
            socket.send_text(wrong)
            refusal = socket.receive_json()
            assert (refusal["type"], bool(refusal["detail"][0]["msg"])) == ("error", True)
        socket.send_json({"session_id": "nobody"})
        assert socket.receive_json()["detail"][0]["type"] == "not_found"
        socket.send_json({})
        assert socket.receive_json()["type"] == "session"
        socket.send_json({"text": " "})
        assert socket.receive_json()["detail"][0]["loc"] == ["body", "text"]
        socket.send_json({"text": "hello"})
        assert [socket.receive_json()["type"] for _ in range(2)] == ["typing", "answer"]


def test_no_identifier_of_a_person_is_stored(assistant: Assistant, tmp_path: Path) -> None:
    session = assistant.turn("add night ferry by otto quill, my mail is someone@example.org").session_id
    assistant.turn("show my list", session)
    stored = b"".join(path.read_bytes() for path in (tmp_path / "state").glob(f"{STORE}*"))
    assert re.search(rb"Night Ferry", stored)
    assert session.encode() not in stored


def test_a_dialogue_does_not_change_what_it_was_given(assistant: Assistant) -> None:
    session = assistant.store.read(assistant.turn("add night ferry by otto quill").session_id)
    before = deepcopy(session)
    assistant._once("undo", session)
    assert session == before
