"""What a file would give if it landed: how it is read, which columns are mapped, and what is left out.

The text of `land --explain`; nothing is landed.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from music_platform import schema
from music_platform.errors import InputError
from music_platform.ingestion.names import kind_of
from music_platform.ingestion.readers import read, reading_of

UNNAMED = "(a column without a name)"


def explained(path: Path, kind: str | None = None) -> Iterator[str]:
    """The lines that explain a file.

    Args:
        path: the file.
        kind: its landing kind; without it, what the file's name begins with, else every kind that its columns fit.

    Raises:
        InputError: the file can't be read as the kind, or as any.
    """
    known = kind or kind_of(path)
    if known:
        yield from _as_kind(path, schema.KINDS[known])
        return
    refusals, fitting = [], False
    for each in (each for each in schema.KINDS.values() if each.prefixes):
        try:
            lines = list(_as_kind(path, each))
        except InputError as error:
            refusals.append(str(error))
            continue
        fitting = True
        yield from lines
    if not fitting:
        raise InputError(refusals[0] if len(set(refusals)) == 1 else f"{path}: its columns fit no kind; {refusals[0]}")


def _as_kind(path: Path, kind: schema.Kind) -> Iterator[str]:
    table = read(kind, path, landed_at=datetime.now(UTC))
    reading = reading_of(table)
    yield f"{path} as {kind.name}: {table.num_rows:,} rows"
    yield from (f"  {note}" for note in reading.notes)
    for own, column in reading.columns.items():
        yield f"  {own} -> {column}" if own in reading.mapped else f"  {column}"
    for own, column in reading.passed_over.items():
        yield f"  {own}: left out, because another column gives {column}"
    if reading.ignored:
        yield f"  left out: {', '.join(name or UNNAMED for name in reading.ignored)}"
