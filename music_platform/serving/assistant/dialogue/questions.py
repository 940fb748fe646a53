"""The answers to questions about lists, songs and artists. No list is changed here."""

from collections.abc import Callable

from music_platform.features.text import normalise
from music_platform.serving.assistant.dialogue.clauses import Clause
from music_platform.serving.assistant.dialogue.edits import ask_for
from music_platform.serving.assistant.dialogue.grounding import SURE, ground
from music_platform.serving.assistant.dialogue.managing import no_list
from music_platform.serving.assistant.dialogue.phrases import Phrases, trimmed
from music_platform.serving.assistant.dialogue.pointing import known_list, named_on
from music_platform.serving.assistant.dialogue.readings import readings
from music_platform.serving.assistant.dialogue.state import Desk, entry
from music_platform.serving.assistant.dialogue.weighing import Catalogue, Grounded
from music_platform.serving.catalogue.ranking import Song

_ALBUMS = 5
"""Albums that a reply names at most."""


def view(desk: Desk, clause: Clause, phrases: Phrases, catalogue: Catalogue) -> None:
    """Show a list, or the songs of an artist."""
    if clause.framed:
        target = known_list(desk, clause.playlist)
        show(desk, desk.state.current if target is None else target)
        return
    named = clause.slots.get("playlist") or clause.named
    called = phrases.playlist_name(named) if named else ""
    target = known_list(desk, called)
    if target is None and clause.named:
        found = ground(clause, phrases, catalogue)[0]
        if found.how == "artist":
            ask_for(desk, clause, found, desk.state.current)
            return
    if target is None and not clause.named and "playlist" not in clause.slots:
        target = desk.state.current
    if target is None:
        no_list(desk, called or named)
        return
    show(desk, target)


def show(desk: Desk, playlist: str) -> None:
    """Show the songs of a list, numbered."""
    songs = desk.lists.get(playlist, [])
    if not songs:
        desk.say("empty", list=desk.replies.list(playlist))
        return
    desk.say("shown", count=len(songs), list=desk.replies.list(playlist))
    desk.said[-1] += "\n" + desk.replies.numbered(songs)


def lists(desk: Desk) -> None:
    """Name the lists with their numbers of songs."""
    if not desk.lists:
        desk.say("no lists")
        return
    names = [
        f"{desk.replies.list(name)} ({desk.replies.part('songs', count=len(songs))})"
        for name, songs in desk.lists.items()
    ]
    desk.say("lists", names=desk.replies.joined(names))


def count(desk: Desk, clause: Clause, phrases: Phrases) -> None:
    """Say the number of songs on a list."""
    target = _asked_list(desk, clause, phrases)
    if target is None:
        no_list(desk, clause.places.get("playlist", ""))
        return
    number = len(desk.lists.get(target, ()))
    songs = desk.replies.part("songs", count=number)
    desk.say("count", count=number, songs=songs, list=desk.replies.list(target))


def _asked_list(desk: Desk, clause: Clause, phrases: Phrases) -> str | None:
    named = clause.places.get("playlist", "")
    name = phrases.playlist_name(named) if named else ""
    return known_list(desk, name) if name is not None else None


def length(desk: Desk, clause: Clause, phrases: Phrases, catalogue: Catalogue) -> None:
    """Say the length of a list or of a song."""
    target = _asked_list(desk, clause, phrases)
    if target is None:
        song = _one_song(desk, clause, clause.places["playlist"], phrases, catalogue)
        if song is None:
            return
        long = song.duration_ms
        said = desk.replies.song(entry(song))
        desk.say("song length" if long else "song length unknown", song=said, length=desk.replies.length(long or 0))
        return
    songs = desk.lists.get(target, [])
    known = [song.duration_ms for song in songs if song.duration_ms]
    missing = len(songs) - len(known)
    key = "empty" if not songs else "length unknown" if not known else "length partly" if missing else "length"
    desk.say(
        key,
        list=desk.replies.list(target),
        length=desk.replies.length(sum(known)),
        songs=desk.replies.part("songs", count=len(songs)),
        missing=missing,
    )


