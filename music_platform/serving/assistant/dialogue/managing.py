"""The acts on lists as a whole: create, switch to and delete. `edits` changes the songs on them."""

from music_platform.serving.assistant.dialogue.clauses import Clause
from music_platform.serving.assistant.dialogue.pointing import known_list, shortened
from music_platform.serving.assistant.dialogue.state import Desk
from music_platform.serving.assistant.playlists import Operation

MAX_SONGS = 1_000
"""Songs of one list."""
MAX_LISTS = 50


def no_list(desk: Desk, name: str) -> None:
    """Say that there is no such list, and name those that there are."""
    names = desk.replies.joined([desk.replies.list(one) for one in desk.lists] or [desk.replies.list("")])
    desk.say("no list", list=desk.replies.list(shortened(name)), names=names)


def manage(desk: Desk, clause: Clause) -> None:
    """Create, switch to or delete a list."""
    name = shortened(clause.places["playlist"])
    known = known_list(desk, name) if name else None
    if clause.act == "create" and known is None and len(desk.lists) >= MAX_LISTS:
        desk.say("full", songs=MAX_SONGS, lists=MAX_LISTS)
    elif clause.act == "create" and name and known is None:
        desk.do([Operation("create", name)])
        desk.state.current = name
        desk.say("created", list=desk.replies.list(name))
    elif known is None:
        no_list(desk, name)
    elif clause.act == "drop":
        songs = desk.replies.part("songs", count=len(desk.lists[known]))
        desk.say("confirm drop", list=desk.replies.list(known), songs=songs)
        desk.confirm("drop", known)
    else:
        desk.state.current = known
        songs = desk.replies.part("songs", count=len(desk.lists[known]))
        desk.say("exists" if clause.act == "create" else "switched", list=desk.replies.list(known), songs=songs)
