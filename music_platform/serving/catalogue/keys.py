"""The words, names and keys that a song is found by: the build of the catalogue and its search share them.

Pure functions on text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from music_platform.features.text import artist_key, artists_of, normalise, title_key

LONGEST = 32
"""Letters of a word at most: a longer word is cut, in the file and in a query alike."""
_SPELLED = range(2, 25)
"""Lengths of the words that have slips, so that spelling can be corrected to them."""
_GUESTS = re.compile(r"[\s(\[]+(?:feat\.?|ft\.?|featuring|part\.|participação)\s+([^()\[\]]+)", re.I)
_BETWEEN = re.compile(r"\s*;\s*|,\s+(?!the\b|jr\b)", re.I)
SMALL = {"and", "e", "y", "the"}
_LAST = re.compile(r"\s+(?:&|and|e|y)\s+", re.I)


@dataclass(frozen=True, slots=True)
class Entry:
    """The normalised words and names that one song is found by.

    `words` is the title with its version, `base` without it; `names` are all credited artists, the first one first,
    and last the artists as one name; `artists` is all that is said about artists, as one text.
    """

    words: str
    base: str
    names: tuple[str, ...]
    artists: str

    @property
    def keys(self) -> list[str]:
        """One word per title and artist: a query for exactly that title or artist finds it, whatever its spaces."""
        titles = {self.base: None, self.words: None}
        return [*(key("t", title) for title in titles if title), *(key("a", name) for name in self.names)]


@lru_cache(4_096)
def entry(title: str, artist: str) -> Entry:
    """The words and names that a song is found by."""
    guests = _guests(title)
    whole = " ".join([artist, *guests])
    names = dict.fromkeys([artist_key(artist), *map(artist_key, credited(title, artist)), together(artist)])
    return Entry(plain(title) or title.strip(), title_key(title), tuple(names), plain(whole))


def credited(title: str, artist: str) -> list[str]:
    """The artists of a song as it writes them, guests included, and the guests in its title."""
    return [*artists_of(artist), *_guests(artist), *_guests(title)]


def _guests(title: str) -> list[str]:
    return _each(_GUESTS.findall(title))


def _each(guests: list[str]) -> list[str]:
    """The names in lists of guests, where `X & Y` are two names."""
    return [name.strip() for guest in guests for part in _BETWEEN.split(guest) for name in _LAST.split(part)]


@lru_cache(4_096)
def together(artist: str) -> str:
    """Artists as one name, normalised, without the words that `artist_key` leaves out too."""
    return without_small(plain(artist)) or artist.strip()


def without_small(text: str) -> str:
    """A normalised text without "and", "e", "y", "the", if anything else is in it."""
    return " ".join(word for word in text.split() if word not in SMALL) or text


@lru_cache(16_384)
def plain(text: str) -> str:
    """A text normalised, with words of at most `LONGEST` letters."""
    normal = normalise(text)
    return " ".join(word[:LONGEST] for word in normal.split()) if len(normal) > LONGEST else normal


def key(kind: str, text: str) -> str:
    """A word that stands for a whole title (`t`) or artist (`a`), normalised, whatever its spaces."""
    return f"{kind}{crc32(text.replace(' ', '').encode('utf-8', 'surrogatepass')):08x}"


def slips(word: str) -> Iterator[int]:
    """Numbers of a word, and of the word without each one of its letters.

    Two words that differ by one slip of the fingers (a letter too many, too few, another one, two swapped) share a
    number: SymSpell's symmetric deletes (Garbe, 2012).
    """
    if len(word) in _SPELLED:
        for rest in {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}:
            yield crc32(rest.encode())
