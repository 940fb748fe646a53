"""Files that people bring: the readers check them, then the landing zone takes all of them or none.

It needs DuckDB and pyarrow, so neither service nor crawler loads it. Put a check that files pass before they land here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from music_platform.errors import InputError
from music_platform.ingestion.landing import Delivery, Landed, Landing
from music_platform.ingestion.readers import ignored_columns, read
from music_platform.schema import KINDS
from music_platform.storage.files import content_hash


@dataclass(frozen=True)
class Accepted(Landed):
    """A landed file that its reader accepted: its rows, and its columns that the kind does not have."""

    rows: int
    ignored: tuple[str, ...]

    def __str__(self) -> str:
        line = f"{self.kind}/{self.name}: " + (f"{self.rows:,} rows" if self.is_new else "already landed")
        if self.ignored:
            line += f" (columns not used: {', '.join(self.ignored)})"
        if self.is_new and "~" in self.name:
            line += "; the earlier file of that name still counts: delete it from the landing zone if this replaces it"
        return line


def land(landing: Landing, kind: str, path: Path, *, sample: bool = False) -> Accepted:
    """Check a file and put it into the landing zone; see `land_all`."""
    return land_all(landing, [(kind, path)], sample=sample)[0]


def land_all(landing: Landing, files: Iterable[tuple[str, Path]], *, sample: bool = False) -> list[Accepted]:
    """Check all files, then put them into the landing zone: all of them or, when one is refused, none.

    Args:
        landing: the landing zone.
        files: kind and path of each file.
        sample: whether they are the built-in sample's.

    Raises:
        InputError: a kind is unknown, a file can't be read as its kind, or the sample and real songs would mix.
        OSError: a file can't be copied.
    """
    checked = [_checked(kind, path) for kind, path in files]
    landed = landing.put([delivery for delivery, _, _ in checked], sample=sample)
    return [
        Accepted(file.kind, file.name, file.sha256, file.is_new, rows, ignored)
        for file, (_, rows, ignored) in zip(landed, checked, strict=True)
    ]


def _checked(kind: str, path: Path) -> tuple[Delivery, int, tuple[str, ...]]:
    """A file that its reader accepts, with its rows and its ignored columns."""
    delivery = Delivery(kind, path.name, path)
    if not path.is_file():
        raise InputError(f"{path}: no such file; check the path")
    try:
        sha256 = content_hash(path)
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror}); check its permissions") from None
    table = read(KINDS[kind], path, landed_at=datetime.now(UTC), sha256=sha256)
    return replace(delivery, sha256=sha256), table.num_rows, ignored_columns(table)
