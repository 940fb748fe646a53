"""Raw tables for the tests of the features stage, and their evaluation on DuckDB. Invented rows only."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import ibis
import pyarrow as pa
from ibis.backends import BaseBackend

from music_platform.features.rules import Transformed, judged
from music_platform.schema import KINDS, PROVENANCE
from music_platform.tables import TABLES

_TYPES = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"),
    "array<string>": pa.list_(pa.string()),
}
_FILLED = {"landed_at": datetime(2025, 3, 1, 12), "source": "invented", "fetched_at": datetime(2025, 3, 1, 12)}


def raw(kind: str, *rows: dict[str, Any]) -> pa.Table:
    """An `ingestion.<kind>` table of `rows`; `row_id` is f:1, f:2 ... and what a row leaves out is null."""
    columns = (*KINDS[kind].columns, *PROVENANCE)
    schema = pa.schema([(column.name, _TYPES[column.type]) for column in columns])
    filled = [{**_FILLED, "row_id": f"f:{place}", "problems": [], **row} for place, row in enumerate(rows, 1)]
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in filled], schema)


def evaluated(transform: Callable[..., Any], *tables: pa.Table) -> list[dict[str, Any]]:
    """The judged rows of `transform` on DuckDB, in the order of their `row_id` where they have one."""
    connection, result = _result(transform, tables)
    rows: list[dict[str, Any]] = connection.to_pyarrow(result).to_pylist()
    return sorted(rows, key=lambda row: row["row_id"]) if "row_id" in result.columns else rows


def accepted(transform: Callable[..., Any], *tables: pa.Table) -> pa.Table:
    """The rows of `transform` that the warehouse keeps, which are those without a reason against them."""
    connection, result = _result(transform, tables)
    return connection.to_pyarrow(result.filter(result.rejected.isnull()).drop("rejected"))


def _result(transform: Callable[..., Any], tables: Sequence[pa.Table]) -> tuple[BaseBackend, ibis.Table]:
    connection = ibis.duckdb.connect()
    made = transform(*(connection.create_table(f"t{place}", table) for place, table in enumerate(tables)))
    if isinstance(made, Transformed):
        made = judged(made, TABLES[getattr(transform, "func", transform).__name__])
    return connection, made
