"""The acts that change the songs of lists: add, remove, clear, undo. `managing` has those on lists as a whole."""

from collections.abc import Sequence

from music_platform.features.text import title_key
from music_platform.serving.assistant.dialogue import managing
from music_platform.serving.assistant.dialogue.clauses import Clause, Reading
from music_platform.serving.assistant.dialogue.frames import frames
from music_platform.serving.assistant.dialogue.grounding import exactly, ground
from music_platform.serving.assistant.dialogue.phrases import Phrases, Reference, trimmed
from music_platform.serving.assistant.dialogue.pointing import (
    by_artist,
    chosen,
    known_list,
    named_on,
    referred,
    shortened,
)
from music_platform.serving.assistant.dialogue.readings import readings
from music_platform.serving.assistant.dialogue.state import Desk, entry
from music_platform.serving.assistant.dialogue.weighing import CHOICES, Catalogue, Grounded
from music_platform.serving.assistant.playlists import Entry, Operation

_TITLE = 3
"""Words from which on a known title counts more than a song shown and the name of a new list."""


def add(desk: Desk, clause: Clause, phrases: Phrases, catalogue: Catalogue) -> None:
    """Add the songs that a clause names, or ask which."""
    reference, playlist = referred(clause, phrases)
    if reference and playlist and known_list(desk, playlist) is None:
        # The name of a list that is not there yet may be the end of a title instead.
        titled = exactly(clause, phrases, catalogue, desk.lists)
        if titled and (titled.cost < 0 or len(titled.title.split()) >= _TITLE):
            reference = playlist = None
    if reference and (songs := chosen(desk, reference)) is not None:
        desk.close()
        target = _target(desk, playlist)
        framing = frames(desk.state.language)
        if (
            target in desk.lists
            or not target
            or (framing.names_list(clause.text) and framing.is_clear_name(target, clause.text))
        ):
            put(desk, songs, target)
        else:
            _confirm_list(desk, target, songs)
        return
    if reference and reference.kind == "that" and not clause.framed:
        titled = exactly(clause, phrases, catalogue, desk.lists)
        if titled is None or not titled.artist:
            desk.say("none mentioned")
            return
    named = [Clause(line, clause.act, named=line) for line in clause.lines] or [clause]
    every = [found for one in named for found in ground(one, phrases, catalogue, desk.lists)]
    desk.weigh(min((grounded.margin for grounded in every), default=0.0))
    playlist = clause.playlist if playlist is None else playlist
    target = _target(desk, next((g.playlist for g in every if g.playlist is not None), playlist))
    doubtful = target != "" and target not in desk.lists and not frames(desk.state.language).is_clear_name(target)
    if len(every) == 1 and (every[0].makes_list or (doubtful and every[0].how == "song")):
        _confirm_list(desk, target, [entry(every[0].songs[0])])
        return
    if len(every) == 1 and every[0].rivals:
        _ask_which(desk, every[0], target)
        return
    sure = [entry(grounded.songs[0]) for grounded in every if grounded.how == "song"]
    if sure:
        put(desk, sure, target)
    unsure = [grounded for grounded in every if grounded.how != "song"]
    missing = [grounded.title for grounded in unsure if not grounded.songs]
    if missing and len(every) > 1:
        quoted = [desk.replies.part("quoted", name=title[:80]) for title in missing]
        desk.say("unknown", asked=desk.replies.joined(quoted))
        unsure = [grounded for grounded in unsure if grounded.songs]
    if len(unsure) > 1:
        desk.say("which")
        desk.ask("add", [entry(song) for grounded in unsure for song in grounded.songs], target)
    elif unsure:
        ask_for(desk, clause, unsure[0], target, reference)


def _confirm_list(desk: Desk, playlist: str, songs: Sequence[Entry]) -> None:
    desk.say("confirm new list", song=desk.replies.songs(songs), list=desk.replies.list(playlist))
    desk.confirm("add", playlist, songs)


def _ask_which(desk: Desk, grounded: Grounded, target: str) -> None:
    """Ask which of the readings is meant that are too close to tell; each has its own song, and its own list."""
    either = [(entry(grounded.songs[0]), target)]
    for rival in grounded.rivals:
        songs = rival.songs[: CHOICES if rival.how == "several" else 1]
        either += [(entry(song), _target(desk, rival.playlist)) for song in songs]
    desk.say("which")
    desk.ask("add", [song for song, _ in either], target, [name for _, name in either])


