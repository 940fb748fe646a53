"""The queries of the catalogue's index for the words that a person typed, each turn less exact than the one before.

A question is a query of SQLite's FTS5. It holds words and keys of letters and digits only, and never a text as a person
typed it. `ranking` ranks the songs that a question finds.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise

from music_platform.serving.catalogue import words as vocabulary
from music_platform.serving.catalogue.keys import entry, key

_MAX_WORDS = 12
"""Words of a query that the index is asked for; similarity is computed on all of them."""
_RAREST = 4
"""Words of a question: the rarest ones, since common words take long and narrow down little."""
_VARIANTS = 12
"""Corrections of one word at most."""
_OPEN = 3
"""Letters from which on a word may be the beginning of another."""
_Group = Mapping[str, int]
"""Words that may replace a typed one, each with the number of songs that have it."""


def keys(kind: str, *texts: str) -> str:
    """The question for songs with one of these titles (`t`) or artists (`a`), exactly."""
    return f"keys : ({' OR '.join(key(kind, text) for text in texts)})"


def by(artist: str) -> str:
    """The question for all songs of an artist, or of several that are named together."""
    return keys("a", *entry("", artist).names)


@dataclass(frozen=True)
class Asked:
    """Words to find in some of the columns `title`, `artist` and `album`."""

    columns: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, columns: str, text: str) -> "Asked":
        """The words of a normalised text."""
        return cls(columns, tuple(dict.fromkeys(text.split()))[:_MAX_WORDS])

    def question(self, groups: Mapping[str, _Group]) -> str:
        """The question for songs with one word of the group of each word; empty without any group."""
        either = ["(" + " OR ".join(map(_quoted, groups[word])) + ")" for word in self.words if word in groups]
        return f"({{{self.columns}}} : ({' AND '.join(either)}))" if either else ""


def _quoted(words: str) -> str:
    return "(" + " AND ".join(f'"{word}"' for word in words.split()) + ")"


class Questions:
    """The questions of one query, each made only when it is needed."""

    def __init__(self, database: sqlite3.Connection, asked: Sequence[Asked]) -> None:
        self._database = database
        self._asked = asked
        self._words = list(dict.fromkeys(word for part in asked for word in part.words))
        self._variants: dict[str, _Group] = {}

    @cached_property
    def _known(self) -> dict[str, int]:
        return vocabulary.songs_of(self._database, self._words)

    def as_typed(self) -> Iterator[str]:
        """Songs with all words."""
        if self._words and len(self._known) == len(self._words):
            yield self._question({word: {word: songs} for word, songs in self._known.items()})

    def begun(self) -> Iterator[str]:
        """Songs with all words. The last word, and words that no song has, may be beginnings of longer ones."""
        groups = {word: {word: self._known[word]} if word in self._known else {} for word in self._words}
        for word in [*self._words[-1:], *(word for word in self._words[:-1] if word not in self._known)]:
            if len(word) >= _OPEN:
                groups[word] = vocabulary.beginning(self._database, word, _VARIANTS)
        if groups and all(groups.values()):
            yield self._question(groups)

    def meant(self) -> Iterator[str]:
        """Songs with corrected words: first with the words that no song has corrected, then with all words."""
        unknown = [word for word in self._words if word not in self._known]
        if unknown and all(map(self._meant, unknown)):
            known = {word: {word: songs} for word, songs in self._known.items()}
            yield self._question(known | {word: self._meant(word) for word in unknown})
        if self._known and all(map(self._meant, self._words)):
            yield self._question({word: self._meant(word) for word in self._words})

    def some(self) -> Iterator[str]:
        """Songs with most of the words, corrected, then with two of them."""
        groups = {word: self._meant(word) for word in self._words if self._meant(word)}
        rare = sorted(groups, key=lambda word: sum(groups[word].values()))[: _RAREST + 1]
        if groups and len(groups) < len(self._words):
            yield self._question(groups)
        for fewer in {max(len(rare) - 1, 1), 2}:
            for chosen in combinations(rare, fewer) if fewer < len(rare) else ():
                yield self._question({word: groups[word] for word in chosen})

    def _question(self, groups: Mapping[str, _Group]) -> str:
        rare = sorted(groups, key=lambda word: sum(groups[word].values()))[:_RAREST]
        parts = (part.question({word: groups[word] for word in rare}) for part in self._asked)
        return " AND ".join(filter(None, parts))

    def _meant(self, word: str) -> _Group:
        """The words that a person may have meant: similar ones, two typed as one, one typed as two."""
        if word not in self._variants:
            found = dict(vocabulary.near(self._database, word, _VARIANTS))
            found = found or vocabulary.alike(self._database, word, _VARIANTS)
            if word not in self._known:
                found |= vocabulary.halves(self._database, word)
            found |= {both: songs for both, songs in self._joined.items() if word in self._pairs[both]}
            self._variants[word] = found
        return self._variants[word]

    @cached_property
    def _pairs(self) -> dict[str, tuple[str, str]]:
        return {"".join(pair): pair for part in self._asked for pair in pairwise(part.words)}

    @cached_property
    def _joined(self) -> dict[str, int]:
        return vocabulary.songs_of(self._database, self._pairs)
