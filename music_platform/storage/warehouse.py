"""The DuckDB file: one writer under a lock, short transactions, and the published copy that everybody else reads.

It keeps rows, and for every table the record of its making. `tables.py` says what a table means, `features/` makes it.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from filelock import FileLock, Timeout

from music_platform.errors import InputError
from music_platform.storage.files import replacing
from music_platform.storage.home import Home

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

STAGES = ("ingestion", "features")
"""The schemas of the warehouse; the name of a table is `stage.table`."""
_MEMORY = "2GB"


@dataclass(frozen=True)
class Made:
    """The record of a table: the fingerprint of its inputs, the version of its rows, and the time of its making."""

    name: str
    fingerprint: str
    """Hash of everything that the table was made from. If it is equal, the table is up to date."""
    data_version: str
    """Hash of the rows, whatever their order. If it is equal, tables made from this one are up to date."""
    rows: int
    made_at: str
    """UTC, ISO 8601."""
    detail: dict[str, Any] = field(default_factory=dict)


def _quoted(name: str) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


class Warehouse:
    """An open live warehouse. Get one from `writing`, which holds the write lock; a process has one at a time."""

    def __init__(self, path: Path) -> None:
        import ibis

        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.ibis: ibis.backends.duckdb.Backend = ibis.duckdb.connect(str(path))
        self.sql = self.ibis.con
        self.sql.execute(f"SET memory_limit = '{_MEMORY}'")
        self.sql.execute("SET TimeZone = 'UTC'")
        for stage in STAGES:
            self.sql.execute(f"CREATE SCHEMA IF NOT EXISTS {stage}")
        for stage, left in self.sql.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_name LIKE '%__staged'"
        ).fetchall():  # by a process that was killed
            self.sql.execute(f"DROP TABLE {_quoted(f'{stage}.{left}')}")
        self.sql.execute(
            "CREATE TABLE IF NOT EXISTS main.made (name VARCHAR PRIMARY KEY, fingerprint VARCHAR NOT NULL, "
            "data_version VARCHAR NOT NULL, rows BIGINT NOT NULL, made_at VARCHAR NOT NULL, detail VARCHAR NOT NULL)"
        )

    def made(self, name: str) -> Made | None:
        """The record of the table `name` (`stage.table`); None when it was never made."""
        row = self.sql.execute("SELECT * FROM main.made WHERE name = ?", [name]).fetchone()
        if row is None:
            return None
        fingerprint, version, rows, made_at, detail = row[1:]
        return Made(name, fingerprint, version, rows, made_at, json.loads(detail))

    def arrow(self, query: str, parameters: list[Any] | None = None) -> "pa.Table":
        """The result of a query as an Arrow table."""
        return self.sql.execute(query, parameters or []).to_arrow_table()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit the statements of the body together, or roll all of them back when it raises."""
        self.sql.execute("BEGIN")
        try:
            yield
        except BaseException:
            self.sql.execute("ROLLBACK")
            raise
        self.sql.execute("COMMIT")

    def stage(self, name: str, expression: "ibis.Table") -> str:
        """Materialise an Ibis expression of this warehouse beside table `name`; returns the staging table's name."""
        stage, table = name.split(".")
        self.ibis.create_table(f"{table}__staged", expression, database=stage, overwrite=True)
        return f"{name}__staged"

    def replace(
        self,
        name: str,
        fingerprint: str,
        queries: Mapping[str, str],
        detail: dict[str, Any] | None = None,
    ) -> Made:
        """Put the results of `queries` (table -> SELECT) in the place of those tables, in one transaction.

        `name` is the table of the first query; its row in `main.made` is written in the same transaction, so a
        killed process leaves either the old tables with the old row or the new ones with the new row.
        """
        with self.transaction():
            for table, query in queries.items():
                self.sql.execute(f"CREATE OR REPLACE TABLE {_quoted(table)} AS {query}")
            return self.record(name, fingerprint, detail)

    def record(self, name: str, fingerprint: str, detail: dict[str, Any] | None = None) -> Made:
        """Write the record of table `name` in its present state, inside the transaction that changed it.

        The version is of the rows without the time at which they landed, so that equal files give equal versions.
        """
        version = "printf('%x-%x', coalesce(bit_xor(hash(t)), 0), coalesce(sum(hash(t)), 0) % 1000000007)"
        rows_of = f"SELECT COLUMNS(c -> c <> 'landed_at') FROM {_quoted(name)}"  # noqa: S608
        query = f"SELECT count(*), {version} FROM ({rows_of}) t"  # noqa: S608
        rows, version = self.sql.execute(query).fetchone()
        made = Made(
            name,
            fingerprint,
            f"{rows}-{version}",
            rows,
            datetime.now(UTC).isoformat(timespec="seconds"),
            detail or {},
        )
        self.sql.execute(
            "INSERT OR REPLACE INTO main.made VALUES (?, ?, ?, ?, ?, ?)",
            [
                made.name,
                made.fingerprint,
                made.data_version,
                made.rows,
                made.made_at,
                json.dumps(made.detail),
            ],
        )
        return made

    def publish(self, destination: Path) -> bool:
        """Close the file, and copy it to `destination` when the copy there is out of date; True when it was copied.

        Who has the old copy open keeps it; who opens `destination` afterwards reads the new one.
        """
        current = self.sql.execute("SELECT * FROM main.made ORDER BY name").fetchall()
        self.sql.execute("CHECKPOINT")
        self.close()
        if not current or current == _made_in(destination):
            return False
        with replacing(destination) as temporary:
            temporary.write_bytes(b"")
            _copy(self.path, temporary)
        return True

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        self.ibis.disconnect()


def _copy(source: Path, destination: Path) -> None:
    with source.open("rb") as reader, destination.open("wb") as writer:
        while block := reader.read(1 << 24):
            writer.write(block)


def _made_in(path: Path) -> list[tuple[Any, ...]] | None:
    if not path.exists():
        return None
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("SELECT * FROM main.made ORDER BY name").fetchall()


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


@contextmanager
def write_lock(home: Home, announce: Callable[[str], None] = _say) -> Iterator[None]:
    """Hold the home's write lock. When another process holds it, `announce` says so, and this one waits.

    The operating system frees the lock however a process ends.
    """
    home.lock.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        announce(f"Another run is writing to {home.root}; waiting for it to end.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def writing(home: Home, announce: Callable[[str], None] = _say) -> Iterator[Warehouse]:
    """The live warehouse under the write lock. It is published at the end, also when the body failed.

    Publishing after a failure is safe: a table enters the warehouse only whole and validated.
    """
    with write_lock(home, announce):
        warehouse = Warehouse(home.warehouse)
        try:
            yield warehouse
        finally:
            warehouse.publish(home.published)


@contextmanager
def reading(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published copy, read-only, for notebooks, sensors and the command line.

    Raises:
        InputError: no run has published one.
    """
    if not home.published.exists():
        raise InputError(f"{home.published}: no run has published its tables; run `music-platform run` first")
    connection = duckdb.connect(str(home.published), read_only=True)
    try:
        yield connection
    finally:
        connection.close()
