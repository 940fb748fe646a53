"""The similarity of songs to a query, and the order of the songs found. Pure functions: no file is read here."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from rapidfuzz.fuzz import ratio, token_sort_ratio

from music_platform.features.text import artist_key, title_key
from music_platform.serving.catalogue.keys import SMALL, credited, plain, together, without_small

MATCHES = ("exact", "prefix", "corrected", "fuzzy")
"""Best first: title and artist as in the query; by words or their beginnings; by corrected words; by some words."""
_FITS = 0.6
_KEPT = 0.45
"""Similarities: from the first on a song fits the query, and below the second it is left out of the answer."""
_TITLE = 0.6
"""Weight of the title where the query names an artist too."""
_OTHER_VERSION = 0.95
_ARTIST_ALONE = 0.9
_ALBUM = 0.8
"""Weights in free text: of the similarity to another version, to the artist alone, and to the album."""


@dataclass(frozen=True, slots=True)
class Song:
    """A recording of the catalogue."""

    track_id: str
    title: str
    artist: str
    album: str | None
    year: int | None
    popularity: float | None
    duration_ms: int | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A song that was found: `score` is 1 if title and artist are both as in the query, after normalisation."""

    song: Song
    score: float
    match: str


@dataclass(frozen=True, slots=True)
class ArtistHit:
    """An artist that was found, with the numbers of different songs and albums in the catalogue."""

    name: str
    songs: int
    albums: int
    score: float
    match: str


@dataclass(slots=True)
class Found:
    """A row of the file, with the parts of its `keys.Entry`, and how well it fits the query."""

    row: tuple[Any, ...]
    match: str
    words: str
    base: str
    names: tuple[str, ...]
    popularity: float
    score: float = 0.0
    title: float = 0.0
    fits: bool = False

    @classmethod
    def of(cls, row: tuple[Any, ...], match: str) -> "Found":
        """From a row with id, the columns of `Song`, and words, base and names as the file stores them."""
        words = row[8] or row[2].lower()
        names = tuple(row[10].split("|")) if row[10] else (row[3].lower(),)
        return cls(row, match, words, row[9] or words, names, -1.0 if row[6] is None else row[6])

    @property
    def song(self) -> Song:
        """The song."""
        return Song(*self.row[1:8])


Judge = Callable[[Found], None]


def alike(asked: str, name: str) -> float:
    """Similarity of two normalised texts, 0-1; texts that differ in spaces alone are equal."""
    score = ratio(asked, name) / 100
    return 1.0 if 0.8 < score < 1 and asked.replace(" ", "") == name.replace(" ", "") else score


def by_title(title: str) -> Callable[[Found], float]:
    """Similarity of titles: to the version that the query names, else to any version."""
    full, base = plain(title) or title, title_key(title)
    other = 1.0 if full == base else _OTHER_VERSION

    def similarity(found: Found) -> float:
        best = max(alike(full, found.words), other * alike(base, found.base))
        return best if found.words == found.base else max(best, alike(full, found.base))

    return similarity


def by_artist(artist: str) -> Callable[[Found], float]:
    """Similarity of artists: to one that is credited, or the mean over all artists of the query."""
    whole, parts = together(artist), [artist_key(part) for part in credited("", artist)]

    def similarity(found: Found) -> float:
        best = max(alike(whole, name) for name in found.names)
        if best == 1 or len(parts) < 2:
            return best
        return max(best, sum(max(alike(part, name) for name in found.names) for part in parts) / len(parts))

    return similarity


def judge(title: str, artist: str) -> Judge:
    """A judge by title, artist or both, whichever the query names."""
    of_title, of_artist = by_title(title), by_artist(artist)
    titles, artists = set(title_key(title).split()), set(together(artist).split())

    def judged(found: Found) -> None:
        right, by_right = of_title(found) if title else 0.0, of_artist(found) if artist else 0.0
        weight = _TITLE if title and artist else float(bool(title))
        covered = _covered(titles, found.words) and _covered(artists, " ".join(found.names))
        _judged(found, weight * right + (1 - weight) * by_right, right, covered=covered)

    return judged


