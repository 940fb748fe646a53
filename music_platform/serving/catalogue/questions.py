"""What is asked of the catalogue's index for words as a person typed them, in turns that grow bolder.

A question is a query of SQLite's FTS5. It holds words and keys only, of letters and digits: no text goes into one as it
is. What comes back is ranked elsewhere.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise

from music_platform.serving.catalogue import words as vocabulary
from music_platform.serving.catalogue.keys import entry, key

_MAX_WORDS = 12
"""Words of a query that are read; its similarity is of all."""
_RAREST = 4
"""Words of a question, the ones that the fewest songs hold: common ones cost much and tell little."""
_VARIANTS = 12
"""Words that one word may have been meant as."""
_OPEN = 3
"""Letters of a beginning."""
_Group = Mapping[str, int]
"""Words that may stand for one that was typed, each with the number of songs that hold it."""


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

    def question(self, groups: Mapping[str, _Group]) -> str:
        """The question for songs with one word of each group of a word of these; empty without any."""
        either = ["(" + " OR ".join(map(_quoted, groups[word])) + ")" for word in self.words if word in groups]
        return f"({{{self.columns}}} : ({' AND '.join(either)}))" if either else ""


def _quoted(words: str) -> str:
    return "(" + " AND ".join(f'"{word}"' for word in words.split()) + ")"


class Questions:
    """The questions of one query, made when they are asked for."""

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
        """Songs with all words, of which the last one, and those that nobody knows, may go on."""
        groups = {word: {word: self._known[word]} if word in self._known else {} for word in self._words}
        for word in [*self._words[-1:], *(word for word in self._words[:-1] if word not in self._known)]:
            if len(word) >= _OPEN:
                groups[word] = vocabulary.beginning(self._database, word, _VARIANTS)
        if groups and all(groups.values()):
            yield self._question(groups)

    def meant(self) -> Iterator[str]:
        """Songs with words as they may have been meant: first those that nobody knows, then all."""
        unknown = [word for word in self._words if word not in self._known]
        if unknown and all(map(self._meant, unknown)):
            known = {word: {word: songs} for word, songs in self._known.items()}
            yield self._question(known | {word: self._meant(word) for word in unknown})
        if self._known and all(map(self._meant, self._words)):
            yield self._question({word: self._meant(word) for word in self._words})

    def some(self) -> Iterator[str]:
        """Songs with most of the words, as they may have been meant, then with two of them."""
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
        """What a word may have been meant as: one that looks like it, two written as one, one written as two."""
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
