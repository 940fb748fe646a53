"""Landed files as raw rows: CSV, JSON Lines, Parquet, each also gzipped.

A row that can't be split into fields is kept: all its fields are NULL and `ROW_PROBLEM` says why. Put a new file format
here; columns and their types are applied by `readers`.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from music_platform.errors import InputError
from music_platform.ingestion.names import SUFFIXES, suffixes

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

ROW_NUMBER = "row_number"
ROW_PROBLEM = "row_problem"

_BLOCK = 1 << 26
_HEADER = 1 << 20
_NO_DELIMITER = "\x01"  # JSON can't hold it unescaped, so a line never splits


@dataclass(frozen=True)
class Raw:
    """The rows of a file: `ROW_NUMBER` (from 1), `ROW_PROBLEM`, and the wanted columns that it has.

    `found` lists all columns of the file, the unwanted ones included.
    """

    relation: "duckdb.DuckDBPyRelation"
    found: tuple[str, ...]


def open_rows(connection: "duckdb.DuckDBPyConnection", path: Path, wanted: Collection[str]) -> Raw:
    """Read a file; column names are matched without regard to case and surrounding blanks.

    Args:
        connection: the connection of the relation; it must stay open while the relation is used.
        path: a file whose name ends in one of `SUFFIXES`, optionally followed by `.gz`.
        wanted: lower-case names of the columns to keep.

    Returns:
        The rows in the order of the file.

    Raises:
        InputError: no such file, unknown extension, empty, not of its format, cut off, or not UTF-8.
    """
    import duckdb
    import pyarrow as pa

    suffix = suffixes(path).lower()
    if not suffix:
        raise InputError(f"{path}: unknown format; expected {', '.join(SUFFIXES)}, each also with .gz")
    try:
        content = _content(path, gzipped=suffix.endswith(".gz"))
        if suffix.startswith(".parquet"):
            return _parquet(connection, path, content, wanted)
        if suffix.startswith(".csv"):
            return _csv(connection, path, content, wanted)
        return _jsonl(connection, path, content, wanted)
    except (OSError, pa.ArrowException, duckdb.Error) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: can't be read as {suffix.lstrip('.')}: {reason}") from error


def _content(path: Path, *, gzipped: bool) -> "pa.Buffer":
    import pyarrow as pa

    if not path.is_file():
        raise InputError(f"{path}: no such file; check the path")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty; add at least one row")
    if not gzipped:
        return pa.OSFile(str(path)).read_buffer()  # not mapped: a mapped file that somebody cuts kills the process
    content = pa.py_buffer(pa.input_stream(str(path), compression="gzip").read())
    if content.size == 0:
        raise InputError(f"{path}: the file is empty; add at least one row")
    return content


def _parquet(connection: "duckdb.DuckDBPyConnection", path: Path, content: "pa.Buffer", wanted: Collection[str]) -> Raw:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(pa.BufferReader(content))
    found = tuple(file.schema_arrow.names)
    names = _matched(path, found, wanted)
    table = file.read(columns=list(names.values())).select(list(names.values())).rename_columns(list(names))
    table.validate(full=True)  # text that is not UTF-8 would reach DuckDB unseen
    for i, column in enumerate(table.schema):
        if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
            table = table.set_column(i, column.name, table.column(i).cast(pa.string()))
    return Raw(connection.from_arrow(_numbered(table, {})), found)


def _csv(connection: "duckdb.DuckDBPyConnection", path: Path, content: "pa.Buffer", wanted: Collection[str]) -> Raw:
    header = content.slice(0, min(content.size, _HEADER)).to_pybytes().split(b"\n", 1)[0]
    try:
        line = header.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: the first line is not UTF-8 text; expected column names in UTF-8") from error
    known = {d: sum(n.strip(' \r"').lower() in wanted for n in line.split(d)) for d in (",", ";", "\t")}
    delimiter = max(known, key=lambda d: known[d])
    table, rejected = _text_rows(content, delimiter, quote='"', columns=None)
    if table.num_rows and "\n" in (table.column(table.num_columns - 1)[-1].as_py() or ""):
        end = content.slice(max(0, content.size - 64)).to_pybytes().rstrip()
        if not end.endswith(b'"'):
            raise InputError(
                f"{path}: the file ends inside a quoted field; copy it again if it was cut off, or double its quotes"
            )
    found = tuple(table.column_names)
    names = _matched(path, found, wanted)
    raw = table.select(list(names.values())).rename_columns(list(names))
    fields = {row: f"row: {n} fields where {table.num_columns} are expected" for row, n in rejected.items()}
    return Raw(connection.from_arrow(_numbered(raw, {row - 1: why for row, why in fields.items()})), found)


def _jsonl(connection: "duckdb.DuckDBPyConnection", path: Path, content: "pa.Buffer", wanted: Collection[str]) -> Raw:
    table, rejected = _text_rows(content, _NO_DELIMITER, quote=False, columns=["line"])
    not_object = "row: not a JSON object"
    lines = connection.from_arrow(_numbered(table, dict.fromkeys(rejected, not_object)))
    json_object = "CASE WHEN json_valid(line) THEN CASE WHEN json_type(line) = 'OBJECT' THEN line END END"
    objects = lines.project(f'{ROW_NUMBER}, {json_object} AS "object"')
    keys = objects.project('unnest(json_keys("object")) AS k').distinct().order("k").fetchall()
    found = tuple(key for (key,) in keys)
    if not found:
        raise InputError(f"{path}: no line of the file is a JSON object; expected one object per line")
    names = _matched(path, found, wanted)
    shape = json.dumps(dict.fromkeys(names.values(), "JSON")).replace("'", "''")
    # A struct finds its fields without regard to case, so names that differ only in it were refused above.
    columns = [f'"fields"."{key}" AS {name}' for name, key in names.items()]
    problem = f"CASE WHEN \"object\" IS NULL THEN '{not_object}' END AS {ROW_PROBLEM}"
    rows = objects.project(f"""*, json_transform("object", '{shape}') AS "fields" """) if names else objects
    return Raw(rows.project(", ".join([ROW_NUMBER, problem, *columns])), found)


def _matched(path: Path, found: Collection[str], wanted: Collection[str]) -> dict[str, str]:
    """Wanted name -> the file's name for it."""
    names: dict[str, str] = {}
    for name in found:
        plain = name.strip().lower()
        if plain in wanted and plain in names:
            raise InputError(f"{path}: the file has column '{plain}' twice; remove one")
        if plain in wanted:
            names[plain] = name
    return names


