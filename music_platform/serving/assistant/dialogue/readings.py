"""Every way to read the words behind a verb as a title, an artist and a list. Nothing is looked up here.

`grounding` weighs the readings by what the catalogue and the session know.
"""

import re
from collections.abc import Iterator

from music_platform.serving.assistant.dialogue.clauses import Clause, Reading
from music_platform.serving.assistant.dialogue.phrases import Phrases, trimmed, unquoted, words

_MOST = 12
"""Ways to read the list of a clause at most."""
_Way = tuple[str, str | None, str]
"""A text without its list, the list, and how that is named."""
_DASH = re.compile(r"\s+[-–—|]\s+|:\s+")


def readings(clause: Clause, phrases: Phrases) -> list[Reading]:
    """All ways to read a clause, each once."""
    if clause.framed:
        return list(clause.readings)
    found = [*clause.readings, *_tagged(clause, phrases)]
    for named in dict.fromkeys((clause.named, unquoted(clause.named) or clause.named)) if clause.named else ():
        left = len(words(clause.named)) - len(words(named))
        found += [Reading(r.title, r.artist, r.playlist, r.how, left) for r in _readings(named, phrases, clause)]
    return list(dict.fromkeys(reading for reading in found if reading.title))


def _tagged(clause: Clause, phrases: Phrases) -> Iterator[Reading]:
    """The readings of the slot tagger."""
    slots = clause.slots
    if "song" not in slots:
        return
    title, artist, playlist = (trimmed(slots.get(slot, "")) for slot in ("song", "artist", "playlist"))
    named = phrases.playlist_name(playlist) if playlist else None
    rest = words(clause.named)
    for word in words(f"{title} {artist} {playlist}"):
        if word in rest:
            rest.remove(word)
    left = sum(word not in phrases.known for word in rest)
    how = "towards" if named else ""
    yield Reading(title, artist, named, how, left)
    if artist:
        yield Reading(artist, title, named, how, left)


def _readings(named: str, phrases: Phrases, clause: Clause) -> Iterator[Reading]:
    bare: dict[_Way, None] = dict.fromkeys((text, None, "") for text in (named, named[phrases.noun(named, 0) :]))
    for text, playlist, how in list(bare):
        _leave_lists(text, playlist, how, phrases, bare, to=clause.act == "add")
    for text, playlist, how in bare:
        yield Reading(text, "", playlist, how)
        for title, artist in phrases.by_splits(text):
            yield Reading(trimmed(title), trimmed(artist), playlist, how)
        for dash in _DASH.finditer(text):
            sides = trimmed(text[: dash.start()]), trimmed(text[dash.end() :])
            yield Reading(*sides, playlist, how)
            yield Reading(*sides[::-1], playlist, how)
        if places := phrases.places(phrases.possessive, text):
            yield Reading(places["song"], places["artist"], playlist, how)


def _leave_lists(
    text: str,
    playlist: str | None,
    how: str,
    phrases: Phrases,
    into: dict[_Way, None],
    *,
    to: bool,
) -> None:
    """Put the text without each list that it names, and without politeness at its end, into `into`."""
    for listed in phrases.without_list(text, to=to):
        kept = trimmed(listed.rest)
        if not kept or len(into) >= _MOST or (listed.playlist is not None and playlist is not None):
            continue
        is_list = listed.playlist is not None
        one = (kept, listed.playlist, listed.how) if is_list else (kept, playlist, how)
        if one not in into:
            into[one] = None
            _leave_lists(*one, phrases, into, to=to)
