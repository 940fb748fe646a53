"""The assistant's replies in a language, from `replies.<language>.json`. No decision is made here.

A reply has places like `{list}`; one with a number has a form for one and another for any other number.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from music_platform.serving.assistant.playlists import Entry

SHOWN = 50
"""Songs of a list that a reply names at most."""


class Replies:
    """The replies of one language."""

    def __init__(self, language: str) -> None:
        self.templates: dict[str, Any] = json.loads(
            Path(__file__).with_name(f"replies.{language}.json").read_text("utf-8")
        )

    def say(self, key: str, **values: Any) -> str:
        """A reply with its places filled, as `part`, with a capital."""
        text = self.part(key, **values)
        return text[:1].upper() + text[1:]

    def part(self, key: str, **values: Any) -> str:
        """A part of a reply; `count`, where there is one, chooses the form."""
        template = self.templates[key]
        if isinstance(template, dict):
            template = template["one" if values.get("count") == 1 else "other"]
        return str(template.format_map(values))

    def hint(self, feature: str) -> str:
        """The hint to try a feature that was not used yet."""
        return str(self.templates["hints"][feature])

    @property
    def hints(self) -> tuple[str, ...]:
        """The features that there is a hint for, in the order of the file."""
        return tuple(self.templates["hints"])

    def list(self, name: str) -> str:
        """The name of a list in a sentence; "" is the list without a name."""
        return self.part("named list", name=name) if name else self.part("list")

    def song(self, song: Entry) -> str:
        """A song with its artist."""
        return self.part("song", title=song.title, artist=song.artist)

    def songs(self, songs: Sequence[Entry]) -> str:
        """Songs in a sentence."""
        return self.joined([self.song(song) for song in songs])

    def joined(self, parts: Sequence[str]) -> str:
        """Parts in a sentence."""
        *first, last = parts
        return f"{', '.join(first)}{self.part('and')}{last}" if first else last

    def numbered(self, songs: Sequence[Entry], beside: Sequence[str] = ()) -> str:
        """Songs below each other, numbered from 1, with album and year where they are known, and what is `beside`."""
        lines = []
        for number, song in enumerate(songs[:SHOWN], 1):
            facts = ", ".join(str(fact) for fact in (song.album, song.year) if fact)
            target = f" → {beside[number - 1]}" if beside else ""
            lines.append(f"{number}. {self.song(song)}{f' ({facts})' if facts else ''}{target}")
        return "\n".join([*lines, *(["…"] if len(songs) > SHOWN else [])])

    def length(self, milliseconds: int) -> str:
        """A length in hours and minutes, at least a minute."""
        hours, minutes = divmod(max(round(milliseconds / 60_000), 1), 60)
        return self.part("hours", hours=hours, minutes=minutes) if hours else self.part("minutes", minutes=minutes)


@cache
def replies(language: str) -> Replies:
    """The replies of a language of `phrases.LANGUAGES`."""
    return Replies(language)