def _text_rows(
    content: "pa.Buffer", delimiter: str, *, quote: str | bool, columns: list[str] | None
) -> tuple["pa.Table", dict[int, int]]:
    """All rows as text, and the rows with a wrong number of fields: row (the header is one) -> its fields."""
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    rejected: dict[int, int] = {}

    def reject(row: "pa_csv.InvalidRow") -> str:
        rejected[row.number] = row.actual_columns
        return "skip"

    read = pa_csv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=columns)  # threads lose row numbers
    parse = pa_csv.ParseOptions(
        delimiter=delimiter, quote_char=quote, newlines_in_values=bool(quote), invalid_row_handler=reject
    )
    names = columns or pa_csv.open_csv(pa.BufferReader(content), read, parse).schema.names
    rejected.clear()
    convert = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        strings_can_be_null=True,
        null_values=[""],
    )
    return pa_csv.read_csv(pa.BufferReader(content), read, parse, convert), rejected


def _numbered(table: "pa.Table", rejected: dict[int, str]) -> "pa.Table":
    """Add row numbers and put the rejected rows, as NULLs with their problem, where they stood."""
    import numpy as np
    import pyarrow as pa

    bad = np.fromiter(sorted(rejected), np.int64, len(rejected))
    numbers = np.setdiff1d(np.arange(1, table.num_rows + len(bad) + 1), bad)
    table = table.append_column(ROW_NUMBER, pa.array(numbers, pa.int64()))
    table = table.append_column(ROW_PROBLEM, pa.nulls(table.num_rows, pa.string()))
    if not len(bad):
        return table
    extra = pa.table({ROW_NUMBER: pa.array(bad), ROW_PROBLEM: [rejected[row] for row in bad.tolist()]})
    return pa.concat_tables([table, extra], promote_options="default").sort_by(ROW_NUMBER)
