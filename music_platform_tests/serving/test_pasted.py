"""Pasted lists of songs, and links."""

import pytest

from music_platform.serving.assistant.dialogue.pasted import MAX_LINES, Pasted, has_link, pasted
from music_platform.serving.assistant.dialogue.phrases import phrases


@pytest.mark.parametrize(
    ("language", "text", "head", "lines"),
    [
        ("en", "add these:\nSalt - Mara Fenn\n\n Clear \n", "add these:", ("Salt - Mara Fenn", "Clear")),
        ("en", "1. Salt\n2) Clear\n- Undo\n• One", "", ("Salt", "Clear", "Undo", "One")),
        ("es", "por favor añade\nSal de Lucía\nArena", "por favor añade", ("Sal de Lucía", "Arena")),
        ("pt", "para a festa:\r\nRua\r\nBarco", "para a festa:", ("Rua", "Barco")),
    ],
)
def test_a_list_is_read_line_by_line(language: str, text: str, head: str, lines: tuple[str, ...]) -> None:
    assert pasted(text, phrases(language)) == Pasted(head, lines)


def test_one_line_is_no_list_and_a_long_list_is_cut() -> None:
    assert pasted("add salt", phrases("en")) is None
    long = pasted("\n".join(f"Song {number}" for number in range(200)), phrases("en"))
    assert long
    assert len(long.lines) == MAX_LINES


@pytest.mark.parametrize(
    ("text", "expected"),
    [("add https://a.example/x", True), ("see www.example.org", True), ("spotify:track:1", True), ("add http", False)],
)
def test_links_are_seen(text: str, *, expected: bool) -> None:
    assert has_link(text) is expected
