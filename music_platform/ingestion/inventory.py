"""The finished files of one kind in the landing zone, each hashed once.

The hashes lie in `.hashes/<kind>.json`. That cache may be lost at any time: the files are hashed again.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from music_platform.storage.files import content_hash, fingerprint, write_json

STILL_SECONDS = 2.0
"""A file that somebody copied in by hand counts as finished when nobody has written to it for so long."""

_State = tuple[int, int]
_Known = dict[str, tuple[_State, str]]


@dataclass(frozen=True)
class LandedFile:
    """A file of the landing zone; `mtime` is seconds since the epoch."""

    path: Path
    sha256: str
    size: int
    mtime: float

    @property
    def landed_at(self) -> datetime:
        """The landing time of the file in UTC: when it was last written to."""
        return datetime.fromtimestamp(self.mtime, UTC)


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

    def survey(self, still: float) -> tuple[list[LandedFile], dict[str, tuple[os.stat_result, str]]]:
        """The finished files by name, each content once, and the hashes that had to be computed.

        Args:
            still: seconds for which nobody may have written to a file whose hash is not remembered.

        Returns:
            The files, and the input of `remember`.
        """
        known = self._known()
        found: dict[str, LandedFile] = {}
        fresh: dict[str, tuple[os.stat_result, str]] = {}
        for entry, stat in self._finished(known, still):
            path = Path(entry.path)
            sha256 = _remembered(known, entry.name, stat)
            if sha256 is None:
                sha256 = content_hash(path)
                if _state(path.stat()) != _state(stat):
                    continue  # somebody wrote to it while it was hashed
                fresh[entry.name] = stat, sha256
            found.setdefault(sha256, LandedFile(path, sha256, stat.st_size, stat.st_mtime))
        return list(found.values()), fresh

    def snapshot(self, still: float) -> str:
        """A hash of the names, sizes and times of the finished files; no content is read."""
        return fingerprint([(entry.name, *_state(stat)) for entry, stat in self._finished(self._known(), still)])

    def remember(self, hashes: Mapping[str, tuple[os.stat_result, str]]) -> None:
        """Add the sha256 of whole files to the cache; they count as finished from then on.

        Only one process at a time may call it: the landing zone's lock sees to that.

        Args:
            hashes: file name -> the file's stat from before it was hashed, and its sha256. A file that somebody
                changes later no longer has that stat, so it is hashed again.
        """
        names = set(self.names())
        known = {name: entry for name, entry in self._known().items() if name in names}
        known |= {name: (_state(stat), sha256) for name, (stat, sha256) in hashes.items()}
        write_json(self._cache, {name: [*state, sha256] for name, (state, sha256) in known.items()})

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
        """The cached hashes: file name -> state and sha256."""
        try:
            content = json.loads(self._cache.read_text("utf-8"))
            return {name: ((size, mtime_ns), sha256) for name, (size, mtime_ns, sha256) in content.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}


def _state(stat: os.stat_result) -> _State:
    return stat.st_size, stat.st_mtime_ns


def _remembered(known: _Known, name: str, stat: os.stat_result) -> str | None:
    state, sha256 = known.get(name, (None, None))
    return sha256 if state == _state(stat) else None
