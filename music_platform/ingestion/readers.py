"""Landed files as typed rows: the columns of their kind, the file and row they come from, and the unreadable values.

Only the names and types of `schema.KINDS` are applied here; the limits of a column are rules of the features stage. An
unreadable value of a required column is a problem of its row, one of an optional column is empty and counted.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from music_platform import schema
from music_platform.errors import InputError
from music_platform.ingestion import casts, formats, values
from music_platform.ingestion.names import stem
from music_platform.storage.files import content_hash

if TYPE_CHECKING:
    import pyarrow as pa

_READING = b"reading"


@dataclass(frozen=True)
class Reading:
    """How a file was read.

    Attributes:
        columns: the file's column -> the kind's column.
        passed_over: the file's column -> the kind's column that another one of the file gave.
        ignored: the file's other columns, sorted.
        notes: sentences about its encoding, dialect and columns.
        unread: optional column -> the number of values that could not be read and are empty.
    """

    columns: dict[str, str]
    passed_over: dict[str, str]
    ignored: list[str]
    notes: list[str]
    unread: dict[str, int]

    @property
    def mapped(self) -> dict[str, str]:
        """The entries of `columns` whose two names differ."""
        return {own: name for own, name in self.columns.items() if own.strip().lower() not in (name, casts.GENRE)}


def read(kind: schema.Kind, path: Path, *, landed_at: datetime, sha256: str | None = None) -> "pa.Table":
    """Read a file of a kind: CSV, TSV, JSON Lines, JSON or Parquet, each also compressed.

    A single value that can't be read as its column's type becomes NULL with an entry in `problems`, or in `unread` if
    its column is optional. A column that the file lacks is NULL, but `source` is then the file's stem and `fetched_at`
    the landing time.

    Args:
        kind: the kind whose columns the file has.
        path: the file.
        landed_at: the landing time of the file; without a time zone it counts as UTC.
        sha256: the file's content hash where it is known already.

    Returns:
        The rows in the order of the file: the kind's columns in schema order, then `schema.PROVENANCE`.
        Timestamps are UTC without a zone. `reading_of` tells how the file was read.

    Raises:
        InputError: the file can't be read, has no rows, lacks a required column, or has one of a wrong type.
    """
    import duckdb

    wanted = {column.name for column in kind.columns}
    wanted |= {casts.GENRE} if "genres" in wanted else set()
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        values.register(connection)
        raw = formats.open_rows(connection, path, kind, wanted)
        missing = [name for name in kind.required if name not in raw.relation.columns]
        if missing:
            raise InputError(
                f"{path}: column '{missing[0]}' is missing; {kind.name} files need "
                f"{', '.join(kind.required)}, this file has {_one_line(', '.join(raw.found))}"
            )
        notes = list(raw.notes)
        try:
            table = _typed(raw, kind, (sha256 or content_hash(path))[:16], notes)
        except (InputError, duckdb.Error) as error:
            raise InputError(f"{path}: {_one_line(str(error))}") from error
    unread = _check(table, kind, path, notes)
    if kind.name == "articles" and not raw.matched.readings:
        _check_topics(table, path)
    table = _with_defaults(table, stem(path), landed_at)
    taken = {*raw.matched.names.values(), *raw.matched.passed_over}
    names = {own: name if name in table.column_names else "genres" for name, own in raw.matched.names.items()}
    reading = Reading(
        {own: names[own] for own in raw.found if own in names},
        raw.matched.passed_over,
        sorted(name for name in raw.found if name not in taken),
        notes,
        unread,
    )
    return table.replace_schema_metadata({_READING: json.dumps(asdict(reading)).encode()})


def reading_of(table: "pa.Table") -> Reading:
    """How `read` read the file of a table."""
    return Reading(**json.loads(table.schema.metadata[_READING]))


def ignored_columns(table: "pa.Table") -> tuple[str, ...]:
    """The columns of the file that `read` left out, sorted."""
    reading = reading_of(table)
    return tuple(sorted([*reading.ignored, *reading.passed_over]))


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]


def _typed(raw: formats.Raw, kind: schema.Kind, digest: str, notes: list[str]) -> "pa.Table":
    relation = raw.relation
    types = dict(zip(relation.columns, relation.types, strict=True))
    commas = formats.has_decimal_commas(raw, kind.columns)
    if commas:
        notes.append("numbers are written with decimal commas")
    raws, typed, problems, final = [], [], {True: [formats.ROW_PROBLEM], False: []}, []
    for column in kind.columns:
        x, value = f"raw_{column.name}", f"value_{column.name}"
        try:
            if column.type == "array<string>" and types.keys() & {column.name, casts.GENRE}:
                expression = casts.genres(column, types)
            elif column.name in types:
                reading = raw.matched.readings.get(column.name, "")
                written = casts.raw(column, column.name, types[column.name], reading, decimal_commas=commas)
                expression = casts.value(column, x, types)
                raws.append(f"{written} AS {x}")
                problems[column.required].append(casts.problem(column, x, value))
            else:
                expression = f"CAST(NULL AS {casts.SQL_TYPES[column.type]})"
        except InputError as error:
            if column.required:
                raise
            notes.append(f"{error}; the column is left empty")
            expression = f"CAST(NULL AS {casts.SQL_TYPES[column.type]})"
        typed.append(f"{expression} AS {value}")
        final.append(f"{value} AS {column.name}")
    final.append(f"'{digest}:' || {formats.ROW_NUMBER} AS row_id")
    for name, required in (("problems", True), ("unread", False)):
        listed = ", ".join(problems[required])
        final.append(f"list_filter(CAST([{listed}] AS VARCHAR[]), lambda p: p IS NOT NULL) AS {name}")
    for expressions in (["*", *raws], ["*", *typed], final):
        relation = relation.project(", ".join(expressions))
    return relation.to_arrow_table()


def _check(table: "pa.Table", kind: schema.Kind, path: Path, notes: list[str]) -> dict[str, int]:
    """Refuse a file without rows, or with more than half of its rows, or of a required column's values, unreadable.

    Returns:
        Optional column -> the number of its values that can't be read; `notes` gets a sentence about each.
    """
    if not table.num_rows:
        raise InputError(f"{path}: the file has no rows; add at least one")
    failed = _failed(table, "problems")
    rows, example = failed.pop("row", (0, ""))
    if 2 * rows > table.num_rows:
        raise InputError(
            f"{path}: {rows:,} of {table.num_rows:,} rows can't be read, for example {example}; "
            "at most half may be unreadable"
        )
    if rows:
        notes.append(f"{rows:,} of {table.num_rows:,} rows can't be read and go to quarantine, for example {example}")
    unread = _failed(table, "unread")
    for column in kind.columns:
        bad, example = failed.get(column.name) or unread.get(column.name) or (0, "")
        given = bad + table.num_rows - table[column.name].null_count
        wrong = f"column '{column.name}': expected {casts.expected(column)}; {bad:,} of {given:,} values are not"
        if column.required and 2 * bad > given:
            raise InputError(f"{path}: {wrong}, for example {example}")
        if bad:
            notes.append(f"{wrong} and {'go to quarantine' if column.required else 'are empty'}, for example {example}")
    return {name: number for name, (number, _) in unread.items()}


def _check_topics(table: "pa.Table", path: Path) -> None:
    """Refuse labels that count the topics from 1: read from 0, each would mean the next topic."""
    import pyarrow.compute as pc

    labels = set(pc.unique(pc.utf8_trim_whitespace(table["label"])).to_pylist())
    if "4" in labels and "0" not in labels:
        raise InputError(
            f"{path}: column 'label': the labels count from 1, expected 0-3 in AG News order or names; "
            "if they are AG News' 1-4, call the column 'Class Index'"
        )


def _failed(table: "pa.Table", name: str) -> dict[str, tuple[int, str]]:
    """Subject -> the number of its sentences in a list column of problems, and the first one."""
    import pyarrow.compute as pc

    problems = pc.list_flatten(table[name])
    if not len(problems):
        return {}
    subjects = pc.list_element(pc.split_pattern(problems, ":", max_splits=1), 0)
    counts = {count["values"]: count["counts"] for count in pc.value_counts(subjects).to_pylist()}
    return {
        subject: (number, _one_line(problems[pc.index(subjects, subject).as_py()].as_py()))
        for subject, number in counts.items()
    }


def _with_defaults(table: "pa.Table", stem: str, landed_at: datetime) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.compute as pc

    if landed_at.tzinfo is not None:
        landed_at = landed_at.astimezone(UTC).replace(tzinfo=None)
    for name, default in (
        ("source", stem),
        ("fetched_at", landed_at.replace(hour=0, minute=0, second=0, microsecond=0)),
    ):
        i = table.schema.get_field_index(name)
        if i >= 0:
            table = table.set_column(i, table.schema.field(i), pc.fill_null(table[name], default))
    landed = pa.repeat(pa.scalar(landed_at, pa.timestamp("us")), len(table))
    return table.add_column(table.schema.get_field_index("problems"), "landed_at", landed)
