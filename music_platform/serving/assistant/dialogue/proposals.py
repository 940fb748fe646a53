"""Changes that are not sure enough to be made: the assistant says what it would do, and waits for a yes."""

from collections.abc import Iterable, Sequence
from copy import deepcopy

from music_platform.serving.assistant.dialogue.edits import put, take
from music_platform.serving.assistant.dialogue.state import Desk
from music_platform.serving.assistant.playlists import Operation

_SAID = {"insert": "would add", "delete": "would remove", "create": "would create"}
"""Kind of an operation -> the part of a reply that says it."""


def trial(desk: Desk) -> Desk:
    """A desk with copies of everything, on which a clause can be tried."""
    return Desk(*deepcopy((desk.state, desk.lists, desk.history)))


def changes(desk: Desk) -> list[Operation]:
    """The operations that were done on a desk; none if something was taken back or done again there."""
    if not all(isinstance(step, tuple) for step in desk.steps):
        return []
    return [operation for step in desk.steps for operation in step if isinstance(operation, Operation)]


def propose(desk: Desk, operations: Sequence[Operation]) -> None:
    """Say what would be done, and wait for a yes."""
    by_kind: dict[tuple[str, str], list[Operation]] = {}
    filled = {one.playlist for one in operations if one.kind == "insert"}
    # A list that songs are put on is made with them.
    proposed = [one for one in operations if one.kind != "create" or one.playlist not in filled]
    for one in proposed:
        by_kind.setdefault((one.kind, one.playlist), []).append(one)
    parts = [
        desk.replies.part(
            _SAID[kind],
            songs=desk.replies.songs([one.song for one in every if one.song]) if kind != "create" else "",
            list=desk.replies.list(playlist),
        )
        for (kind, playlist), every in by_kind.items()
    ]
    desk.say("proposal", what=desk.replies.joined(parts))
    desk.confirm("proposal", proposed[-1].playlist, [one.song for one in proposed if one.song])
    desk.state.proposed = [(one.kind, one.playlist) for one in proposed]


def accept(desk: Desk, proposed: Iterable[tuple[str, str]]) -> None:
    """Do what was proposed, as far as it still can be done."""
    songs = iter(desk.state.shown)
    for kind, playlist in proposed:
        if kind == "create":
            if playlist not in desk.lists:
                desk.do([Operation("create", playlist)])
                desk.state.current = playlist
                desk.say("created", list=desk.replies.list(playlist))
            continue
        song = next(songs)
        if kind == "insert":
            put(desk, [song], playlist)
        elif song in desk.lists.get(playlist, ()):
            take(desk, [song], playlist)
