"""How files write the values of single columns: years as dates, keys as names, several artists as a list.

`written` gives the SQL that turns such a value into one that the column's type can read; other values stay as they are.
"""

import ast
import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

EXPECTED_OF = {"year": "a year from 1000 to 2100", "key": "a pitch class", "mode": "0 or 1, minor or major"}
"""Column -> the name of its values in messages, where its type does not say enough."""
LISTED = frozenset({"artist", "artists"})
"""Text columns for which a list of texts is read too: the names, one after the other."""

_PITCHES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FLATS = {"DB": 1, "EB": 3, "GB": 6, "AB": 8, "BB": 10}
_TOPICS = "['World', 'Sports', 'Business', 'Sci/Tech']"
_COMMA = re.compile(r"(?<!\d),(?!\s)|(?<=\d),(?!\s|\d{3}\b)")


def register(connection: "duckdb.DuckDBPyConnection") -> None:
    """Give a connection the functions that `written` calls."""
    connection.create_function("names_of_list", names_of_list, ["VARCHAR"], "VARCHAR")
    connection.create_function("names_of_text", names_of_text, ["VARCHAR"], "VARCHAR")
    connection.create_function("first_of_text", first_of_text, ["VARCHAR"], "VARCHAR")


def written(column: str, x: str, reading: str, *, is_number: bool = False) -> str:
    """SQL of the raw value `x` of a column as its type reads it.

    Args:
        column: the column's name in the schema.
        x: SQL of the value.
        reading: `list`, `first`, `spotify_id` or `class_index`, where the file's name for the column tells how its
            values are written.
        is_number: whether the value is a number already.
    """
    text = f"trim(CAST({x} AS VARCHAR))"
    if reading == "class_index":
        number = f"TRY_CAST({x} AS DOUBLE)"
        topic = f"{_TOPICS}[CAST(CASE WHEN {number} IN (1, 2, 3, 4) THEN {number} END AS INTEGER)]"
        return f"coalesce({topic}, CAST({x} AS VARCHAR) || ' (no class index from 1 to 4)')"
    if reading == "spotify_id":  # a mere row number would make one track of the first rows of all files
        return f"CASE WHEN regexp_full_match({text}, '[0-9A-Za-z]{{22}}') THEN {text} END"
    if column == "year":
        return _year(x, text)
    if is_number:
        return x
    if reading == "first":
        return f"first_of_text({x})"
    if column in LISTED:
        parted = "true" if reading == "list" else f"contains({x}, ';')" if column == "artists" else "false"
        other = f"CASE WHEN {parted} THEN names_of_text({x}) ELSE {x} END"
        return f"CASE WHEN {text} LIKE '[%]' THEN names_of_list({x}) ELSE {other} END"
    if column == "key":
        places = {name: place for place, name in enumerate(_PITCHES)} | _FLATS
        cases = " ".join(f"WHEN '{name}' THEN '{place}'" for name, place in places.items())
        return f"CASE replace(replace(upper({text}), '♯', '#'), '♭', 'B') {cases} ELSE {x} END"
    if column == "mode":
        return f"CASE lower({text}) WHEN 'major' THEN '1' WHEN 'minor' THEN '0' ELSE {x} END"
    if column == "time_signature":
        return f"CASE WHEN regexp_full_match({text}, '\\d+/\\d+') THEN split_part({text}, '/', 1) ELSE {x} END"
    if column == "track_id":
        pattern = r"^(?:spotify:track:|https?://open\.spotify\.com/(?:intl-\w+/)?track/)(\w+).*$"
        return rf"regexp_replace({x}, '{pattern}', '\1')"
    return x


def _year(x: str, text: str) -> str:
    """SQL of the year of a date; NULL for the year 0, which stands for none, and unreadable outside of 1000 to 2100."""
    dates = (
        r"(\d{4})-\d{1,2}(?:-\d{1,2})?(?:[T ].*)?",
        r"\d{1,2}[/.]\d{1,2}[/.](\d{4})",
        r"[A-Za-z]+ \d{1,2}, (\d{4})",
    )
    found = f"regexp_extract({text}, '^(?:{'|'.join(dates)})$', ['a', 'b', 'c'])"
    year, number = f"concat({found}.a, {found}.b, {found}.c)", f"TRY_CAST({text} AS DOUBLE)"
    of_date = (
        f"CASE WHEN TRY_CAST({year} AS INTEGER) = 0 THEN NULL "
        f"WHEN TRY_CAST({year} AS INTEGER) BETWEEN 1000 AND 2100 THEN {year} ELSE {text} END"
    )
    return (
        f"CASE WHEN {number} = 0 OR {x} IS NULL THEN NULL WHEN {number} BETWEEN 1000 AND 2100 THEN {text} "
        f"WHEN {number} IS NOT NULL THEN {text} || ' (out of range)' ELSE {of_date} END"
    )


def names_of_list(text: str) -> str | None:
    """The names of a list that Python or JSON wrote, as one text; the text itself if it is no such list."""
    for read in (ast.literal_eval, json.loads):
        try:
            names = read(text.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            return _joined(names)
    return text


def names_of_text(text: str) -> str | None:
    """The names that an export parts with semicolons, or with commas without a blank, as one text."""
    return _joined(text.split(";") if ";" in text else _COMMA.split(text))


def first_of_text(text: str) -> str | None:
    """The first of the names in a text, parted by commas or semicolons, or in a list."""
    listed = names_of_list(text) if text.strip().startswith("[") else text
    return re.split("[,;]", listed or "")[0].strip() or None


def _joined(names: list[str]) -> str | None:
    """Names with commas between them, or semicolons where a name has a comma itself."""
    given = [name.strip() for name in names if name.strip()]
    return ("; " if len(given) > 1 and any("," in name for name in given) else ", ").join(given) or None
