"""Canonical genres, and the names that sources give them, from `genres.csv`.

A curator edits the table: one row `slug,slug,Display Name` per genre and one row `alias,slug,` per other name. Names
are compared as lower-case ASCII slugs, so "R&B" and "r-b" are the same alias.
"""

import csv
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from music_platform.errors import InputError
from music_platform.features.text import normalise

TABLE = Path(__file__).with_name("genres.csv")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@lru_cache(maxsize=4096)
def slug(name: str) -> str | None:
    """A name as a lower-case ASCII slug ("Bossa Nova" -> "bossa-nova"); None when nothing of it is ASCII."""
    return "-".join(re.findall("[a-z0-9]+", normalise(name))) or None


def read_table(path: Path) -> dict[str, str]:
    """The alias table at `path`: alias -> genre.

    Raises:
        InputError: a column is missing, a value is no slug, an alias has two rows, or a genre has no display name.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        if reader.fieldnames != ["alias", "genre", "name"]:
            raise InputError(f"{path}: the columns are {reader.fieldnames}; alias, genre, name are expected")
        aliases: dict[str, str] = {}
        named: set[str] = set()
        for row in reader:
            where = f"{path}: line {reader.line_num}"
            for column in ("alias", "genre"):
                if not _SLUG.fullmatch(row[column] or ""):
                    raise InputError(f"{where}: {column} {row[column]!r} is not a slug like bossa-nova")
            if row["alias"] in aliases:
                raise InputError(f"{where}: alias {row['alias']!r} has two rows; keep one of them")
            aliases[row["alias"]] = row["genre"]
            if row["alias"] == row["genre"] and row["name"]:
                named.add(row["genre"])
    if missing := sorted(set(aliases.values()) - named):
        raise InputError(
            f"{path}: genre {missing[0]!r} has no display name; add a row `{missing[0]},{missing[0]},<name>`"
        )
    return aliases


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    return read_table(TABLE)


def canonical(name: str) -> str | None:
    """The genre that `name` stands for, as a slug; None when the alias table does not know it."""
    key = slug(name)
    return _table().get(key) if key else None


def canonical_genres(names: Iterable[str | None]) -> tuple[list[str], list[str]]:
    """The known genres among `names` as slugs, and the unknown names; each sorted and without repeats."""
    given = {name.strip() for name in names if name and name.strip()}
    known = {name: genre for name in given if (genre := canonical(name))}
    return sorted(set(known.values())), sorted(given - set(known))
