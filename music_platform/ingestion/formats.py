"""Landed files as raw rows: CSV, TSV, JSON Lines, JSON, Parquet, each also compressed.

A row that can't be split into fields is kept: all its fields are NULL and `ROW_PROBLEM` says why. Put a new file format
here; columns and their types are applied by `readers`.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from music_platform.errors import InputError
from music_platform.ingestion import casts
from music_platform.ingestion.column_names import Matched, known, match
from music_platform.ingestion.contents import Content, open_content
from music_platform.ingestion.csv_rows import csv_rows
from music_platform.ingestion.json_rows import json_lines, json_objects
from music_platform.ingestion.names import suffixes
from music_platform.schema import Column, Kind

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

ROW_NUMBER = "row_number"
ROW_PROBLEM = "row_problem"


@dataclass(frozen=True)
class Raw:
    """The rows of a file: `ROW_NUMBER` (from 1), `ROW_PROBLEM`, and the wanted columns that it has.

    Attributes:
        relation: the rows; a wanted column has its name in the schema.
        found: all columns of the file, the unwanted ones included.
        matched: which columns of the file were taken for which.
        notes: sentences about what was done to read the file.
        may_have_decimal_commas: whether a comma inside of a number parts no fields.
    """

    relation: "duckdb.DuckDBPyRelation"
    found: tuple[str, ...]
    matched: Matched
    notes: tuple[str, ...] = ()
    may_have_decimal_commas: bool = False


def open_rows(
    connection: "duckdb.DuckDBPyConnection", path: Path, kind: Kind, wanted: Collection[str], *, own: bool = False
) -> Raw:
    """Read a file; `column_names.match` finds its columns.

    Args:
        connection: the connection of the relation; it must stay open while the relation is used.
        path: a file whose name ends in one of `names.SUFFIXES`, optionally followed by one of `names.PACKED`.
        kind: the kind of the file.
        wanted: lower-case names of the columns to keep.
        own: whether the relation also holds every column of the file as it is, as `own_0`, `own_1` and so on in the
            order of `found`; JSON values are of type JSON.

    Returns:
        The rows in the order of the file.

    Raises:
        InputError: no such file, unknown extension, empty, not of its format, cut off, or of an unknown encoding.
    """
    import duckdb
    import pyarrow as pa

    try:
        content = open_content(path)
        if content.format == ".parquet":
            return _parquet(connection, path, content, kind, wanted, own=own)
        if content.format in (".csv", ".tsv"):
            return _csv(connection, path, content, kind, wanted, own=own)
        return _json(connection, path, content, kind, wanted, own=own)
    except (OSError, pa.ArrowException, duckdb.Error) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: can't be read as {suffixes(path).lower().lstrip('.')}: {reason}") from error


def has_decimal_commas(raw: Raw, columns: Iterable[Column]) -> bool:
    """Whether a number of the columns that the file has is written with a comma where others have a point."""
    types = dict(zip(raw.relation.columns, raw.relation.types, strict=True))
    numbers = [c.name for c in columns if c.type == "float64" and c.name in types and casts.is_textual(types[c.name])]
    if not numbers or not raw.may_have_decimal_commas:
        return False
    found = " OR ".join(f"bool_or({casts.decimal_comma(name)})" for name in numbers)
    return bool(raw.relation.aggregate(f"coalesce({found}, false)").fetchall()[0][0])


def _parquet(
    connection: "duckdb.DuckDBPyConnection",
    path: Path,
    content: Content,
    kind: Kind,
    wanted: Collection[str],
    *,
    own: bool,
) -> Raw:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(pa.BufferReader(content.data))
    found = tuple(file.schema_arrow.names)
    matched = _matched(path, kind, found, wanted)
    table = file.read(columns=None if own else list(matched.names.values()))
    table = _chosen(table, found, matched, own=own)
    table.validate(full=True)  # text that is not UTF-8 would reach DuckDB unseen
    for i, column in enumerate(table.schema):
        if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
            table = table.set_column(i, column.name, table.column(i).cast(pa.string()))
    return Raw(connection.from_arrow(_numbered(table, {})), found, matched, content.notes)


def _csv(
    connection: "duckdb.DuckDBPyConnection",
    path: Path,
    content: Content,
    kind: Kind,
    wanted: Collection[str],
    *,
    own: bool,
) -> Raw:
    rows = csv_rows(content.data, path, known(kind, wanted), kind.name)
    found = tuple(rows.table.column_names)
    matched = _matched(path, kind, found, wanted)
    table = _numbered(_chosen(rows.table, found, matched, own=own), rows.rejected)
    notes = (*content.notes, *rows.notes)
    return Raw(connection.from_arrow(table), found, matched, notes, rows.delimiter != ",")


def _json(
    connection: "duckdb.DuckDBPyConnection",
    path: Path,
    content: Content,
    kind: Kind,
    wanted: Collection[str],
    *,
    own: bool,
) -> Raw:
    is_lines = content.format == ".jsonl"
    table, rejected = json_lines(content.data) if is_lines else json_objects(content.data, path)
    not_object = "row: not a JSON object"
    lines = connection.from_arrow(_numbered(table, dict.fromkeys(rejected, not_object)))
    json_object = "CASE WHEN json_valid(line) THEN CASE WHEN json_type(line) = 'OBJECT' THEN line END END"
    objects = lines.project(f'{ROW_NUMBER}, {json_object} AS "object"')
    keys = objects.project('unnest(json_keys("object")) AS k').distinct().order("k").fetchall()
    found = tuple(key for (key,) in keys)
    if not found:
        expected = "no line of the file is a JSON object; expected one object per line"
        raise InputError(
            f"{path}: {expected if is_lines else 'the file holds no JSON object; expected a list of them'}"
        )
    matched = _matched(path, kind, found, wanted)
    taken = found if own else tuple(matched.names.values())
    shape = json.dumps(dict.fromkeys(taken, "JSON")).replace("'", "''")
    # A struct finds its fields without regard to case, so names that differ only in it were refused above.
    columns = [f'"fields".{_quoted(key)} AS {name}' for name, key in matched.names.items()]
    columns += [f'"fields".{_quoted(key)} AS own_{i}' for i, key in enumerate(found)] if own else []
    problem = f"CASE WHEN \"object\" IS NULL THEN '{not_object}' END AS {ROW_PROBLEM}"
    rows = objects.project(f"""*, json_transform("object", '{shape}') AS "fields" """) if taken else objects
    return Raw(rows.project(", ".join([ROW_NUMBER, problem, *columns])), found, matched, content.notes)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _matched(path: Path, kind: Kind, found: Collection[str], wanted: Collection[str]) -> Matched:
    try:
        return match(kind, found, wanted)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _chosen(table: "pa.Table", found: tuple[str, ...], matched: Matched, *, own: bool) -> "pa.Table":
    """The matched columns under their names in the schema, and with `own` all columns by their place."""
    import pyarrow as pa

    chosen = {name: table[key] for name, key in matched.names.items()}
    chosen |= {f"own_{i}": table.column(i) for i in range(len(found))} if own else {}
    if not chosen:
        return table.select([])
    return pa.table(list(chosen.values()), names=list(chosen))


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
