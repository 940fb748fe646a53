"""From words to songs of the catalogue: every way to read them is weighed, and the assistant takes the best or asks.

A reading is taken if it costs little and the next one, with another song or list, costs more by a margin. `weighing`
has the costs of names as they are; names that are typed with slips are looked for here.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from rapidfuzz.fuzz import ratio

from music_platform.serving.assistant.dialogue.clauses import Clause, Reading
from music_platform.serving.assistant.dialogue.phrases import Phrases, fold, trimmed
from music_platform.serving.assistant.dialogue.readings import readings
from music_platform.serving.assistant.dialogue.weighing import (
    CHOICES,
    TAKEN,
    TOGETHER,
    Catalogue,
    Grounded,
    Weigher,
    of_artist,
)
from music_platform.serving.catalogue.keys import entry, plain
from music_platform.serving.catalogue.ranking import ArtistHit, Hit

SURE = 0.82
"""Similarity from which on an artist is taken without asking, although the words differ from the name."""
LIKELY = 0.6
"""Similarity from which on the assistant asks whether the song is meant."""
MARGIN = 0.1
"""What the next reading has to cost more, else the assistant asks which is meant."""
_PARTS = 6
_FUZZY = 4
"""Readings that are searched with typos in mind at most: each takes some milliseconds."""
_EACH_PART = 0.25
"""Cost of one more song of a request for several."""
_CLEAR = 0.3
"""Cost up to which readings that allow for typos are not tried."""


def ground(clause: Clause, phrases: Phrases, catalogue: Catalogue, lists: Collection[str] = ()) -> list[Grounded]:
    """The songs that a clause names: one thing, or several that are joined by "and" or commas.

    Args:
        clause: what is asked for.
        phrases: the phrases of its language.
        catalogue: the songs that there are.
        lists: the names of the session's lists.
    """
    every = readings(clause, phrases)
    for reading in every:
        for patterns in (phrases.anything, phrases.everything):
            places = phrases.places(patterns, reading.title if not reading.artist else "")
            if places and (found := _artist(places["artist"], catalogue)):
                return [of_artist(found.name, reading, catalogue)]
    weigh = Weigher(catalogue, lists, phrases)
    known = weigh.best(every)
    # A title with its artist that explains every word is one song, however many "and" it holds.
    parts = _each(clause, phrases, weigh) if not known or known[0].cost > TOGETHER else []
    if parts and sum(part.cost for part in parts) + _EACH_PART * (len(parts) - 1) < (known[0].cost if known else 9):
        playlist = next((part.playlist for part in parts[::-1] if part.playlist is not None), None)
        return [replace(part, playlist=playlist) for part in parts]
    if not known or known[0].cost > _CLEAR:
        known = [*known, *_nearly(every, weigh)]
    best = _decided(known) if known else None
    if best is None or best.how == "close":
        return [_by_artist_alone(every, catalogue, best) or best or _unknown(every)]
    return [best]


def exactly(clause: Clause, phrases: Phrases, catalogue: Catalogue, lists: Collection[str] = ()) -> Grounded | None:
    """The one thing that a clause names, if the catalogue knows it as it is."""
    known = Weigher(catalogue, lists, phrases).best(readings(clause, phrases))
    return known[0] if known and known[0].cost <= TAKEN else None


def _decided(known: Sequence[Grounded]) -> Grounded:
    """The cheapest reading, with those that are too close to tell."""
    best, *others = sorted(known, key=lambda one: one.cost)
    rivals = [other for other in others if other.meaning != best.meaning]
    best.margin = round(min((other.cost for other in rivals), default=9.0) - best.cost, 2)
    if best.how == "song" and best.cost > TAKEN and not best.playlist:
        best.how = "close"
    if best.how == "song":
        close = (other for other in rivals if other.cost - best.cost < MARGIN)
        best.rivals = [other for other in close if other.how in ("song", "several")]
    return best


def _each(clause: Clause, phrases: Phrases, weigh: Weigher) -> list[Grounded]:
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
            known = weigh.best(readings(Clause(part, clause.act, named=part), phrases))
            if known and known[0].how != "artist" and known[0].cost <= _CLEAR:
                found = [*before, known[0]]
                other = best[last + 1]
                if other is None or _total(found) < _total(other):
                    best[last + 1] = found
    return best[-1] or []


def _total(parts: Sequence[Grounded]) -> float:
    return sum(part.cost + _EACH_PART for part in parts)


def _nearly(every: Sequence[Reading], weigh: Weigher) -> list[Grounded]:
    """The meanings of the readings if their names are typed with slips, those with the cheapest lists."""
    found = []
    for reading in sorted(every, key=lambda reading: (weigh.base(reading), not reading.artist))[:_FUZZY]:
        hits = weigh.catalogue.find(reading.title, reading.artist, CHOICES)
        typed = f"{reading.title} {reading.artist}".strip()
        if not reading.artist and len(typed.split()) > 2:
            hits = sorted([*hits, *weigh.catalogue.search(reading.title, CHOICES)], key=lambda hit: -hit.score)
        if hits and hits[0].score >= LIKELY:
            songs = list({hit.song.track_id: hit.song for hit in hits if hit.score >= LIKELY}.values())[:CHOICES]
            cost = weigh.base(reading) + _typed_cost(typed, hits[0])
            is_plain = len(plain(typed).split()) > 1 or bool(reading.artist)
            how = "song" if is_plain and hits[0].score >= SURE and cost <= TAKEN else "close"
            found.append(Grounded(songs, reading.playlist, how, reading.artist, reading.title, hits[0].score, cost))
    return found


def _typed_cost(typed: str, hit: Hit) -> float:
    """About the number of words, typed with slips, that a song's title and artists have not."""
    known = entry(hit.song.title, hit.song.artist)
    held = f"{known.words} {' '.join(known.names)}".split()
    alike = [max(ratio(word, other) / 100 for other in held) for word in plain(typed).split()]
    return 0.1 + sum(1 - score if score >= LIKELY else 1.0 for score in alike) + (1 - hit.score)


def _by_artist_alone(every: Sequence[Reading], catalogue: Catalogue, close: Grounded | None) -> Grounded | None:
    """The songs of an artist who is named, typos or not, if no title is nearer to the words."""
    for reading in every:
        artist = _artist(reading.artist or reading.title, catalogue)
        if artist and (close is None or artist.score > close.score):
            found = of_artist(artist.name, reading, catalogue)
            return replace(found, title=reading.title if reading.artist else "")
    return None


def _unknown(every: Sequence[Reading]) -> Grounded:
    return Grounded(title=every[0].title, artist=every[0].artist) if every else Grounded()


def _artist(name: str, catalogue: Catalogue) -> ArtistHit | None:
    """The artist that a name means, typos or not."""
    return next((hit for hit in catalogue.artists(name, 1) if hit.score >= SURE), None)
