"""The landing zone: the one door for data, `landing/<kind>/<file>`, immutable files known by their content.

All who bring files call `Landing.put`: people by way of `intake`, whose readers check the files first; the crawler, the
corrections and decisions, and the answer log directly, because their own code makes the rows. The service loads this
module, so it imports nothing heavy. Put checks of a file's columns into `readers`, and questions about the files of one
kind into `inventory`.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from music_platform import schema
from music_platform.errors import InputError
from music_platform.ingestion.inventory import STILL_SECONDS, Inventory, LandedFile, seen_now
from music_platform.ingestion.names import marked
from music_platform.storage.files import INCOMING, content_hash, fingerprint, write_json


@dataclass(frozen=True)
class Delivery:
    """A file to be put into the landing zone.

    Attributes:
        kind: its landing kind.
        name: the name that it gets unless another content has it.
        content: the file to copy, or its bytes.
        sha256: the hash of the content that was checked; a file that has changed since is refused.

    Raises:
        InputError: the kind is unknown, or the landing zone would ignore a file of that name.
    """

    kind: str
    name: str
    content: Path | bytes
    sha256: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in schema.KINDS:
            raise InputError(f"{self.name}: '{self.kind}' is not a landing kind; use one of {', '.join(schema.KINDS)}")
        if self.name.startswith(".") or self.name.endswith(".part"):
            raise InputError(
                f"{self.name}: the landing zone ignores names that begin with a dot or end in .part; rename the file"
            )
        if not self.name or Path(self.name).name != self.name:
            raise InputError(f"{self.name!r}: is not a file name; give one without folders")


@dataclass(frozen=True)
class Landed:
    """A file that the landing zone holds; `is_new` is false where it held the file before, as `name`."""

    kind: str
    name: str
    sha256: str
    is_new: bool


@dataclass(frozen=True)
class Landing:
    """The landing zone in folder `root`, which need not exist."""

    root: Path

    snapshot_of_nothing = fingerprint([])
    """The `snapshot` of a kind without files."""

    @property
    def is_empty(self) -> bool:
        """Whether the zone holds no file of any kind."""
        return not any(Inventory(self.root, kind).visible() for kind in schema.KINDS)

    @property
    def holds_sample(self) -> bool:
        """Whether the built-in sample claimed the zone."""
        return self._marker.exists()

    def files(self, kind: str, *, still: float = STILL_SECONDS) -> list[LandedFile]:
        """The finished files of a kind by name, each content once.

        Dot-files and `.part` are left out, and so is a file that somebody copied in by hand and wrote to in the last
        `still` seconds. A file is hashed once, until its size or time changes.
        """
        inventory = Inventory(self.root, kind)
        found, fresh = inventory.survey(still)
        if fresh:
            with self._lock():  # another process may have seen the same files meanwhile
                found, fresh = inventory.survey(still, fresh)
                inventory.remember(fresh)
        return found

    def snapshot(self, kind: str, *, still: float = STILL_SECONDS) -> str:
        """A cursor that changes when `files` does; it comes from names, sizes and times, and nothing is hashed."""
        return Inventory(self.root, kind).snapshot(still)

    def keep_apart(self, *, sample: bool) -> None:
        """Refuse to mix the built-in sample with real songs, and claim an empty zone for the sample.

        The claim comes before the first file, so that half a sample is still known as the sample.

        Args:
            sample: whether the files to come are the sample's.

        Raises:
            InputError: the zone holds files of the other sort.
        """
        with self._lock():
            self._keep_apart(sample)

    def put(self, deliveries: Iterable[Delivery], *, sample: bool = False, once: bool = False) -> list[Landed]:
        """Copy files in, all of them or, when one is refused, none; they count as finished at once.

        Content that the zone holds already is not copied again, so the next call completes one that was killed
        half-way. Another content under a taken name becomes `<stem>~<hash8><suffixes>`. The rule of `keep_apart`
        holds for the kinds that people or the crawler bring; the service's own kinds go into any zone.

        Args:
            deliveries: the files.
            sample: whether they are the built-in sample's.
            once: whether a file stays out when its name is taken, whatever its content.

        Raises:
            InputError: a file changed since it was checked, or the sample and real songs would mix.
            OSError: a file can't be copied.
        """
        deliveries = list(deliveries)
        self.root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=INCOMING, dir=self.root) as folder:
            copies = [_Copy.of(delivery, Path(folder, str(i))) for i, delivery in enumerate(deliveries)]
            with self._lock():
                if any(schema.KINDS[delivery.kind].prefixes for delivery in deliveries):
                    self._keep_apart(sample)
                shelves = {
                    kind: _Shelf(Inventory(self.root, kind)) for kind in {delivery.kind for delivery in deliveries}
                }
                landed = [shelves[copy.delivery.kind].place(copy, once) for copy in copies]
                for shelf in shelves.values():
                    shelf.remember()
        return landed

    def _keep_apart(self, sample: bool) -> None:
        if sample == self.holds_sample:
            return
        if self.holds_sample or not self.is_empty:
            held = "the built-in sample" if self.holds_sample else "real files"
            raise InputError(
                f"{self.root}: holds {held}; the built-in sample and real songs never mix: "
                "name another folder with --home"
            )
        write_json(self._marker, {"claimed_at": datetime.now(UTC).isoformat(timespec="seconds")})

    def _lock(self) -> AbstractContextManager[object]:
        """Held while names are chosen and remembered; a crawl and the service land without the home's write lock."""
        self.root.mkdir(parents=True, exist_ok=True)
        return FileLock(self.root / ".lock")

    @property
    def _marker(self) -> Path:
        return self.root / ".sample"


@dataclass(frozen=True)
class _Copy:
    """A delivery's whole content beside the landing zone's folders, not yet under its name."""

    delivery: Delivery
    path: Path
    stat: os.stat_result
    sha256: str

    @classmethod
    def of(cls, delivery: Delivery, path: Path) -> "_Copy":
        if isinstance(delivery.content, bytes):
            path.write_bytes(delivery.content)
        else:
            shutil.copyfile(delivery.content, path)
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
        stat, sha256 = path.stat(), content_hash(path)
        if delivery.sha256 not in (None, sha256):
            raise InputError(f"{delivery.name}: the file changed after it was checked; land it when it stands still")
        return cls(delivery, path, stat, sha256)


class _Shelf:
    """The folder of one kind while files are put into it, under the lock."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        found, self._fresh = inventory.survey(STILL_SECONDS)
        self._names = {file.sha256: file.path.name for file in found}
        self._times = {file.first_seen for file in found}
        self._taken = {name.lower() for name in inventory.names()}

    def place(self, copy: _Copy, once: bool) -> Landed:
        """Move a copy under its name, unless the folder holds its content, or its name when it lands `once`."""
        wanted = copy.delivery.name
        name = self._names.get(copy.sha256)
        if name is None and once and wanted.lower() in self._taken:
            name = wanted
        is_new = name is None
        if name is None:
            name = wanted if wanted.lower() not in self._taken else marked(wanted, copy.sha256)
            self._inventory.folder.mkdir(exist_ok=True)
            copy.path.replace(self._inventory.folder / name)
            self._names[copy.sha256], self._fresh[name] = name, seen_now(copy.stat, copy.sha256, self._times)
            self._times.add(self._fresh[name].first)
            self._taken.add(name.lower())
        return Landed(copy.delivery.kind, name, copy.sha256, is_new)

    def remember(self) -> None:
        """Remember the files that are new, or that somebody copied in by hand."""
        if self._fresh:
            self._inventory.remember(self._fresh)
