"""From words to songs of the catalogue: every way to read them is tried, and the longest known one is taken.

Words that the catalogue does not know are corrected, or the assistant asks about them. Lists are not read here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from rapidfuzz.fuzz import ratio

from music_platform.features.text import normalise
from music_platform.serving.assistant.dialogue.clauses import Clause
from music_platform.serving.assistant.dialogue.phrases import Phrases, fold, trimmed, words
from music_platform.serving.catalogue.ranking import ArtistHit, Hit, Song

SURE = 0.82
"""Similarity from which on a song is taken without asking, although the words differ from its names."""
LIKELY = 0.6
"""Similarity from which on the assistant asks whether the song is meant."""
CHOICES = 5
"""Songs to choose from at most."""
_POPULAR = 15.0
"""A song is taken without asking if its popularity (0-100) is this much above all others with its title."""
_SAME_ARTIST = 0.8
_COVERED = 0.6
"""Share of the named words that a song has to account for."""
_PARTS = 6
_FUZZY = 4
"""Readings that are searched with typos in mind at most: each takes some milliseconds."""


class Catalogue(Protocol):
    """The searches that grounding needs of a catalogue; `serving.catalogue.search.CatalogueSearch` has them."""

    def exact(self, title: str, artist: str = "") -> list[Song]:
        """Songs of exactly this title, of an artist if one is named, after normalisation; most popular first."""

    def find(self, title: str = "", artist: str = "", limit: int = 10) -> list[Hit]:
        """Songs by title, artist or both, typos or not; best first."""

    def search(self, query: str, limit: int = 10) -> list[Hit]:
        """Songs by words of title, artist and album in any order; best first."""

    def artist(self, name: str) -> str | None:
        """The artist of exactly this name, after normalisation."""

    def artists(self, name: str, limit: int = 5) -> list[ArtistHit]:
        """Artists by name, typos or not; best first."""

    def versions(self, track_id: str) -> list[Song]:
        """All recordings of a song."""


@dataclass(frozen=True)
class Reading:
    """One way to read the words of a clause."""

    title: str
    artist: str = ""
    playlist: str | None = None
    """The list it names: "" the current one, None none."""

    @property
    def words(self) -> int:
        """The number of words that it accounts for."""
        return len(f"{self.title} {self.artist}".split())


@dataclass
class Grounded:
    """The meaning of a clause's words: one song, several to choose from, songs of an artist, or unknown."""

    songs: list[Song] = field(default_factory=list)
    playlist: str | None = None
    how: str = "unknown"
    """`song`: the first is meant; `several`: all have the title; `close`: none; `artist`: only the artist is known."""
    artist: str = ""
    title: str = ""
    words: int = 0
    """Words that are accounted for by names that the catalogue knows as they are."""


def readings(clause: Clause, phrases: Phrases) -> list[Reading]:
    """All ways to read a clause, the slot tagger's first."""
    slots = clause.slots
    playlist = slots.get("playlist")
    named = playlist if playlist is None else phrases.playlist_name(playlist)
    found = []
    if "song" in slots:
        found.append(Reading(trimmed(slots["song"]), trimmed(slots.get("artist", "")), named))
        found.append(Reading(trimmed(slots["song"]), "", named))
    if clause.named:
        found += _readings(clause.named, phrases, to=clause.act == "add")
    if {"song", "artist"} <= slots.keys():
        found.append(Reading(trimmed(slots["artist"]), trimmed(slots["song"]), named))
    return list(dict.fromkeys(reading for reading in found if reading.title))


def _readings(named: str, phrases: Phrases, *, to: bool) -> Iterator[Reading]:
    starts = dict.fromkeys((named, named[phrases.noun(named, 0) :]))
    bare: list[tuple[str, str | None]] = [(text, None) for text in starts]
    for text, playlist in bare:
        if len(bare) < 12:
            tails = phrases.without_list(text, to=to)
            bare += [(trimmed(kept), name if name is not None else playlist) for kept, name in tails if trimmed(kept)]
    for text, playlist in dict.fromkeys(bare):
        yield Reading(text, "", playlist)
        for title, artist in phrases.by_splits(text):
            yield Reading(trimmed(title), trimmed(artist), playlist)
        if places := phrases.places(phrases.possessive, text):
            yield Reading(places["song"], places["artist"], playlist)


def ground(clause: Clause, phrases: Phrases, catalogue: Catalogue) -> list[Grounded]:
    """The songs that a clause names: one thing, or several that are joined by "and" or commas."""
    every = readings(clause, phrases)
    for reading in every:
        for patterns in (phrases.anything, phrases.everything):
            places = phrases.places(patterns, reading.title if not reading.artist else "")
            if places and (found := _artist(places["artist"], catalogue)):
                return [_of_artist(found.name, reading, catalogue)]
    whole, parts = exactly(clause, phrases, catalogue), _each(clause, phrases, catalogue)
    if _words(parts) > _words([whole] if whole else None):
        playlist = next((part.playlist for part in parts[::-1] if part.playlist is not None), None)
        return [replace(part, playlist=playlist) for part in parts]
    return [whole or _nearly(every, catalogue)]


def exactly(clause: Clause, phrases: Phrases, catalogue: Catalogue) -> Grounded | None:
    """The one thing that a clause names, if the catalogue knows it as it is: the reading with most words."""
    return _exactly(clause, readings(clause, phrases), catalogue)


