"""People's files with all their columns, to score their rows: read and written in the formats of the landing zone.

Parquet is read and written batch by batch, so it may be larger than the memory. A new format of written files belongs
here, and one of read files into `formats`.
"""

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from music_platform.errors import InputError
from music_platform.ingestion import casts, formats, values
from music_platform.ingestion.column_names import match
from music_platform.ingestion.names import EXPECTED, SUFFIXES, suffixes
from music_platform.schema import Kind
from music_platform.storage.files import replacing

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Batch:
    """Some rows: their own columns, the wanted ones under their names in the schema, and why a row can't be read."""

    own: "pa.Table"
    inputs: "pa.Table"
    problems: "pa.Array"


@dataclass(frozen=True)
class OwnFile:
    """An open file: its own columns, the wanted ones that it lacks, and its rows in their order."""

    schema: "pa.Schema"
    missing: tuple[str, ...]
    batches: Iterator[Batch]


@contextmanager
def opened(path: Path, kind: Kind, wanted: Sequence[str], rows: int) -> Iterator[OwnFile]:
    """Open a file of a kind; a value that can't be read is null in `Batch.inputs`, with its problem.

    Args:
        path: the file.
        kind: the kind whose names its columns may have.
        wanted: columns of the kind.
        rows: the rows of a batch.

    Raises:
        InputError: the file can't be read.
    """
    import pyarrow.parquet as pq

    if suffixes(path).lower() not in (".parquet", ""):
        own, inputs, problems = _whole(path, kind, wanted)
        missing = tuple(name for name in wanted if name not in inputs.column_names)
        slices = range(0, len(own), rows)
        yield OwnFile(
            own.schema, missing, (Batch(*(t.slice(i, rows) for t in (own, inputs, problems))) for i in slices)
        )
        return
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        names = match(kind, dict.fromkeys(schema.names), wanted).names
        missing = tuple(name for name in wanted if name not in names)
        yield OwnFile(schema, missing, _batches(file, names, rows))


def _batches(file: Any, names: dict[str, str], rows: int) -> Iterator[Batch]:
    import pyarrow as pa

    for batch in file.iter_batches(rows):
        own = pa.table(batch)
        inputs = pa.table({name: own[key] for name, key in names.items()})
        yield Batch(own, inputs, pa.nulls(len(own), pa.string()))


def _whole(path: Path, kind: Kind, wanted: Sequence[str]) -> tuple["pa.Table", "pa.Table", "pa.ChunkedArray"]:
    """Own columns, wanted ones, and problems of all rows of a file."""
    import duckdb
    import pyarrow as pa

    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        values.register(connection)
        raw = formats.open_rows(connection, path, kind, wanted, own=True)
        types = dict(zip(raw.relation.columns, raw.relation.types, strict=True))
        columns = [column for column in kind.columns if column.name in wanted and column.name in types]
        commas = formats.has_decimal_commas(raw, columns)
        raws, typed, problems = [], [], [formats.ROW_PROBLEM]
        for column in columns:
            x, value = f"raw_{column.name}", f"value_{column.name}"
            reading = raw.matched.readings.get(column.name, "")
            raws.append(f"{casts.raw(column, column.name, types[column.name], reading, decimal_commas=commas)} AS {x}")
            typed.append(f"{casts.value(column, x, types)} AS {value}")
            problems.append(casts.problem(column, x, value))
        relation = raw.relation.project(", ".join(["*", *raws])).project(", ".join(["*", *typed]))
        table = relation.project(f"*, coalesce({', '.join(problems)}) AS problem").to_arrow_table()
    if len(set(raw.found)) < len(raw.found):
        raise InputError(f"{path}: two columns have the same name; give each column a name of its own")
    own = [_own(table[f"own_{i}"], is_json=str(types[f"own_{i}"]) == "JSON") for i in range(len(raw.found))]
    inputs = {column.name: table[f"value_{column.name}"] for column in columns}
    return pa.table(own, names=list(raw.found)), pa.table(inputs), table["problem"]


def _own(column: "pa.ChunkedArray", *, is_json: bool) -> "pa.Array | pa.ChunkedArray":
    """A column of the file; JSON values of one type get it, and others stay JSON text."""
    import pyarrow as pa

    if not is_json:
        return column
    try:
        return pa.array([None if text is None else json.loads(text) for text in column.to_pylist()])
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return column.cast(pa.string())


@contextmanager
def writing(path: Path, schema: "pa.Schema") -> Iterator[Callable[["pa.Table"], None]]:
    """Write a file atomically; what is yielded takes its rows, table after table.

    Raises:
        InputError: the file's name ends in no known format, or is a folder.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    suffix = suffixes(path).lower()
    if not path.is_dir() and not suffix.startswith(SUFFIXES):
        raise InputError(f"{path}: unknown format; name a file that ends in {EXPECTED}")
    with replacing(path) as temporary:
        if suffix == ".parquet":
            with pq.ParquetWriter(temporary, schema) as writer:
                yield writer.write_table
            return
        tables: list[pa.Table] = [schema.empty_table()]
        yield tables.append
        content = _content(pa.concat_tables(tables), suffix.removesuffix(".gz").removesuffix(".zip"))
        if suffix.endswith(".gz"):
            content = gzip.compress(content, mtime=0)
        if suffix.endswith(".zip"):
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(zipfile.ZipInfo(path.name[: -len(".zip")]), content, zipfile.ZIP_DEFLATED)
            content = packed.getvalue()
        temporary.write_bytes(content)


def _content(table: "pa.Table", suffix: str) -> bytes:
    import pyarrow as pa
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    if suffix == ".parquet":
        pq.write_table(table, sink)
    elif suffix in (".csv", ".tsv"):
        for i, field in enumerate(table.schema):
            if pa.types.is_nested(field.type):
                listed = [None if value is None else _json(value) for value in table.column(i).to_pylist()]
                table = table.set_column(i, field.name, pa.array(listed, pa.string()))
        pa_csv.write_csv(table, sink, pa_csv.WriteOptions(delimiter="," if suffix == ".csv" else "\t"))
    elif suffix == ".jsonl":
        sink.write("".join(f"{_json(row)}\n" for row in table.to_pylist()).encode())
    else:
        rows = ",\n".join(map(_json, table.to_pylist()))
        sink.write(f"[{rows}]\n".encode())
    return sink.getvalue()


def _json(value: Any) -> str:
    """A value as strict JSON: NaN and infinity are null."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    if "NaN" in text or "Infinity" in text:
        text = json.dumps(json.loads(text, parse_constant=lambda _: None), ensure_ascii=False)
    return text
