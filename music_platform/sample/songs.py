"""Invents the artists and songs behind the local lyric sites.

A song's lines mix everyday words, words of its genres and, so that no model reads the genre off a list,
words of other genres; every artist leans on a few everyday words of their own.
"""

from dataclasses import dataclass
from functools import cache
from itertools import chain, zip_longest

import numpy as np

from music_platform.sample.vocabulary import LANGUAGES, chance, fill, pick, shuffled, slug, vocabulary, words

GENRES = {
    "pt": ("sertanejo", "rap", "gospel", "funk", "samba", "pagode", "forro", "mpb", "rock"),
    "en": ("pop", "rock", "country", "rap", "heavy-metal", "r-b"),
    "es": ("pop", "reggaeton", "rock"),
}
SECOND = {
    "sertanejo": ("forro",),
    "rap": ("funk", "r-b", "reggaeton", "pop"),
    "gospel": ("sertanejo", "mpb"),
    "funk": ("rap", "pagode"),
    "samba": ("pagode", "mpb"),
    "pagode": ("samba", "funk"),
    "forro": ("sertanejo", "mpb"),
    "mpb": ("samba", "rock"),
    "rock": ("heavy-metal", "pop", "mpb", "country"),
    "pop": ("rock", "r-b", "reggaeton"),
    "country": ("rock", "pop"),
    "heavy-metal": ("rock",),
    "r-b": ("pop", "rap"),
    "reggaeton": ("pop",),
}
"""Genre -> the genres that an artist of it may have besides."""

ODD_GENRES = ("tecnolambada", "guitarrada-espacial")
"""Names that no alias table knows, each on few artists."""

SEVERAL = {"pt": 0.14, "en": 0.6, "es": 0.5}
"""Share of a language's artists with several genres."""

ARTISTS = {"pt": 29, "en": 22, "es": 24}
"""Artists per first genre of a language, whatever the size: fewer would be too few to learn from."""

OWN = (0.27, 0.37)
"""Share of a song's open words that come from its genres, if it has one, and if it has several."""

FOREIGN = 0.12
"""Share of a song's open words that come from any genre of its language."""


@dataclass(frozen=True)
class Artist:
    """An invented artist: `genres` are canonical, the main one first; `sites` are those that list the artist."""

    name: str
    language: str
    genres: tuple[str, ...]
    sites: tuple[str, ...]

    @property
    def slug(self) -> str:
        """The artist's name in addresses, the same on both sites."""
        return slug(self.name)


@dataclass(frozen=True)
class Song:
    """An invented song: `stanzas` of lines, without noise."""

    artist: Artist
    title: str
    album: str
    year: int
    stanzas: tuple[tuple[str, ...], ...]

    @property
    def genres(self) -> tuple[str, ...]:
        """Canonical genres: those of the artist."""
        return self.artist.genres

    @property
    def language(self) -> str:
        """`pt`, `en` or `es`."""
        return self.artist.language


def active_genres(language: str, size: float) -> tuple[str, ...]:
    """The genres a language has at a size: all at 1, the first few below."""
    genres = GENRES[language]
    return genres[: max(2, min(len(genres), round(len(genres) * size)))]


@cache
def names(language: str) -> tuple[str, ...]:
    """Invented names of people and bands of a language, about 700, no two with the same slug."""
    given, family = words("names", "given", language), words("names", "family", language)
    people = shuffled([f"{a} {b}" for a in given for b in family], "people", language)
    bands = [
        fill(chance("band", pattern, name), pattern, (name, *given[:9]))
        for pattern in vocabulary("names")["bands"][language]
        for name in family
    ]
    mixed = chain.from_iterable(zip_longest(people, shuffled(bands, "bands", language)))
    return tuple({slug(name): name for name in mixed if name}.values())


def _artist(name: str, language: str, main: str, active: tuple[str, ...]) -> Artist:
    rng = chance("artist", language, name)
    second = [genre for genre in SECOND[main] if genre in active]
    several = bool(second) and rng.random() < SEVERAL[language]
    genres = (main, pick(rng, second)) if several else (main,)
    where = rng.random()
    if several:
        sites: tuple[str, ...] = ("letras", "vagalume") if where < 0.4 else ("vagalume",)
    else:
        sites = ("letras", "vagalume") if where < 0.42 else ("letras",) if where < 0.85 else ("vagalume",)
    return Artist(name, language, genres, sites)


@cache
def artists(size: float = 1.0) -> tuple[Artist, ...]:
    """The artists at a size, the odd genres' last."""
    found = []
    for language in LANGUAGES:
        active = active_genres(language, size)
        mains = [genre for genre in active for _ in range(ARTISTS[language])]
        known = names(language)
        found += [_artist(name, language, main, active) for name, main in zip(known, mains, strict=False)]
        if language == "pt":
            odd = [(genre, i) for genre in ODD_GENRES for i in range(3)]
            found += [
                Artist(name, "pt", (genre,), ("letras", "vagalume")[i % 2 :])
                for name, (genre, i) in zip(known[len(mains) :], odd, strict=False)
            ]
    return tuple(found)


def title(rng: np.random.Generator, language: str) -> str:
    """An invented song title in a language."""
    return fill(rng, pick(rng, vocabulary(language)["titles"]), [w.capitalize() for w in words(language, "shared")])


def _line(rng: np.random.Generator, artist: Artist, leaning: list[str]) -> str:
    language = artist.language
    sources = vocabulary(language)["genres"]
    own = [genre for genre in artist.genres if genre in sources]
    share = OWN[len(own) > 1] if own else 0.0
    pattern = pick(rng, vocabulary(language)["lines"])
    chosen = []
    for _ in range(pattern.count("{}")):
        draw = rng.random()
        if draw < share:
            chosen.append(pick(rng, words(language, "genres", pick(rng, own))))
        elif draw < share + FOREIGN:
            chosen.append(pick(rng, words(language, "genres", pick(rng, tuple(sources)))))
        else:
            chosen.append(pick(rng, leaning if draw > 0.6 else words(language, "shared")))
    return str(pattern.format(*chosen))


def _songs_of(artist: Artist, count: int) -> list[Song]:
    rng = chance("songs", artist.slug)
    leaning = [pick(rng, words(artist.language, "shared")) for _ in range(12)]
    found: dict[str, Song] = {}
    while len(found) < count:
        name = title(rng, artist.language)
        if rng.random() < 0.06:
            name += f" (part. {pick(rng, words('names', 'given', artist.language))})"
        chorus = tuple(_line(rng, artist, leaning) for _ in range(int(rng.integers(3, 5))))
        verses = [
            tuple(_line(rng, artist, leaning) for _ in range(int(rng.integers(3, 5))))
            for _ in range(int(rng.integers(1, 4)))
        ]
        stanzas = tuple(stanza for verse in verses for stanza in (verse, chorus))
        album, year = title(rng, artist.language), int(rng.integers(1978, 2026))
        found[slug(name)] = Song(artist, name, album, year, stanzas)
    return list(found.values())


@cache
def songs(size: float = 1.0) -> tuple[Song, ...]:
    """All invented songs at a size, artist by artist: over 900 at 1, some 200 at 0.05.

    Args:
        size: 1 gives every genre; below it there are fewer genres, each with equally many artists.
    """
    most = 4 if size >= 0.5 else 2
    found = []
    for artist in artists(size):
        count = int(chance("count", artist.slug).integers(2 if most == 4 else 1, most + 1))
        found += _songs_of(artist, count)
    return tuple(found)
