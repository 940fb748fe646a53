"""Lists of songs that a person pastes: one song a line, under a line that says what to do with them, or alone."""

import re
from dataclasses import dataclass

from music_platform.serving.assistant.dialogue.phrases import Phrases, trimmed

MAX_LINES = 50
"""Songs of a pasted list at most; more are left out."""
_MARK = re.compile(r"^\s*(?:\d{1,3}[.)]|[-*•–—·])\s+")
_LINK = re.compile(r"https?://|\bwww\.|\bspotify:", re.I)


@dataclass(frozen=True)
class Pasted:
    """A pasted list."""

    head: str
    """The line above the songs, "" if there is none."""
    lines: tuple[str, ...]


def pasted(text: str, phrases: Phrases) -> Pasted | None:
    """The list in a text of several lines; None if it has one line, or lines that are no list."""
    lines = [line for line in map(str.strip, text.splitlines()) if trimmed(line)]
    if len(lines) < 2:
        return None
    said = " ".join(lines[0].split())
    is_head = said.endswith(":") or phrases.verb(said, phrases.politeness(said)) is not None
    songs = [trimmed(_MARK.sub("", line)) for line in lines[is_head:]]
    return Pasted(said if is_head else "", tuple(" ".join(song.split()) for song in songs if song)[:MAX_LINES])


def has_link(text: str) -> bool:
    """Whether a text holds the address of a page, which the assistant can't read."""
    return _LINK.search(text) is not None
