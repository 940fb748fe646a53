"""Rows of CSV and TSV files in the dialects that people have: delimiters, `sep=` lines, blanks, backslash quotes.

A file whose quotes are all where RFC 4180 wants them is read by pyarrow. Any other one is read record by record, and a
record whose quotes can't be understood is kept as a problem, so that no altered text counts as good.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from music_platform.errors import InputError
from music_platform.ingestion.column_names import plain
from music_platform.ingestion.csv_records import Quoting, read_records

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK = 1 << 26
_HEADER = 1 << 20
_DELIMITERS = (",", ";", "\t")
_SEP = re.compile(r'"?sep=(.)"?\s*', re.I)
_AG_NEWS = re.compile(r'"?[1-4]"?,"')
_HEADERLESS = {"articles": (_AG_NEWS, ("Class Index", "Title", "Description"))}
"""Kind -> how the first line of a well-known set without a header begins, and the names of its columns."""


@dataclass(frozen=True)
class Rows:
    """The rows of a file as texts, the rows that could not be split, and what was done to read them.

    Attributes:
        table: the good rows; empty fields are null.
        rejected: number of a row, from 1 -> the reason why it can't be read.
        delimiter: what parts the fields.
        notes: sentences about the dialect.
    """

    table: "pa.Table"
    rejected: dict[int, str]
    delimiter: str
    notes: tuple[str, ...] = ()


def csv_rows(data: "pa.Buffer", path: Path, known: Collection[str], kind: str) -> Rows:
    """Read a CSV or TSV file in UTF-8.

    Args:
        data: the whole file.
        path: its name for messages.
        known: plain names that its columns may have; they tell the delimiter.
        kind: its landing kind; a well-known set of that kind may come without a header.

    Raises:
        InputError: the file ends inside a quoted field.
    """
    import pyarrow as pa

    notes: tuple[str, ...] = ()
    data = data.slice(3) if data.slice(0, 3).to_pybytes() == b"\xef\xbb\xbf" else data
    line = _first_line(data)
    delimiter = ""
    if sep := _SEP.fullmatch(line):
        delimiter, notes = sep[1], (f"the first line {line.strip()} names the delimiter",)
        data = data.slice(len(line.encode()) + 1)
        line = _first_line(data)
    if not delimiter:
        found = {d: sum(plain(name.strip(' \r"')) in known for name in line.split(d)) for d in _DELIMITERS}
        delimiter = max(found, key=lambda d: found[d])
    columns = None
    if kind in _HEADERLESS and _HEADERLESS[kind][0].match(line) and line.count(",") >= 2:
        columns = _HEADERLESS[kind][1]
        notes = (*notes, f"the file has no header; its columns are {', '.join(columns)}")
    has_blanks = all(name.startswith(" ") for name in line.split(delimiter)[1:]) and delimiter in line
    if not has_blanks and _is_strict(data, delimiter):
        table, rejected = text_rows(data, delimiter, quote='"', columns=columns)
        first = 0 if columns else 1
        wrong = {row - first: f"row: {n} fields where {table.num_columns} are expected" for row, n in rejected.items()}
        return Rows(table, wrong, delimiter, notes)
    text = data.to_pybytes().decode()
    quoting = Quoting(delimiter, has_blanks=has_blanks)
    records = read_records(text, quoting, columns)
    if (records is None or records.rejected) and '\\"' in text:
        escaped = read_records(text, Quoting(delimiter, has_blanks=has_blanks, is_escaped=True), columns)
        if escaped and (records is None or len(escaped.rejected) < len(records.rejected)):
            records, notes = escaped, (*notes, 'quotes inside of fields are written as \\"')
    if records is None:
        raise InputError(
            f"{path}: the file ends inside a quoted field; copy it again if it was cut off, or double its quotes"
        )
    arrays = [pa.array(values, pa.string()) for values in zip(*records.rows, strict=True)]
    arrays = arrays or [pa.array([], pa.string())] * len(records.columns)
    return Rows(pa.table(arrays, names=list(records.columns)), records.rejected, delimiter, notes)


def text_rows(
    data: "pa.Buffer", delimiter: str, *, quote: str | bool, columns: Collection[str] | None
) -> tuple["pa.Table", dict[int, int]]:
    """All rows as text, and the rows with a wrong number of fields: row (a header is one) -> its fields."""
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    rejected: dict[int, int] = {}

    def reject(row: "pa_csv.InvalidRow") -> str:
        rejected[row.number] = row.actual_columns
        return "skip"

    given = list(columns) if columns else None
    read = pa_csv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=given)  # threads lose row numbers
    parse = pa_csv.ParseOptions(
        delimiter=delimiter, quote_char=quote, newlines_in_values=bool(quote), invalid_row_handler=reject
    )
    names = given or pa_csv.open_csv(pa.BufferReader(data), read, parse).schema.names
    rejected.clear()
    convert = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        strings_can_be_null=True,
        null_values=[""],
    )
    return pa_csv.read_csv(pa.BufferReader(data), read, parse, convert), rejected


def _first_line(data: "pa.Buffer") -> str:
    head: bytes = data.slice(0, min(data.size, _HEADER)).to_pybytes()
    return head.split(b"\n", 1)[0].decode(errors="replace")


def _is_strict(data: "pa.Buffer", delimiter: str) -> bool:
    """Whether every quote opens or closes a whole field, or is doubled inside of one."""
    import numpy as np

    text = np.frombuffer(data, np.uint8)
    places = np.flatnonzero(text == ord('"'))
    if len(places) % 2:
        return False
    ends = np.frombuffer(f'{delimiter}\r\n"'.encode(), np.uint8)
    opening, closing = places[::2], places[1::2]
    before = np.isin(text[np.maximum(opening - 1, 0)], ends) | (opening == 0)
    after = np.isin(text[np.minimum(closing + 1, len(text) - 1)], ends) | (closing == len(text) - 1)
    return bool(before.all() and after.all())
