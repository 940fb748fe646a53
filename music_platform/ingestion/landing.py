"""The landing zone: the one door for data, `landing/<kind>/<file>`, immutable files known by content hash.

What is in a file is the readers' business, which files are there the inventory's.
"""

import os
import shutil
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import BaseFileLock, FileLock

from music_platform import schema
from music_platform.errors import InputError
from music_platform.ingestion import formats, readers
from music_platform.ingestion.inventory import STILL_SECONDS, Inventory, LandedFile
from music_platform.storage.files import content_hash, fingerprint, replacing, write_json


@dataclass(frozen=True)
class Landed:
    """What became of one file: `is_new` is false when its content had landed before, as `name`.

    `ignored` lists the columns of the file that its kind does not have.
    """

    kind: str
    name: str
    sha256: str
    is_new: bool
    rows: int
    ignored: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = f"{self.kind}/{self.name}: " + (f"{self.rows:,} rows" if self.is_new else "already landed")
        if self.ignored:
            said += f" (columns not used: {', '.join(self.ignored)})"
        if self.is_new and "~" in self.name:
            said += "; the earlier file of that name still counts: delete it from the landing zone if this replaces it"
        return said


@dataclass(frozen=True)
class Landing:
    """The landing zone in folder `root`."""

    root: Path

    snapshot_of_nothing = fingerprint([])
    """What `snapshot` gives for a kind without files."""

    @property
    def is_empty(self) -> bool:
        """Whether no file of any kind is there."""
        return not any(Inventory(self.root).visible(kind) for kind in schema.KINDS)

    @property
    def holds_sample(self) -> bool:
        """Whether the built-in sample was landed here."""
        return self._marker.exists()

    def files(self, kind: str, *, still: float = STILL_SECONDS) -> list[LandedFile]:
        """The files of a kind by name, each content once.

        Dot-files, `.part` and unfinished copies are left out: a file that `land` did not put there must not
        have been written to in the last `still` seconds. It is hashed once, until its size or time changes.
        """
        return Inventory(self.root).files(kind, still)

    def snapshot(self, kind: str, *, still: float = STILL_SECONDS) -> str:
        """A cursor that changes when `files` does; from names, sizes and times, nothing is hashed."""
        return Inventory(self.root).snapshot(kind, still)

    def land(self, kind: str, path: Path, *, sample: bool = False) -> Landed:
        """Check a file and copy it in; see `land_all`."""
        return self.land_all([(kind, path)], sample=sample)[0]

    def land_all(self, files: Iterable[tuple[str, Path]], *, sample: bool = False) -> list[Landed]:
        """Check all files, then copy them in: all of them or, when one is refused, none.

        Content that is there already is not copied again, so a call that was killed half-way is completed by the
        next. Another content under a name that is taken becomes `<stem>~<hash8><suffixes>`.

        Args:
            files: kind and path of each file.
            sample: whether they are the built-in sample's, which lands only in an empty zone or its own.

        Raises:
            InputError: an unknown kind, a file its reader refuses, or invented and real songs would mix.
        """
        checked = [(kind, path, *_check(kind, path)) for kind, path in files]
        with self._lock():
            if sample:
                self._claim_for_sample()
            elif self.holds_sample:
                raise InputError(
                    f"{self.root} holds the built-in sample; invented and real songs never mix: name another --home"
                )
            return self._put_in(checked)

    def _put_in(self, checked: list[tuple[str, Path, str, int, tuple[str, ...]]]) -> list[Landed]:
        inventory = Inventory(self.root)
        names: dict[tuple[str, str], str] = {}
        taken: dict[str, set[str]] = {}
        for kind in {kind for kind, *_ in checked}:
            taken[kind] = {name.lower() for name in inventory.names(kind)}
            names |= {(kind, file.sha256): file.path.name for file in inventory.files(kind, still=0)}
        landed: list[Landed] = []
        new: dict[str, tuple[os.stat_result, str]] = {}
        with ExitStack() as copies:
            for kind, path, sha256, rows, ignored in checked:
                is_new = (kind, sha256) not in names
                if is_new:
                    name = names[kind, sha256] = _free_name(path, sha256, taken[kind])
                    taken[kind].add(name.lower())
                    copy = copies.enter_context(replacing(self.root / kind / name))
                    new[f"{kind}/{name}"] = _copy(path, copy, sha256), sha256
                landed.append(Landed(kind, names[kind, sha256], sha256, is_new, rows, ignored))
        inventory.remember(new)
        return landed

    def mark_sample(self) -> None:
        """Claim an empty zone for the sample, before its first file: half a sample must be known as one.

        Raises:
            InputError: other files are there already.
        """
        with self._lock():
            self._claim_for_sample()

    def _claim_for_sample(self) -> None:
        if self.holds_sample:
            return
        if not self.is_empty:
            raise InputError(
                f"{self.root} holds other files; the built-in sample lands only into an empty landing zone: "
                "name another --home"
            )
        write_json(self._marker, {"claimed_at": datetime.now(UTC).isoformat(timespec="seconds")})

    def _lock(self) -> BaseFileLock:
        """Held while names are chosen and files put in; a crawl lands without holding the home's write lock."""
        self.root.mkdir(parents=True, exist_ok=True)
        return FileLock(self.root / ".lock")

    @property
    def _marker(self) -> Path:
        return self.root / ".sample"


def kind_of(path: Path) -> str | None:
    """The kind that a file's name tells by its prefix, the longest that fits; None when there is none."""
    name = path.name.lower()
    fitting = [(len(p), kind.name) for kind in schema.KINDS.values() for p in kind.prefixes if name.startswith(p)]
    return max(fitting)[1] if fitting else None


def _check(kind: str, path: Path) -> tuple[str, int, tuple[str, ...]]:
    """Content hash, rows and ignored columns of a file that its reader accepts."""
    if kind not in schema.KINDS:
        raise InputError(f"'{kind}' is no landing kind; expected one of {', '.join(schema.KINDS)}")
    if path.name.startswith("."):
        raise InputError(f"{path}: a file whose name begins with a dot is never taken; expected another name")
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    try:
        sha256 = content_hash(path)
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror})") from None
    table = readers.read(schema.KINDS[kind], path, landed_at=datetime.now(UTC), sha256=sha256)
    return sha256, table.num_rows, readers.ignored_columns(table)


def _copy(path: Path, destination: Path, sha256: str) -> os.stat_result:
    shutil.copyfile(path, destination)
    stat = destination.stat()
    if content_hash(destination) != sha256:
        raise InputError(f"{path}: the file changed while it was read; expected one that stands still")
    return stat


def _free_name(path: Path, sha256: str, taken: set[str]) -> str:
    if path.name.lower() not in taken:
        return path.name
    return f"{formats.stem(path)}~{sha256[:8]}{formats.suffixes(path)}"
