"""The names that well-known exports and data sets give to the columns of a kind, from `column_names.csv`.

A row of the table says: in files of this kind, a column of this name is that column. A column that bears the schema's
own name always wins; of several others, the first of the table. Names are compared without regard to case, blanks and
punctuation, so "Artist Name(s)" is `artist_name_s`. Put a new name into the table, and into `reading` one of
`values.written` where its values need more than their column's type.
"""

import csv
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from music_platform.errors import InputError
from music_platform.schema import Kind

TABLE = Path(__file__).with_name("column_names.csv")


@dataclass(frozen=True)
class Name:
    """A row of the table: files of `kind` have `column` under `name`."""

    kind: str
    column: str
    name: str
    reading: str
    found_in: str


@dataclass(frozen=True)
class Matched:
    """The columns of one file.

    Attributes:
        names: column of the kind -> the file's name for it.
        readings: column of the kind -> how its values are read, where the table says so.
        passed_over: the file's name -> the column that it could have been, had the file no better one.
    """

    names: dict[str, str] = field(default_factory=dict)
    readings: dict[str, str] = field(default_factory=dict)
    passed_over: dict[str, str] = field(default_factory=dict)


def plain(name: str) -> str:
    """A column's name as the table spells it: lower case, anything but letters and digits as one underscore."""
    return re.sub(r"[\W_]+", "_", name.lower()).strip("_")


@cache
def table() -> tuple[Name, ...]:
    """All rows of the table, in its order."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return tuple(Name(**row) for row in csv.DictReader(lines))


def known(kind: Kind, wanted: Collection[str]) -> frozenset[str]:
    """The names, as `plain` writes them, that files of the kind give to the wanted columns."""
    return frozenset(wanted) | {row.name for row in table() if row.kind == kind.name and row.column in wanted}


def match(kind: Kind, found: Iterable[str], wanted: Collection[str]) -> Matched:
    """Find the wanted columns of a kind among the columns of a file.

    Args:
        kind: the kind of the file.
        found: the file's column names, as they are.
        wanted: names of columns as the schema has them.

    Raises:
        InputError: a wanted column is there twice under the schema's own name.
    """
    matched = Matched()
    spelled: dict[str, list[str]] = {}
    for name in found:
        own = name.strip().lower()
        if own not in wanted:
            spelled.setdefault(plain(name), []).append(name)
        elif own in matched.names:
            raise InputError(f"the file has column '{own}' twice; remove one")
        else:
            matched.names[own] = name
    candidates = [(column, column, "") for column in sorted(wanted)]
    candidates += [(row.column, row.name, row.reading) for row in table() if row.kind == kind.name]
    for column, name, reading in candidates:
        for own in spelled.pop(name, ()) if column in wanted else ():
            if column in matched.names:
                matched.passed_over[own] = column
            else:
                matched.names[column] = own
                matched.readings.update({column: reading} if reading else {})
    return matched
