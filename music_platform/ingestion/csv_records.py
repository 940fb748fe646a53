"""Records of a CSV text whose quotes need care, one by one; what can't be read stays a problem of its record."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

_BROKEN = "row: text stands beside a closing quote; double the quotes inside of a quoted field"
_ESCAPES = re.compile(r'\\(["\\]|\r?\n)|"(")')


@dataclass(frozen=True)
class Quoting:
    """How fields are parted and quoted.

    Attributes:
        delimiter: one character.
        has_blanks: whether a blank after a delimiter belongs to no field.
        is_escaped: whether a backslash stands before a quote or backslash inside of quotes, as MySQL writes them.
    """

    delimiter: str
    has_blanks: bool = False
    is_escaped: bool = False

    @cached_property
    def field(self) -> re.Pattern[str]:
        """One field at a place: group 1 is the inside of a quoted one, group 2 a bare one."""
        end = rf"(?={re.escape(self.delimiter)}|[\r\n]|\Z)"
        inside = r'[^"\\]*+(?:(?:\\.|"")[^"\\]*+)*+' if self.is_escaped else r'[^"]*+(?:""[^"]*+)*+'
        blanks = " *" if self.has_blanks else ""
        return re.compile(rf' *"({inside})" *{end}|{blanks}((?! *")[^{re.escape(self.delimiter)}\r\n]*)', re.S)

    def value(self, found: re.Match[str]) -> str | None:
        """The value of a field; None where it is empty."""
        inside, bare = found.groups()
        if inside is None:
            return None if bare == "" or (self.is_escaped and bare == "\\N") else bare
        text = _ESCAPES.sub(lambda m: m[1] or m[2], inside) if self.is_escaped else inside.replace('""', '"')
        return text or None


@dataclass
class Records:
    """Column names, the rows that have a value or None for each, and row number, from 1 -> why it can't be read."""

    columns: tuple[str, ...] = ()
    rows: list[list[str | None]] = field(default_factory=list)
    rejected: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Record:
    values: list[str | None]
    quoted: frozenset[int]
    end: int


def read_records(text: str, quoting: Quoting, columns: Sequence[str] | None = None) -> Records | None:
    """Read all records; the first one names the columns unless `columns` does. None if a quote is never closed.

    A record that breaks the quoting ends where the next one begins without doubt: it has all fields, quotes those that
    every good record before it quotes, and another good record or the end of the text follows.
    """
    records, always, at = Records(tuple(columns or ())), None, 0
    number = 0
    while (at := _next_line(text, at)) < len(text):
        record = _record(text, at, quoting)
        if not records.columns and record:
            records.columns, at = tuple(value or "" for value in record.values), record.end
            continue
        number += 1
        if record is None:
            if not _closes(text, at, quoting):
                return None
            records.rejected[number] = _BROKEN
            at = _resumed(text, at, quoting, len(records.columns), always or frozenset())
            continue
        at = record.end
        if len(record.values) == len(records.columns):
            records.rows.append(record.values)
            always = record.quoted if always is None else always & record.quoted
        else:
            records.rejected[number] = f"row: {len(record.values)} fields where {len(records.columns)} are expected"
    return records


def _record(text: str, at: int, quoting: Quoting) -> _Record | None:
    values: list[str | None] = []
    quoted = set()
    while found := quoting.field.match(text, at):
        quoted |= {len(values)} if found[1] is not None else set()
        values.append(quoting.value(found))
        at = found.end()
        if at == len(text) or text[at] in "\r\n":
            return _Record(values, frozenset(quoted), at)
        at += 1
    return None


def _closes(text: str, at: int, quoting: Quoting) -> bool:
    """Whether the field that breaks a record has a further quote somewhere."""
    while found := quoting.field.match(text, at):
        at = found.end() + 1
    return text.find('"', text.find('"', at) + 1) >= 0


def _resumed(text: str, at: int, quoting: Quoting, fields: int, always: frozenset[int]) -> int:
    """Where the record after a broken one begins; the end of the text if that can't be told."""

    def good(start: int) -> int | None:
        record = _record(text, start, quoting)
        return record.end if record and len(record.values) == fields and record.quoted >= always else None

    for line in re.compile(r"[\r\n]+").finditer(text, at):
        end = good(line.end())
        if end is not None and ((following := _next_line(text, end)) == len(text) or good(following) is not None):
            return line.end()
    return len(text)


def _next_line(text: str, at: int) -> int:
    while at < len(text) and text[at] in "\r\n":
        at += 1
    return at