def contains(desk: Desk, clause: Clause, phrases: Phrases) -> None:
    """Say whether a song is on a list."""
    target = _asked_list(desk, clause, phrases)
    target = desk.state.current if target is None else target
    asked = Clause(clause.text, clause.act, named=clause.places["song"])
    found = named_on(readings(asked, phrases), desk.lists.get(target, []))
    if found:
        desk.say("yes on list", song=desk.replies.song(found[0]), list=desk.replies.list(target))
        desk.mention(found[:1])
    else:
        name = desk.replies.part("quoted", name=clause.places["song"][:80])
        desk.say("no on list", asked=name, list=desk.replies.list(target))


def _one_song(desk: Desk, clause: Clause, named: str, phrases: Phrases, catalogue: Catalogue) -> Song | None:
    """The song that a question is about: the one mentioned last if it only points, else the most popular one."""
    reference = phrases.reference(named)
    if reference and reference.kind == "that" and desk.state.mentioned:
        last = desk.state.mentioned[-1]
        return next((song for song in catalogue.versions(last.track_id) if song.track_id == last.track_id), None)
    grounded = _grounded(clause, named, phrases, catalogue)
    if grounded.how in ("song", "several"):
        desk.mention([entry(grounded.songs[0])])
        return grounded.songs[0]
    ask_for(desk, Clause(clause.text, clause.act, named=named), grounded, desk.state.current)
    return None


def _grounded(clause: Clause, named: str, phrases: Phrases, catalogue: Catalogue) -> Grounded:
    found = ground(Clause(clause.text, clause.act, named=trimmed(named).strip("\"'")), phrases, catalogue)
    return found[0] if len(found) == 1 else Grounded(title=named)


def released(desk: Desk, clause: Clause, phrases: Phrases, catalogue: Catalogue) -> None:
    """Say the year of a song: the earliest of its versions."""
    song = _one_song(desk, clause, clause.places["song"], phrases, catalogue)
    if song is None:
        return
    years = [version.year for version in catalogue.versions(song.track_id) if version.year]
    said = desk.replies.song(entry(song))
    desk.say("released" if years else "released unknown", song=said, year=min(years, default=""))


def album(desk: Desk, clause: Clause, phrases: Phrases, catalogue: Catalogue) -> None:
    """Name the albums that a song is on."""
    song = _one_song(desk, clause, clause.places["song"], phrases, catalogue)
    if song is None:
        return
    by_name = {normalise(v.album): v.album for v in catalogue.versions(song.track_id)[::-1] if v.album}
    names = [desk.replies.part("quoted", name=name) for name in list(by_name.values())[::-1][:_ALBUMS]]
    said = desk.replies.song(entry(song))
    if names:
        desk.say("album", count=len(by_name), song=said, albums=desk.replies.joined(names))
    else:
        desk.say("album unknown", song=said)


def of_artist(desk: Desk, clause: Clause, catalogue: Catalogue) -> None:
    """Say the number of songs, or of albums, of an artist."""
    asked = trimmed(clause.places["artist"])
    hit = next((hit for hit in catalogue.artists(asked, 1) if hit.score >= SURE), None)
    if hit is None:
        desk.say("artist unknown", asked=desk.replies.part("quoted", name=asked[:80]))
        return
    said = {
        "songs": desk.replies.part("songs", count=hit.songs),
        "albums": desk.replies.part("albums", count=hit.albums),
    }
    desk.say(clause.act, artist=hit.name, **said)


def singer(desk: Desk, clause: Clause, phrases: Phrases, catalogue: Catalogue) -> None:
    """Name the artist of a song."""
    grounded = _grounded(clause, clause.places["song"], phrases, catalogue)
    if grounded.how not in ("song", "several"):
        ask_for(desk, Clause(clause.text, clause.act, named=clause.places["song"]), grounded, desk.state.current)
        return
    artists = list(dict.fromkeys(song.artist for song in grounded.songs))
    title = desk.replies.part("quoted", name=grounded.songs[0].title)
    desk.say("singer", title=title, artists=desk.replies.joined(artists[:_ALBUMS]))
    desk.mention([entry(grounded.songs[0])])


Answer = Callable[[Desk, Clause, Phrases, Catalogue], None]
ABOUT_SONGS: dict[str, Answer] = {"released": released, "album": album, "singer": singer, "length": length}
"""Act -> the function that answers the question about a song."""