def _each(clause: Clause, phrases: Phrases, catalogue: Catalogue) -> list[Grounded]:
    """The meanings of the parts; neighbours are joined where the catalogue knows the whole."""
    cuts = [(0, 0), *(found.span() for found in phrases.conjunction.finditer(fold(clause.named)))]
    if not 1 < len(cuts) <= _PARTS:
        return []
    ends = [*(start for start, _ in cuts[1:]), len(clause.named)]
    best: list[list[Grounded] | None] = [[], *[None] * len(cuts)]
    for last in range(len(cuts)):
        for first in range(last + 1):
            before = best[first]
            part = trimmed(clause.named[cuts[first][1] : ends[last]])
            if before is None or not part or last - first == len(cuts) - 1:
                continue
            known = exactly(Clause(part, clause.act, named=part), phrases, catalogue)
            if known and known.how != "artist" and _words([*before, known]) > _words(best[last + 1]):
                best[last + 1] = [*before, known]
    return best[-1] or []


def _words(parts: Sequence[Grounded] | None) -> int:
    return sum(part.words for part in parts or ())


def _exactly(clause: Clause, every: Sequence[Reading], catalogue: Catalogue) -> Grounded | None:
    best, most, least = None, (0.0, False, False), _least(clause, every)
    for reading in every:
        if reading.words <= least or reading.words < most[0]:
            continue
        found, is_exact = _known(reading, catalogue)
        # Of readings that account for as many words, names as they are come first, then those that leave a list over.
        if found and (rank := (found.words, is_exact, reading.playlist is not None)) > most:
            best, most = found, rank
    return best


def _known(reading: Reading, catalogue: Catalogue) -> tuple[Grounded | None, bool]:
    """The meaning of one reading, and whether its artist is named as the catalogue has it."""
    songs = catalogue.exact(reading.title)
    if reading.artist:
        if of_artist := songs and catalogue.exact(reading.title, reading.artist):
            return _titled(of_artist, reading), True
        alike = _by_artist_like(reading.artist, songs) if songs else []
        return (_titled(alike, reading), False) if alike else (None, False)
    if artist := catalogue.artist(reading.title):
        return (_of_both(artist, songs, reading, catalogue) if songs else _of_artist(artist, reading, catalogue)), True
    return (_titled(songs, reading), True) if songs else (None, False)


def _least(clause: Clause, every: Sequence[Reading]) -> float:
    """Words that a reading must account for: most of those named, without the list."""
    if not clause.named:
        return 0
    shortest = min((len(r.title.split()) for r in every if not r.artist and r.playlist is not None), default=0)
    return _COVERED * (shortest or len(clause.named.split())) - 1


def _by_artist_like(artist: str, songs: Sequence[Song]) -> list[Song]:
    asked = normalise(artist)
    alike = [(ratio(asked, normalise(song.artist)) / 100, song) for song in songs]
    best = max(score for score, _ in alike)
    return [song for score, song in alike if score == best >= _SAME_ARTIST]


def _titled(songs: Sequence[Song], reading: Reading) -> Grounded:
    """One song of a title where the artist is named, or where no other is nearly as popular; else all of them."""
    first, *others = songs
    second = max(map(_popularity, others), default=-_POPULAR)
    sure = not others or bool(reading.artist) or _popularity(first) - second >= _POPULAR
    how = "song" if sure else "several"
    # Of several artists, only those of the song are accounted for.
    credited = set(words(first.artist)) & set(words(reading.artist))
    known = len(reading.title.split()) + (len(credited) or len(reading.artist.split()))
    return Grounded([first, *others[: CHOICES - 1]], reading.playlist, how, reading.artist, reading.title, known)


def _popularity(song: Song) -> float:
    return -1.0 if song.popularity is None else song.popularity


def _artist(name: str, catalogue: Catalogue) -> ArtistHit | None:
    """The artist that a name means, typos or not."""
    return next((hit for hit in catalogue.artists(name, 1) if hit.score >= SURE), None)


def _songs_of(artist: str, catalogue: Catalogue) -> list[Song]:
    return [hit.song for hit in catalogue.find("", artist, CHOICES) if hit.score >= _SAME_ARTIST]


def _of_artist(artist: str, reading: Reading, catalogue: Catalogue) -> Grounded:
    songs = _songs_of(artist, catalogue)
    return Grounded(songs, reading.playlist, "artist", artist, words=reading.words)


def _of_both(artist: str, titled: Sequence[Song], reading: Reading, catalogue: Catalogue) -> Grounded:
    """A name that a song and an artist share: the songs of that title, then those of the artist."""
    songs = [*titled[:2], *_songs_of(artist, catalogue)]
    unique = list({song.track_id: song for song in songs}.values())
    return Grounded(unique[:CHOICES], reading.playlist, "several", artist, reading.title, reading.words)


def _nearly(every: Sequence[Reading], catalogue: Catalogue) -> Grounded:
    """The nearest known meaning of the words: a title, a title and an artist, or an artist."""
    best = Grounded(title=every[0].title if every else "", artist=every[0].artist if every else "")
    top = 0.0
    tried = sorted(every, key=lambda reading: (not reading.artist, reading.playlist is None))[:_FUZZY]
    for reading in tried:
        hits = catalogue.find(reading.title, reading.artist, CHOICES)
        if not reading.artist and reading.words > 2:
            hits = sorted([*hits, *catalogue.search(reading.title, CHOICES)], key=lambda hit: -hit.score)
        if hits and hits[0].score > top:
            top = hits[0].score
            songs = list({hit.song.track_id: hit.song for hit in hits if hit.score >= LIKELY}.values())
            how = "song" if top >= SURE else "close" if top >= LIKELY else "unknown"
            kept = songs[:CHOICES] if how != "unknown" else []
            best = Grounded(kept, reading.playlist, how, reading.artist, reading.title)
    if best.how != "song":
        for reading in every:
            artist = _artist(reading.artist or reading.title, catalogue)
            if artist and (artist.score > top or best.how == "unknown"):
                found = _of_artist(artist.name, reading, catalogue)
                found.title = reading.title if reading.artist else ""
                return found
    return best
