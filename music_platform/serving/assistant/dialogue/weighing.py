"""The cost of readings whose names the catalogue knows as they are.

A cost is about the number of words that a reading leaves unexplained; names that are known together, and lists that are
there, make it cheaper.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Protocol

from rapidfuzz.fuzz import ratio

from music_platform.features.text import artist_key, normalise, title_key
from music_platform.serving.assistant.dialogue.clauses import Reading
from music_platform.serving.assistant.dialogue.phrases import Phrases
from music_platform.serving.catalogue.keys import entry, plain, together
from music_platform.serving.catalogue.ranking import ArtistHit, Hit, Song

CHOICES = 5
"""Songs to choose from at most."""
TAKEN = 0.85
"""Cost up to which a reading is taken without asking."""
_POPULAR = 15.0
"""A song is taken without asking if its popularity (0-100) is this much above all others with its title."""
_SAME_ARTIST = 0.8
_ALIKE = 0.85
"""Similarity from which on two names of lists are one."""
TOGETHER = -0.3
"""Cost of a title and an artist that the catalogue has together."""
_MISFIT = 1.5
"""Cost of a title and an artist that it has, but not together."""
_ARTIST_ALONE = 0.2
"""Cost of an artist without a title."""
_LISTS = {
    "current": -0.05,
    "there": -0.15,
    "there, called": -0.2,
    "alike": 0.25,
    "new, called": 0.2,
    "new, towards": 0.55,
    "new, within": 1.1,
}
"""Costs of lists: the current one, one that is there (its name alike, or beside the word "list"), and new ones."""
VERSION_WORDS = frozenset(
    """
    4k acoustic audio bonus clean clip clipe deluxe edit explicit feat featuring ft hd hq live lyric lyrics mono
    mv official oficial radio remaster remastered remasterizado stereo track versao version video visualizer vivo
    with
    """.split()  # noqa: SIM905
)
"""Words of a title that name a version of it; numbers are others."""
_VERSION_WORD = 0.1
_SPACES = 0.02
"""Costs of a word that names a version, and of a title that is written with other spaces."""


class Catalogue(Protocol):
    """The searches that grounding needs of a catalogue; `serving.catalogue.search.CatalogueSearch` has them."""

    def exact(self, title: str, artist: str = "") -> list[Song]:
        """Songs of exactly this title, of an artist if one is named, after normalisation; most popular first."""

    def find(self, title: str = "", artist: str = "", limit: int = 10) -> list[Hit]:
        """Songs by title, artist or both, typos or not; best first."""

    def search(self, query: str, limit: int = 10) -> list[Hit]:
        """Songs by words of title, artist and album in any order; best first."""

    def known(self, titles: Iterable[str], artists: Iterable[str]) -> tuple[set[str], set[str]]:
        """Those of the titles, and of the artists, that may be in the catalogue; all are normalised."""

    def artist(self, name: str) -> str | None:
        """The artist of exactly this name, after normalisation."""

    def artists(self, name: str, limit: int = 5) -> list[ArtistHit]:
        """Artists by name, typos or not; best first."""

    def versions(self, track_id: str) -> list[Song]:
        """All recordings of a song."""


@dataclass
class Grounded:
    """The meaning of a clause's words: one song, several to choose from, songs of an artist, or unknown."""

    songs: list[Song] = field(default_factory=list)
    playlist: str | None = None
    how: str = "unknown"
    """`song`: the first is meant; `several`: all have the title; `close`: none; `artist`: only the artist is known."""
    artist: str = ""
    title: str = ""
    score: float = 0.0
    """The similarity of the song to the words, where they are not its names."""
    cost: float = 9.0
    margin: float = 9.0
    """What the next reading with another meaning costs more."""
    rivals: list["Grounded"] = field(default_factory=list)
    """The readings that cost hardly more."""

    @property
    def makes_list(self) -> bool:
        """Whether all is known but the list, a new one."""
        return self.how == "song" and bool(self.playlist) and self.cost > TAKEN

    @property
    def meaning(self) -> tuple[str, str, str | None, str]:
        """Two readings with an equal meaning do the same."""
        song = self.songs[0] if self.songs else None
        key = (title_key(song.title), artist_key(song.artist)) if song and self.how == "song" else (self.title, "")
        return *key, self.playlist or None, self.how


