"""Files that people bring: the readers check them, then the landing zone takes all of them or none.

It needs DuckDB and pyarrow, so neither service nor crawler loads it. Put a check that files pass before they land here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from music_platform.errors import InputError
from music_platform.ingestion.explain import UNNAMED
from music_platform.ingestion.landing import Delivery, Landed, Landing
from music_platform.ingestion.names import EXPECTED, kind_of, suffixes
from music_platform.ingestion.readers import Reading, ignored_columns, read, reading_of
from music_platform.schema import KINDS
from music_platform.storage.files import content_hash


@dataclass(frozen=True)
class Accepted(Landed):
    """A landed file that its reader accepted: its rows, its columns that were left out, and how it was read."""

    rows: int
    ignored: tuple[str, ...]
    reading: Reading

    def __str__(self) -> str:
        line = f"{self.kind}/{self.name}: " + (f"{self.rows:,} rows" if self.is_new else "already landed")
        told = [f"{own or UNNAMED} read as {name}" for own, name in self.reading.mapped.items()]
        if self.ignored:
            told.append(f"columns not used: {', '.join(name or UNNAMED for name in self.ignored)}")
        told += self.reading.notes
        if told:
            line += f" ({'; '.join(told)})"
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
    return _landed(landing, [_checked(kind, path) for kind, path in files], sample=sample)


def land_folder(landing: Landing, folder: Path, kind: str | None = None) -> tuple[list[Accepted], dict[str, str]]:
    """Check the files of a folder, and put those that can be read into the landing zone.

    Args:
        landing: the landing zone.
        folder: the folder; dot-files and folders in it are left alone.
        kind: the kind of all its files; else the beginning of a file's name says it.

    Returns:
        The landed files, and of every other file the name and the reason why it was not taken.

    Raises:
        InputError: no file can be taken, or the sample and real songs would mix.
        OSError: a file can't be copied.
    """
    checked, left = [], {}
    refused = ""
    for path in sorted(each for each in folder.iterdir() if each.is_file() and not each.name.startswith(".")):
        known = kind or kind_of(path)
        if known is None:
            left[path.name] = "its name begins like no kind of file"
        elif not suffixes(path):
            left[path.name] = f"its format is unknown, expected {EXPECTED}"
        else:
            try:
                checked.append(_checked(known, path))
            except InputError as error:
                refused = refused or str(error)
                left[path.name] = str(error).removeprefix(f"{path}: ")
    if not checked and refused:
        raise InputError(refused)
    return _landed(landing, checked) if checked else [], left


_Checked = tuple[Delivery, int, tuple[str, ...], Reading]


def _landed(landing: Landing, checked: list[_Checked], *, sample: bool = False) -> list[Accepted]:
    landed = landing.put([delivery for delivery, *_ in checked], sample=sample)
    return [
        Accepted(file.kind, file.name, file.sha256, file.is_new, rows, ignored, reading)
        for file, (_, rows, ignored, reading) in zip(landed, checked, strict=True)
    ]


def _checked(kind: str, path: Path) -> _Checked:
    """A file that its reader accepts, with its rows, its ignored columns and how it was read."""
    delivery = Delivery(kind, path.name, path)
    if not path.is_file():
        raise InputError(f"{path}: no such file; check the path")
    try:
        sha256 = content_hash(path)
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror}); check its permissions") from None
    table = read(KINDS[kind], path, landed_at=datetime.now(UTC), sha256=sha256)
    return replace(delivery, sha256=sha256), table.num_rows, ignored_columns(table), reading_of(table)