def _target(desk: Desk, playlist: str | None) -> str:
    known = known_list(desk, playlist)
    return known if known is not None else shortened(playlist or "")


def ask_for(desk: Desk, clause: Clause, grounded: Grounded, target: str, reference: Reference | None = None) -> None:
    """Say that a song is not known for sure, with those that may be meant."""
    asked = _asked(desk, clause, grounded)
    match grounded.how:
        case "several":
            desk.say("which")
        case "close":
            desk.say("close", asked=asked)
        case "artist" if grounded.title:
            desk.say("not of artist", asked=asked, artist=grounded.artist)
        case "artist":
            desk.say("of artist", artist=grounded.artist)
        case _:
            missing = "no open list" if reference and reference.numbers else "none mentioned"
            desk.say(missing if reference else "unknown" if asked else "what", asked=asked)
            return
    desk.ask("add", [entry(song) for song in grounded.songs], target)


def _asked(desk: Desk, clause: Clause, grounded: Grounded) -> str:
    title = grounded.title or clause.named
    if not title:
        return ""
    if grounded.artist and grounded.how != "artist":
        return desk.replies.part("song", title=title[:80], artist=grounded.artist[:80])
    return desk.replies.part("quoted", name=title[:80])


def put(desk: Desk, songs: Sequence[Entry], playlist: str) -> None:
    """Put songs at the end of a list, which is made if it is missing; songs on it already stay in their places."""
    there = desk.lists.get(playlist, [])
    held = {song.track_id for song in there}
    new = list({song.track_id: song for song in songs if song.track_id not in held}.values())
    is_new = playlist not in desk.lists
    if len(there) + len(new) > managing.MAX_SONGS or (is_new and len(desk.lists) >= managing.MAX_LISTS):
        desk.say("full", songs=managing.MAX_SONGS, lists=managing.MAX_LISTS)
    elif new:
        make = [Operation("create", playlist)] if is_new else []
        at = len(there)
        desk.do([*make, *(Operation("insert", playlist, at + i, song) for i, song in enumerate(new))])
        desk.say("added", count=len(new), songs=desk.replies.songs(new), list=desk.replies.list(playlist))
    elif songs:
        desk.say("already", songs=desk.replies.songs(songs), list=desk.replies.list(playlist))
    desk.mention(songs)


def remove(desk: Desk, clause: Clause, phrases: Phrases) -> None:
    """Remove the songs that a clause names from a list, or ask which."""
    if clause.framed and clause.act == "clear":
        known = known_list(desk, clause.playlist)
        clear(desk, desk.state.current if known is None else known)
        return
    reference, playlist = referred(clause, phrases)
    every = readings(clause, phrases)
    playlist = playlist or next((r.playlist for r in every if r.playlist and known_list(desk, r.playlist)), None)
    target = known_list(desk, playlist or clause.slots.get("playlist"))
    target = desk.state.current if target is None else target
    songs = desk.lists.get(target, [])
    if titled := [song for song in songs if clause.named and title_key(clause.named) == title_key(song.title)]:
        _take_or_ask(desk, titled, target)
        return
    if reference:
        found = _referred_on(desk, reference, songs)
        if found is None:
            _nothing_meant(desk, reference, songs)
        elif reference.kind == "all":
            clear(desk, target)
        else:
            desk.close()
            take(desk, found, target)
        return
    for reading in every:
        if (places := phrases.places(phrases.everything, reading.title)) and (
            found := by_artist(places["artist"], songs)
        ):
            take(desk, found, target)
            return
        if not reading.artist and phrases.playlist_name(reading.title) == "":
            clear(desk, target)
            return
    found = named_on(every, songs)
    if not found and clause.act == "clear":
        named = phrases.playlist_name(clause.slots.get("playlist") or clause.named)
        known = known_list(desk, named)
        if known is not None:
            clear(desk, known)
        else:
            managing.no_list(desk, named or "")
    elif not found and not playlist and (elsewhere := _elsewhere(desk, every, target)):
        names = desk.replies.joined([desk.replies.list(name) for name in elsewhere])
        desk.say("elsewhere", list=desk.replies.list(target), names=names)
        songs = [song for held in elsewhere.values() for song in held]
        desk.ask("remove", songs, next(iter(elsewhere)), [name for name, held in elsewhere.items() for _ in held])
    elif not found:
        asked = every[0].title if every else trimmed(clause.named or clause.text)
        desk.say("not on list", asked=desk.replies.part("quoted", name=asked[:80]), list=desk.replies.list(target))
    else:
        _take_or_ask(desk, found, target)


