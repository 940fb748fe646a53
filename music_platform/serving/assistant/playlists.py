"""Playlists as data: songs, operations and their inverses, lists, and the history of a session. No storage."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Entry:
    """A song on a list, with the facts of the time when it was added."""

    track_id: str
    title: str
    artist: str
    album: str | None = None
    year: int | None = None
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One change: `song` comes to, or leaves, `position` (from 0) of a list; or the list itself comes or goes."""

    kind: str
    """`insert`, `delete`, `create` or `drop`."""
    playlist: str
    position: int = 0
    song: Entry | None = None

    @property
    def inverse(self) -> "Operation":
        """The operation that takes this one back."""
        return Operation(_INVERSE[self.kind], self.playlist, self.position, self.song)


_INVERSE = {"insert": "delete", "delete": "insert", "create": "drop", "drop": "create"}


class Lists(dict[str, list[Entry]]):
    """The lists of a session by name."""

    def apply(self, operations: Iterable[Operation]) -> None:
        """Change the lists.

        Raises:
            ValueError: an operation does not fit: no such list, or another song at its position.
        """
        for operation in operations:
            name, at, song = operation.playlist, operation.position, operation.song
            match operation.kind:
                case "create" if name not in self:
                    self[name] = []
                case "drop" if name in self and not self[name]:
                    del self[name]
                case "insert" if song is not None and at <= len(self.get(name, ())) and name in self:
                    self[name].insert(at, song)
                case "delete" if name in self and self[name][at : at + 1] == [song]:
                    del self[name][at]
                case _:
                    raise ValueError(f"{operation} does not fit the lists")


Turn = tuple[Operation, ...]
Step = Turn | Literal["undo", "redo"]
"""A step of a session: new operations on its lists, or one step back or forth in its history."""


@dataclass
class History:
    """The turns that changed lists: those done, oldest first, and those undone, the next to redo last."""

    done: list[Turn] = field(default_factory=list)
    undone: list[Turn] = field(default_factory=list)

    def operations(self, step: Step) -> Turn:
        """The operations of a step, which also moves the history; none if there is no turn left to undo or redo."""
        if step == "undo":
            if not self.done:
                return ()
            self.undone.append(self.done.pop())
            return tuple(operation.inverse for operation in reversed(self.undone[-1]))
        if step == "redo":
            if not self.undone:
                return ()
            self.done.append(self.undone.pop())
            return self.done[-1]
        if step:
            self.done.append(step)
            self.undone.clear()
        return step