class Weigher:
    """Weighs the readings of one request by a catalogue and the names of the lists that there are."""

    def __init__(self, catalogue: Catalogue, lists: Collection[str], phrases: Phrases) -> None:
        self.catalogue = catalogue
        self._framing = phrases.known
        self._lists = [normalise(name) for name in lists if name]
        self._artist = cache(catalogue.artist)

    def best(self, every: Sequence[Reading]) -> list[Grounded]:
        """The meanings of the readings whose names are known as they are, the cheapest first, each once."""
        found: dict[tuple[str, str, str | None, str], Grounded] = {}
        titles = {reading.title: {plain(reading.title), title_key(reading.title)} for reading in every}
        alone = {reading.title: plain(reading.title) for reading in every if not reading.artist}
        known, artists = self.catalogue.known(set().union(*titles.values()), alone.values())
        for reading in every:
            if not known & titles[reading.title] and alone.get(reading.title) not in artists:
                continue
            for one in self._known(reading):
                if one.meaning not in found or one.cost < found[one.meaning].cost:
                    found[one.meaning] = one
        return sorted(found.values(), key=lambda one: one.cost)

    def base(self, reading: Reading) -> float:
        """The cost of a reading without its title and artist."""
        return reading.left + self._listed(reading)

    def _listed(self, reading: Reading) -> float:
        if not reading.playlist:
            return 0.0 if reading.playlist is None else _LISTS["current"]
        name, called = normalise(reading.playlist), reading.how == "called"
        if name in self._lists:
            return _LISTS["there, called" if called else "there"]
        if any(ratio(name, other) / 100 >= _ALIKE for other in self._lists):
            return _LISTS["alike"]
        strange = any(word not in self._framing for word in name.split())
        return _LISTS["new, called" if called else f"new, {reading.how or 'within'}"] + (0.0 if strange else 1.0)

    def _known(self, reading: Reading) -> Iterator[Grounded]:
        base = self.base(reading)
        songs = self.catalogue.exact(reading.title)
        if reading.artist:
            yield from self._of_both(reading, songs, base)
            return
        artist = self._artist(reading.title)
        if artist and songs and len(reading.title.split()) <= len(artist.split()) + 1:
            found = [*songs[:2], *songs_of(artist, self.catalogue)]
            unique = list({song.track_id: song for song in found}.values())[:CHOICES]
            yield Grounded(unique, reading.playlist, "several", artist, reading.title, cost=base)
        elif artist:
            yield replace(of_artist(artist, reading, self.catalogue), cost=base + _ARTIST_ALONE)
        elif songs:
            costs = [_title_cost(reading.title, song) for song in songs]
            least = min(costs)
            yield _titled([s for s, c in zip(songs, costs, strict=True) if c == least], reading, base + least)

    def _of_both(self, reading: Reading, songs: Sequence[Song], base: float) -> Iterator[Grounded]:
        if not songs:
            return
        both = self.catalogue.exact(reading.title, reading.artist)
        if costs := [_title_cost(reading.title, s) + _artist_cost(reading.artist, s) for s in both]:
            best = min(costs)
            found = [song for song, cost in zip(both, costs, strict=True) if cost == best]
            yield _titled(found, reading, base + best + TOGETHER)
            return
        asked = normalise(reading.artist)
        alike, song = max(
            ((ratio(asked, normalise(song.artist)) / 100, song) for song in songs), key=lambda pair: pair[0]
        )
        typed = 1.5 * len(asked.split()) * (1 - alike)
        if alike >= _SAME_ARTIST:
            yield _titled([song], reading, base + _title_cost(reading.title, song) + typed + 0.1)
        elif artist := self._artist(reading.artist):
            found = [*songs[:2], *songs_of(artist, self.catalogue)][:CHOICES]
            yield Grounded(found, reading.playlist, "artist", artist, reading.title, cost=base + _MISFIT)
        else:
            cost = base + _title_cost(reading.title, songs[0]) + len(asked.split())
            yield Grounded(list(songs[:CHOICES]), reading.playlist, "close", reading.artist, reading.title, cost=cost)


def _title_cost(title: str, song: Song) -> float:
    """About the number of words of a title, as it was typed, that a song's title has not."""
    typed = plain(title)
    known = entry(song.title, song.artist)
    if typed in (known.words, known.base):
        return 0.0
    if typed.replace(" ", "") in (known.words.replace(" ", ""), known.base.replace(" ", "")):
        return _SPACES
    held = f"{known.words} {' '.join(known.names)}".split()
    missing = [word for word in typed.split() if word not in held]
    return sum(_VERSION_WORD if word in VERSION_WORDS or word.isdigit() else 1.0 for word in missing)


def _artist_cost(artist: str, song: Song) -> float:
    """The number of words of an artist, as typed, that the credits of a song have not."""
    names = entry(song.title, song.artist).names
    if together(artist) in names:
        return 0.0
    held = " ".join(names).split()
    return float(sum(word not in held for word in together(artist).split())) or 0.1


def _titled(songs: Sequence[Song], reading: Reading, cost: float) -> Grounded:
    """One song of a title where the artist is named, or where no other is nearly as popular; else all of them."""
    first, *others = songs
    second = max(map(_popularity, others), default=-_POPULAR)
    sure = not others or bool(reading.artist) or _popularity(first) - second >= _POPULAR
    how = "song" if sure else "several"
    return Grounded([first, *others[: CHOICES - 1]], reading.playlist, how, reading.artist, reading.title, cost=cost)


def _popularity(song: Song) -> float:
    return -1.0 if song.popularity is None else song.popularity


def songs_of(artist: str, catalogue: Catalogue) -> list[Song]:
    """The most popular songs of an artist."""
    return [hit.song for hit in catalogue.find("", artist, CHOICES) if hit.score >= _SAME_ARTIST]


def of_artist(artist: str, reading: Reading, catalogue: Catalogue) -> Grounded:
    """The songs of an artist, to choose from."""
    return Grounded(songs_of(artist, catalogue), reading.playlist, "artist", artist)
