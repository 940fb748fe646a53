"""Which files lie in the landing zone: finished ones, each hashed once. Nothing lands or is read here."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from music_platform.storage.files import content_hash, fingerprint, write_json

STILL_SECONDS = 2.0
"""A file copied by hand is taken once it has not been written to for so long."""

_Known = dict[str, list[int | str]]


@dataclass(frozen=True)
class LandedFile:
    """A file of the landing zone; `mtime` is seconds since the epoch."""

    path: Path
    sha256: str
    size: int
    mtime: float

    @property
    def landed_at(self) -> datetime:
        """When the file was last written: its landing time, in UTC."""
        return datetime.fromtimestamp(self.mtime, UTC)


@dataclass(frozen=True)
class Inventory:
    """The files under `<root>/<kind>/`, with a cache of their hashes that may be lost at any time."""

    root: Path

    def names(self, kind: str) -> list[str]:
        """All names in the folder of a kind, the ignored ones included."""
        folder = self.root / kind
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def visible(self, kind: str) -> list[os.DirEntry[str]]:
        """The files of a kind by name, without dot-files and `.part`; some may still be written to."""
        folder = self.root / kind
        if not folder.is_dir():
            return []
        with os.scandir(folder) as entries:
            shown = [e for e in entries if not e.name.startswith(".") and not e.name.endswith(".part")]
        return sorted((entry for entry in shown if entry.is_file()), key=lambda entry: entry.name)

    def files(self, kind: str, still: float) -> list[LandedFile]:
        """The finished files of a kind by name, each content once; see `Landing.files`."""
        known = self._known()
        found: dict[str, LandedFile] = {}
        fresh: dict[str, tuple[os.stat_result, str]] = {}
        for entry, stat in self._finished(kind, known, still):
            name, path = f"{kind}/{entry.name}", Path(entry.path)
            sha256 = _hash_in(known, name, stat)
            if sha256 is None:
                sha256 = content_hash(path)
                if _state(path.stat()) != _state(stat):
                    continue  # written to while it was hashed: not finished
                fresh[name] = stat, sha256
            found.setdefault(sha256, LandedFile(path, sha256, stat.st_size, stat.st_mtime))
        self.remember(fresh)
        return list(found.values())

    def snapshot(self, kind: str, still: float) -> str:
        """A hash of the names, sizes and times of the finished files of a kind."""
        entries = self._finished(kind, self._known(), still)
        return fingerprint([(entry.name, *_state(stat)) for entry, stat in entries])

    def remember(self, hashes: Mapping[str, tuple[os.stat_result, str]]) -> None:
        """Keep the sha256 of whole files, by `<kind>/<name>`; from now on they count as finished.

        With each goes its stat from before it was hashed: one that changed since is not taken for the hashed one.
        """
        if not hashes:
            return
        known = {name: entry for name, entry in self._known().items() if (self.root / name).exists()}
        known |= {name: [*_state(stat), sha256] for name, (stat, sha256) in hashes.items()}
        write_json(self.root / ".hashes.json", known)

    def _finished(self, kind: str, known: _Known, still: float) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
        now = time.time()
        for entry in self.visible(kind):
            stat = entry.stat()
            # A time in the future (another machine's clock) says nothing about a copy under way.
            moving = 0 <= now - stat.st_mtime < still
            if not moving or _hash_in(known, f"{kind}/{entry.name}", stat):
                yield entry, stat

    def _known(self) -> _Known:
        """`<kind>/<name>` -> size, time in ns, sha256."""
        try:
            known = json.loads((self.root / ".hashes.json").read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}


def _state(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_size, stat.st_mtime_ns


def _hash_in(known: _Known, name: str, stat: os.stat_result) -> str | None:
    size, mtime_ns, sha256 = known.get(name) or (None, None, None)
    return str(sha256) if (size, mtime_ns) == _state(stat) else None
