"""The assistant on the terminal: replies, statements of SQL, and refusals in one line."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from music_platform.cli.chat import assistant_of, chat
from music_platform.errors import InputError
from music_platform.serving.assistant.assistant import Assistant
from music_platform.serving.engine import Engine
from music_platform.serving.wire.requests import MAX_SAID
from music_platform.storage.home import Home


def test_a_conversation_on_the_terminal_shows_replies_and_statements(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant = Assistant(engine, tmp_path / "state")
    lines = iter(["add night ferry by otto quill", "", "x" * (MAX_SAID + 1), "exit", "never read"])
    monkeypatch.setattr("builtins.input", lambda _="": next(lines))
    shown = io.StringIO()
    session = chat(assistant, None, Console(file=shown, width=200), show_sql=True)
    assert "Added “Night Ferry" in shown.getvalue()
    assert "INSERT INTO entries" in shown.getvalue()
    assert "at most 1,000" in shown.getvalue()
    assert len(assistant.store.read(session).lists[""]) == 1
    with pytest.raises(InputError, match="session nobody: this session does not exist"):
        chat(assistant, "nobody", Console(file=shown), show_sql=False)


def test_without_a_bento_there_is_nobody_to_talk_to(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no bento was built in this home"):
        assistant_of(Home.at(tmp_path))
