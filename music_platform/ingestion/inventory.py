"""The finished files of one kind in the landing zone, each hashed once.

The hashes lie in `.hashes/<kind>.json`, each with the time at which its content was first seen: that is when the file
landed, for `cp -p`, rsync and unzip keep older times. That cache may be lost at any time: the files are hashed again,
and the time of each file is then the best that is known.
"""

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from music_platform.storage.files import content_hash, fingerprint, write_json

STILL_SECONDS = 2.0
"""A file that somebody copied in by hand counts as finished when nobody has written to it for so long."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_State = tuple[int, int]


@dataclass(frozen=True)
class Seen:
    """What is remembered of a file: size and time when it was hashed, its sha256, and when that content was first seen.

    `first` is microseconds since the epoch; no two contents of a kind have the same.
    """

    state: _State
    sha256: str
    first: int


_Known = dict[str, Seen]


@dataclass(frozen=True)
class LandedFile:
    """A file of the landing zone; `first_seen` is microseconds since the epoch."""

    path: Path
    sha256: str
    size: int
    first_seen: int

    @property
    def landed_at(self) -> datetime:
        """The landing time of the file in UTC: when its content was first seen here."""
        return _EPOCH + timedelta(microseconds=self.first_seen)


@dataclass(frozen=True)
class Inventory:
    """The files in `<root>/<kind>/`, which need not exist."""

    root: Path
    kind: str

    @property
    def folder(self) -> Path:
        """The folder of the kind."""
        return self.root / self.kind

    def names(self) -> list[str]:
        """All names in the folder, also those of dot-files, unfinished files and folders."""
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.is_dir() else []

    def visible(self) -> list[os.DirEntry[str]]:
        """The files by name without dot-files and `.part`; somebody may still be writing to some of them."""
        if not self.folder.is_dir():
            return []
        with os.scandir(self.folder) as entries:
            shown = [e for e in entries if not e.name.startswith(".") and not e.name.endswith(".part")]
        return sorted((entry for entry in shown if entry.is_file()), key=lambda entry: entry.name)

    def survey(
        self, still: float, just_hashed: Mapping[str, Seen] = MappingProxyType({})
    ) -> tuple[list[LandedFile], dict[str, Seen]]:
        """The finished files by name, each content once, and what had to be found out about them.

        A content that is new counts as landed now, after all others; of several the one with the oldest file first.
        Where nothing at all is remembered, each file's own time is taken.

        Args:
            still: seconds for which nobody may have written to a file whose hash is not remembered.
            just_hashed: what an earlier survey found out, whose hashes are taken as they are.

        Returns:
            The files, and the input of `remember`.
        """
        known = self._known()
        first = {seen.sha256: seen.first for seen in known.values()}
        hashed: dict[str, tuple[str, os.stat_result]] = {}
        found: list[tuple[Path, str, os.stat_result]] = []
        for entry, stat in self._finished(known, still):
            path = Path(entry.path)
            sha256 = _remembered(known, entry.name, stat)
            if sha256 is None:
                sha256 = _remembered(just_hashed, entry.name, stat) or content_hash(path)
                if _state(path.stat()) != _state(stat):
                    continue  # somebody wrote to it while it was hashed
                hashed[entry.name] = sha256, stat
            found.append((path, sha256, stat))
        for sha256, stat in sorted(hashed.values(), key=lambda each: each[1].st_mtime_ns):
            if sha256 not in first:
                first[sha256] = next_time(first.values()) if known else stat.st_mtime_ns // 1000
        files: dict[str, LandedFile] = {}
        for path, sha256, stat in found:
            files.setdefault(sha256, LandedFile(path, sha256, stat.st_size, first[sha256]))
        fresh = {name: Seen(_state(stat), sha256, first[sha256]) for name, (sha256, stat) in hashed.items()}
        return list(files.values()), fresh

    def snapshot(self, still: float) -> str:
        """A hash of the names, sizes and times of the finished files; no content is read."""
        return fingerprint([(entry.name, *_state(stat)) for entry, stat in self._finished(self._known(), still)])

    def remember(self, fresh: Mapping[str, Seen]) -> None:
        """Add what is known of whole files to the cache; they count as finished from then on.

        Only one process at a time may call it: the landing zone's lock sees to that.

        Args:
            fresh: file name -> what was seen; its state is from before the file was hashed. A file that somebody
                changes later no longer has that state, so it is hashed again.
        """
        names = set(self.names())
        known = {name: seen for name, seen in self._known().items() if name in names} | dict(fresh)
        write_json(self._cache, {name: [*seen.state, seen.sha256, seen.first] for name, seen in known.items()})

    def _finished(self, known: _Known, still: float) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
        now = time.time()
        for entry in self.visible():
            stat = entry.stat()
            # A time in the future comes from another machine's clock and says nothing about a copy under way.
            moving = 0 <= now - stat.st_mtime < still
            if not moving or _remembered(known, entry.name, stat):
                yield entry, stat

    @property
    def _cache(self) -> Path:
        return self.root / ".hashes" / f"{self.kind}.json"

    def _known(self) -> _Known:
        """What is remembered, by file name; an entry that an earlier version wrote has the file's own time."""
        try:
            content = json.loads(self._cache.read_text("utf-8"))
            return {
                name: Seen((size, mtime_ns), sha256, first[0] if first else mtime_ns // 1000)
                for name, (size, mtime_ns, sha256, *first) in content.items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            return {}


def next_time(others: Iterable[int]) -> int:
    """Now in microseconds since the epoch, and in any case later than all others."""
    return max(time.time_ns() // 1000, max(others, default=0) + 1)


def seen_now(stat: os.stat_result, sha256: str, others: Iterable[int]) -> Seen:
    """What is to be remembered of a file that comes now, after all others."""
    return Seen(_state(stat), sha256, next_time(others))


def _state(stat: os.stat_result) -> _State:
    return stat.st_size, stat.st_mtime_ns


def _remembered(known: Mapping[str, Seen], name: str, stat: os.stat_result) -> str | None:
    seen = known.get(name)
    return seen.sha256 if seen and seen.state == _state(stat) else None