def judge_text(text: str) -> Judge:
    """A judge by free text: a title, an artist, both in any order, an album beside them or alone."""
    asked, of_title, of_artist = plain(text), by_title(text), by_artist(text)
    words, small = set(asked.split()) - SMALL, without_small(asked)

    def judged(found: Found) -> None:
        titles = of_title(found)
        artists = of_artist(found)
        both = max(_both(asked, small, title, found.names) for title in {found.words, found.base})
        title, alone = max(titles, both), _ARTIST_ALONE * artists
        score = max(title, alone)
        named = f"{found.words} {' '.join(found.names)}"
        covered = _covered(words, named)
        if not covered and score < _ALBUM and (album := plain(found.row[4] or "")):
            on = token_sort_ratio(asked, f"{found.words} {found.names[0]} {album}") / 100
            score = max(score, _ALBUM * max(alike(asked, album), on))
            # An album's name alone may as well be a song's with a slip.
            covered = _covered(words, f"{named} {album}") and not _covered(words, album)
        # All songs of the artist fit alike, so the popular ones come first.
        _judged(found, score, title if title >= alone else 0.0, covered=covered)
        if artists == 1:
            found.match = "exact"

    return judged


def _both(asked: str, small: str, title: str, names: Collection[str]) -> float:
    best = 0.0
    for name in names:
        for text, of in ((asked, title), (small, title)) if small != asked else ((asked, title),):
            best = max(best, ratio(text, f"{of} {name}"), ratio(text, f"{name} {of}"))
            best = max(best, token_sort_ratio(text, f"{of} {name}"))
    if small != asked:
        bare = without_small(title)
        best = max(best, *(token_sort_ratio(small, f"{bare} {name}") for name in names))
    return best / 100


def _covered(words: set[str], text: str) -> bool:
    """Whether every word is a word of the text, or the beginning of one."""
    held = text.split()
    return all(word in held or any(other.startswith(word) for other in held) for word in words)


def _judged(found: Found, score: float, title: float, *, covered: bool) -> None:
    found.score, found.title = score, title
    as_typed = found.match in ("exact", "prefix")
    found.fits = (covered and as_typed) or score >= _FITS
    if score == 1:
        found.match = "exact"
    elif as_typed:
        found.match = "prefix" if covered else "fuzzy"


def collapsed(rows: Iterable[Found]) -> list[Found]:
    """One version per song: the one of the query, else the plain one, else the most popular one."""
    best: dict[tuple[str, str], Found] = {}
    popular: dict[tuple[str, str], float] = {}
    for found in rows:
        song = found.base, found.names[0]
        popular[song] = max(popular.get(song, -1.0), found.popularity)
        if song not in best or _better(found) < _better(best[song]):
            best[song] = found
    for song, found in best.items():
        found.popularity = popular[song]
    return list(best.values())


def _better(found: Found) -> tuple[Any, ...]:
    return -found.score, found.words != found.base, -found.popularity, found.row[0]


def ranked(songs: Iterable[Found]) -> list[Found]:
    """Songs best first, without those of too little similarity."""
    kept = [found for found in songs if found.fits or found.score >= _KEPT]
    return sorted(kept, key=_order)


def _order(found: Found) -> tuple[Any, ...]:
    rank = MATCHES.index(found.match)
    return not found.fits, rank, -round(found.score, 2), -round(found.title, 2), -found.popularity, found.row[0]


def artists(name: str, songs: Iterable[Found]) -> list[ArtistHit]:
    """The artists of songs by similarity to a name, written as the songs write them; their numbers of songs are 0."""
    asked, hits = together(name), dict[str, ArtistHit]()
    for found in songs:
        for written in [found.song.artist, *credited(found.song.title, found.song.artist)]:
            if (called := together(written)) not in hits:
                score = alike(asked, called)
                match = "exact" if score == 1 else "prefix" if found.match == "exact" else found.match
                hits[called] = ArtistHit(written, 0, 0, round(score, 4), match)
    kept = [hit for hit in hits.values() if hit.score >= _KEPT]
    return sorted(kept, key=lambda hit: (-hit.score, MATCHES.index(hit.match)))
