"""Landed files as typed rows: the columns of their kind, the file and row they come from, and the unreadable values.

Only the names and types of `schema.KINDS` are applied here; the limits of a column are rules of the features stage.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from music_platform import schema
from music_platform.errors import InputError
from music_platform.ingestion import casts, formats
from music_platform.ingestion.names import stem
from music_platform.storage.files import content_hash

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_IGNORED = b"ignored_columns"


def read(kind: schema.Kind, path: Path, *, landed_at: datetime, sha256: str | None = None) -> "pa.Table":
    """Read a file of a kind: CSV, JSON Lines or Parquet, each also gzipped.

    A single value that can't be read as its column's type becomes NULL with an entry in `problems`. A column
    that the file lacks is NULL, but `source` is then the file's stem and `fetched_at` the landing time.

    Args:
        kind: the kind whose columns the file has.
        path: the file.
        landed_at: the landing time of the file; without a time zone it counts as UTC.
        sha256: the file's content hash where it is known already.

    Returns:
        The rows in the order of the file: the kind's columns in schema order, then `schema.PROVENANCE`.
        Timestamps are UTC without a zone. `ignored_columns` lists the other columns of the file.

    Raises:
        InputError: the file can't be read, has no rows, lacks a required column, or has one of a wrong type.
    """
    import duckdb

    wanted = {column.name for column in kind.columns}
    wanted |= {casts.GENRE} if "genres" in wanted else set()
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        raw = formats.open_rows(connection, path, wanted)
        missing = [name for name in kind.required if name not in raw.relation.columns]
        if missing:
            raise InputError(
                f"{path}: column '{missing[0]}' is missing; {kind.name} files need "
                f"{', '.join(kind.required)}, this file has {_one_line(', '.join(raw.found))}"
            )
        try:
            table = _typed(raw.relation, kind, (sha256 or content_hash(path))[:16])
        except (InputError, duckdb.Error) as error:
            raise InputError(f"{path}: {_one_line(str(error))}") from error
    _check(table, kind, path)
    table = _with_defaults(table, stem(path), landed_at)
    ignored = sorted(name for name in raw.found if name.strip().lower() not in wanted)
    return table.replace_schema_metadata({_IGNORED: json.dumps(ignored).encode()})


def ignored_columns(table: "pa.Table") -> tuple[str, ...]:
    """The columns of the file that `read` left out because their kind does not have them, sorted."""
    return tuple(json.loads((table.schema.metadata or {}).get(_IGNORED, b"[]")))


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]


def _typed(relation: "duckdb.DuckDBPyRelation", kind: schema.Kind, digest: str) -> "pa.Table":
    types = dict(zip(relation.columns, relation.types, strict=True))
    raws, values, problems, final = [], [], [formats.ROW_PROBLEM], []
    for column in kind.columns:
        raw, value = f"raw_{column.name}", f"value_{column.name}"
        if column.type == "array<string>" and types.keys() & {column.name, casts.GENRE}:
            values.append(f"{casts.genres(column, types)} AS {value}")
        elif column.name in types:
            raws.append(f"{casts.raw(column, column.name, types[column.name])} AS {raw}")
            values.append(f"{casts.value(column, raw, types)} AS {value}")
            problems.append(casts.problem(column, raw, value))
        else:
            values.append(f"CAST(NULL AS {casts.SQL_TYPES[column.type]}) AS {value}")
        final.append(f"{value} AS {column.name}")
    final.append(f"'{digest}:' || {formats.ROW_NUMBER} AS row_id")
    final.append(f"list_filter(CAST([{', '.join(problems)}] AS VARCHAR[]), lambda p: p IS NOT NULL) AS problems")
    for expressions in (["*", *raws], ["*", *values], final):
        relation = relation.project(", ".join(expressions))
    return relation.to_arrow_table()


def _check(table: "pa.Table", kind: schema.Kind, path: Path) -> None:
    """Refuse a file without rows, or with more than half of its rows, or of the values of a column, unreadable."""
    import pyarrow.compute as pc

    if not table.num_rows:
        raise InputError(f"{path}: the file has no rows; add at least one")
    problems = pc.list_flatten(table["problems"])
    if not len(problems):
        return
    subjects = pc.list_element(pc.split_pattern(problems, ":", max_splits=1), 0)
    failed = {count["values"]: count["counts"] for count in pc.value_counts(subjects).to_pylist()}
    examples = {name: _one_line(problems[pc.index(subjects, name).as_py()].as_py()) for name in failed}
    rows = failed.pop("row", 0)
    if 2 * rows > table.num_rows:
        raise InputError(
            f"{path}: {rows:,} of {table.num_rows:,} rows can't be read, for example {examples['row']}; "
            "at most half may be unreadable"
        )
    for column in kind.columns:
        bad = failed.get(column.name, 0)
        values = bad + table.num_rows - table[column.name].null_count
        if 2 * bad > values:
            raise InputError(
                f"{path}: column '{column.name}': expected {casts.EXPECTED[column.type]}; "
                f"{bad:,} of {values:,} values are not, for example {examples[column.name]}"
            )


def _with_defaults(table: "pa.Table", stem: str, landed_at: datetime) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.compute as pc

    if landed_at.tzinfo is not None:
        landed_at = landed_at.astimezone(UTC).replace(tzinfo=None)
    for name, default in (("source", stem), ("fetched_at", landed_at)):
        i = table.schema.get_field_index(name)
        if i >= 0:
            table = table.set_column(i, table.schema.field(i), pc.fill_null(table[name], default))
    landed = pa.repeat(pa.scalar(landed_at, pa.timestamp("us")), len(table))
    return table.add_column(table.schema.get_field_index("problems"), "landed_at", landed)