def _elsewhere(desk: Desk, every: Sequence[Reading], target: str) -> dict[str, list[Entry]]:
    """The songs that readings name on other lists than the one that songs are removed from, by list."""
    found = {name: named_on(every, songs) for name, songs in desk.lists.items() if name != target}
    return {name: songs for name, songs in found.items() if songs}


def _take_or_ask(desk: Desk, found: Sequence[Entry], playlist: str) -> None:
    if len(found) == 1:
        take(desk, found, playlist)
    else:
        desk.say("which remove", list=desk.replies.list(playlist))
        desk.ask("remove", found, playlist)


def _referred_on(desk: Desk, reference: Reference, songs: Sequence[Entry]) -> list[Entry] | None:
    """The songs of a list that a reference means: of an open question about removing, those shown."""
    if reference.kind == "that":
        there = next(([song] for song in desk.state.mentioned[::-1] if song in songs), [])
        return there or ([] if desk.state.mentioned else list(songs[-1:])) or None
    among = desk.state.shown if desk.state.asking == "remove" else songs
    if reference.kind == "by":
        return by_artist(reference.artist, among) or None
    positions = reference.positions(len(among))
    return [among[at] for at in positions] if positions else None


def _nothing_meant(desk: Desk, reference: Reference, songs: Sequence[Entry]) -> None:
    if not songs:
        desk.say("empty", list=desk.replies.list(desk.state.current))
    elif reference.numbers:
        desk.say("no such number", count=len(songs))
    else:
        desk.say("none mentioned")


def take(desk: Desk, songs: Sequence[Entry], playlist: str) -> None:
    """Take songs off a list, the last one first, so that the positions of the others stay right."""
    there = desk.lists.get(playlist, [])
    positions = sorted((at for at, song in enumerate(there) if song in songs), reverse=True)
    desk.do([Operation("delete", playlist, at, there[at]) for at in positions])
    desk.say("removed", count=len(songs), songs=desk.replies.songs(songs), list=desk.replies.list(playlist))
    desk.mention(songs)


def clear(desk: Desk, playlist: str) -> None:
    """Ask before a list is emptied."""
    count = len(desk.lists.get(playlist, ()))
    if not count:
        desk.say("empty", list=desk.replies.list(playlist))
        return
    desk.say("confirm clear", count=count, list=desk.replies.list(playlist))
    desk.confirm("clear", playlist)


def confirmed(desk: Desk) -> None:
    """Do the act that waited for a yes."""
    act, playlist, songs = desk.state.confirming, desk.state.playlist, desk.state.shown
    desk.close()
    there = desk.lists.get(playlist, [])
    emptied = [Operation("delete", playlist, at, there[at]) for at in reversed(range(len(there)))]
    match act:
        case "add":
            put(desk, songs, playlist)
        case "clear":
            desk.do(emptied)
            desk.say("cleared", count=len(emptied), list=desk.replies.list(playlist))
        case "drop" if playlist in desk.lists:
            desk.do([*emptied, Operation("drop", playlist)])
            desk.state.current = "" if desk.state.current == playlist else desk.state.current
            desk.say("dropped", list=desk.replies.list(playlist))
        case _:
            desk.say("kept")


def back_or_forth(desk: Desk, back: bool) -> None:
    """Undo or redo."""
    operations = desk.step(back)
    if not operations:
        desk.say("nothing to undo" if back else "nothing to redo")
        return
    if desk.state.current not in desk.lists:
        desk.state.current = ""
    name = operations[-1].playlist
    desk.mention(operation.song for operation in operations if operation.kind == "insert" and operation.song)
    count = len(desk.lists.get(name, ()))
    songs = desk.replies.part("songs", count=count)
    desk.say("undone" if back else "redone", list=desk.replies.list(name), songs=songs)
