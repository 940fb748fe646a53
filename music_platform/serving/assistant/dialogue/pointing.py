"""The things that a request refers to: lists by name, songs shown or mentioned, songs on a list."""

from collections.abc import Sequence

from rapidfuzz.fuzz import ratio

from music_platform.features.text import artist_key, normalise, title_key
from music_platform.serving.assistant.dialogue.clauses import Clause, Reading
from music_platform.serving.assistant.dialogue.phrases import Phrases, Reference, trimmed
from music_platform.serving.assistant.dialogue.state import Desk
from music_platform.serving.assistant.playlists import Entry

MAX_NAME = 60
"""Characters of a list's name."""
_ALIKE = 0.85


def known_list(desk: Desk, name: str | None) -> str | None:
    """The list of a session that a name means, typos or not: "" and None are the current one; None where none is."""
    if not name:
        return desk.state.current
    asked = normalise(name)
    alike = {known: ratio(asked, normalise(known)) / 100 for known in desk.lists if known}
    best = max(alike, key=lambda known: alike[known], default=None)
    return best if best is not None and alike[best] >= _ALIKE else None


def shortened(name: str) -> str:
    """A name for a list."""
    return " ".join(trimmed(name).split())[:MAX_NAME].strip()


def referred(clause: Clause, phrases: Phrases) -> tuple[Reference | None, str | None]:
    """The reference of a clause to songs that were shown, and the list that it names."""
    if clause.framed:
        return clause.reference, clause.playlist
    if not clause.named:
        return None, None
    bare = [(listed.rest, listed.playlist) for listed in phrases.without_list(clause.named)]
    # "That one of the list" names no artist, and "the one of the band" no list.
    for text, playlist in sorted([*bare, (clause.named, None)], key=lambda pair: (pair[1] != "", pair[1] is not None)):
        if reference := phrases.reference(text):
            return reference, playlist
    return None, None


def chosen(desk: Desk, reference: Reference) -> list[Entry] | None:
    """The songs shown, or mentioned, that a reference means; None where it means none of them."""
    shown = desk.state.shown
    if reference.kind == "that":
        return desk.state.mentioned[-1:] or None
    if reference.kind == "by":
        return by_artist(reference.artist, shown) or None
    if not shown and (reference.kind, reference.numbers) == ("numbers", (-1,)):
        return desk.state.mentioned[-1:] or None
    positions = reference.positions(len(shown))
    return [shown[at] for at in positions] if positions else None


def chosen_by_name(text: str, shown: Sequence[Entry]) -> list[Entry]:
    """The songs shown that a text tells from the others by artist, title, album or year."""
    asked = normalise(text)
    if not asked:
        return []
    found = by_artist(text, shown) or [song for song in shown if asked in _told(song)]
    return found if len(found) < len(shown) or len(shown) == 1 else []


def _told(song: Entry) -> set[str]:
    return {normalise(song.title), title_key(song.title), normalise(song.album or ""), str(song.year or "")}


def by_artist(artist: str, songs: Sequence[Entry]) -> list[Entry]:
    """The songs of an artist, who may be named by a part of the name."""
    asked = artist_key(artist)

    def isby_artist(song: Entry) -> bool:
        known = artist_key(song.artist)
        return set(asked.split()) <= set(known.split()) or ratio(asked, known) / 100 >= _ALIKE

    return [song for song in songs if isby_artist(song)]


def named_on(every: Sequence[Reading], songs: Sequence[Entry]) -> list[Entry]:
    """The songs of a list that a clause names: by title, by title and artist, else by artist alone."""
    best: list[tuple[float, Entry]] = []
    for reading in every:
        title, artist = title_key(reading.title), artist_key(reading.artist) if reading.artist else ""
        for song in songs:
            score = ratio(title, title_key(song.title)) / 100
            if artist and score >= _ALIKE:
                of_artist = ratio(artist, artist_key(song.artist)) / 100
                score = (score + of_artist) if of_artist >= _ALIKE else 0.0
            if score >= _ALIKE:
                best.append((score, song))
    if best:
        most = max(score for score, _ in best)
        return list(dict.fromkeys(song for score, song in best if score == most))
    return next((found for reading in every if (found := by_artist(reading.title, songs))), [])
