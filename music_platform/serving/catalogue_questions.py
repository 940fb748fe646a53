"""What is asked of the catalogue's index for words as a person typed them, in turns that grow bolder.

A question is a query of SQLite's FTS5. It holds words and keys only, of letters and digits: no text goes into one as it
is. What comes back is ranked elsewhere.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from music_platform.serving import catalogue_words as vocabulary
from music_platform.serving.catalogue_text import entry, key

_MAX_WORDS = 12
"""Words of a query that are asked for; its similarity is of all."""
_VARIANTS = 12
"""Words that one word may have been meant as."""
_LEFT_OUT = 6
"""Questions that leave one word out, and questions that ask for two words alone."""
_Group = Sequence[str]


def keys(kind: str, *texts: str) -> str:
    """The question for songs with one of these titles (`t`) or artists (`a`), exactly."""
    return f"keys : ({' OR '.join(key(kind, text) for text in texts)})"


def by(artist: str) -> str:
    """The question for all songs of an artist, or of several that are named together."""
    return keys("a", *entry("", artist).names)


@dataclass(frozen=True)
class Asked:
    """Words that are looked for in some of the columns `title`, `artist` and `album`."""

    columns: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, columns: str, text: str) -> "Asked":
        """Of a normalised text."""
        return cls(columns, tuple(dict.fromkeys(text.split()))[:_MAX_WORDS])

    def question(self, variants: Callable[[str], _Group]) -> str:
        """The question for songs with every word, or with one of its variants."""
        words = ("(" + " OR ".join(map(_quoted, variants(word))) + ")" for word in self.words)
        return f"({{{self.columns}}} : ({' AND '.join(words)}))"


def _quoted(words: str) -> str:
    return "(" + " AND ".join(f'"{word}"' for word in words.split()) + ")"


class Questions:
    """The questions of one query, made when they are asked for."""

    def __init__(self, database: sqlite3.Connection, asked: Sequence[Asked]) -> None:
        self._database = database
        self._asked = [part for part in asked if part.words]
        self._words = list(dict.fromkeys(word for part in self._asked for word in part.words))

    @cached_property
    def _known(self) -> dict[str, int]:
        return vocabulary.songs_of(self._database, self._words)

    def as_typed(self) -> Iterator[str]:
        """Songs with all words."""
        if self._words and len(self._known) == len(self._words):
            yield self._question(lambda word: [word])

    def begun(self) -> Iterator[str]:
        """Songs with all words, of which the last one, and those that nobody knows, may go on."""
        open_ended = {word for word in self._words[-1:] if len(word) > 2} | set(self._words) - self._known.keys()
        longer = {word: vocabulary.beginning(self._database, word, _VARIANTS) for word in open_ended}
        if longer and all(longer.values()):
            yield self._question(lambda word: longer.get(word, [word]))

    def meant(self) -> Iterator[str]:
        """Songs with words as they may have been meant: first those that nobody knows, then all."""
        unknown = {word for word in self._words if word not in self._known}
        if unknown and all(self._variants(word) for word in unknown):
            yield self._question(lambda word: self._variants(word) if word in unknown else [word])
        if self._known and all(map(self._variants, self._words)):
            yield self._question(self._variants)

    def some(self) -> Iterator[str]:
        """Songs with most of the words, as they may have been meant, then with two of the longest."""
        words = [word for word in self._words if self._variants(word)]
        rare = sorted(words, key=lambda word: (-len(word), self._known.get(word, 0)))
        if len(words) < len(self._words) and words:
            yield self._question(self._variants, words)
        if len(words) > 1:
            for left_out in rare[::-1][:_LEFT_OUT]:
                yield self._question(self._variants, [word for word in words if word != left_out])
        if len(words) > 3:
            for pair in list(combinations(rare, 2))[:_LEFT_OUT]:
                yield self._question(self._variants, pair)

    def _question(self, variants: Callable[[str], _Group], words: Sequence[str] | None = None) -> str:
        kept = self._words if words is None else words
        parts = [Asked(part.columns, tuple(word for word in part.words if word in kept)) for part in self._asked]
        return " AND ".join(part.question(variants) for part in parts if part.words)

    @cached_property
    def _meant(self) -> dict[str, _Group]:
        return {}

    def _variants(self, word: str) -> _Group:
        """What a word may have been meant as: itself, one that looks like it, two written together, half of one."""
        if word not in self._meant:
            near = vocabulary.near(self._database, word, _VARIANTS)
            near = near or vocabulary.alike(self._database, word, _VARIANTS)
            halves = vocabulary.halves(self._database, word) if word not in self._known else None
            whole = [both for both, pair in self._joined.items() if word in pair]
            self._meant[word] = list(dict.fromkeys([*near, *([" ".join(halves)] if halves else []), *whole]))
        return self._meant[word]

    @cached_property
    def _joined(self) -> dict[str, tuple[str, str]]:
        """Known words that two neighbours give when they are written together."""
        pairs = {a + b: (a, b) for part in self._asked for a, b in zip(part.words, part.words[1:], strict=False)}
        known = vocabulary.songs_of(self._database, pairs) if pairs else {}
        return {both: pair for both, pair in pairs.items() if both in known}
