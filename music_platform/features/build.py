"""From raw rows to a validated table: evaluate, quarantine, validate, swap. The one way a features table is written."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from music_platform.features.validation import Validation, validate, write_page
from music_platform.storage.code import code_version
from music_platform.storage.files import content_hash, fingerprint, write_json
from music_platform.storage.warehouse import Made, Warehouse
from music_platform.tables import Table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_MASKED = r"""regexp_replace(regexp_replace(rejected, '''.*''', '…'), '\S+ (is outside|words;)', '… \1')"""
"""SQL of a reason without the value it is about, so that equal reasons are counted together."""


class ValidationFailed(Exception):  # noqa: N818 - a result, not a bug
    """A table did not keep its promises, so the one before it stays in place. Carries the validation."""

    def __init__(self, validation: Validation) -> None:
        failed = "; ".join(validation.failures())
        super().__init__(f"{validation.table}: {failed}")
        self.validation = validation


@dataclass(frozen=True)
class Built:
    """A table of the features stage as it stands, and whether anything was done."""

    made: Made
    validation: Validation
    changed: bool


def build(
    warehouse: Warehouse,
    table: Table,
    transform: Callable[..., ir.Table],
    inputs: tuple[str, ...],
    reports: Path,
    spark: Callable[[], "SparkSession"] | None = None,
) -> Built:
    """Bring `features.<table>` up to date with its inputs.

    Args:
        warehouse: The open live warehouse.
        table: What the result must look like and promise.
        transform: Takes one Ibis table per input and gives the rows with a `rejected` reason (null: accepted), or
            rows that can't be wrong, being counts of others, without that column.
        inputs: Tables it reads, as `stage.name`.
        reports: Folder for the validation page and its JSON.
        spark: Gives a Spark session to evaluate the transform on; DuckDB when None.

    Raises:
        ValidationFailed: what is left after quarantine breaks a promise, or too much is in quarantine.
    """
    name = f"features.{table.name}"
    versions = [made.data_version if (made := warehouse.made(source)) else "missing" for source in inputs]
    templates = content_hash(Path(__file__).with_name("templates"))
    made_from = fingerprint(versions, code_version(transform.__module__, __name__), repr(table), templates)
    page = reports / "validation" / f"{table.name}.html"
    current, known = warehouse.made(name), _stored(page.with_suffix(".json"), made_from)
    staged = f"{name}__staged"
    try:
        if current and current.fingerprint == made_from and known:
            return Built(current, known, changed=False)
        _evaluate(warehouse, name, staged, _judged(transform), inputs, spark)
        validation = _validated(warehouse, table, staged)
        write_page(page, validation)
        write_json(page.with_suffix(".json"), {"fingerprint": made_from, **validation.to_dict()})
        rejected = f"SELECT row_id, rejected AS reason FROM {staged} WHERE rejected IS NOT NULL ORDER BY row_id"  # noqa: S608
        if not validation.passed:
            warehouse.replace(f"{name}_quarantine", made_from, {f"{name}_quarantine": rejected})
            raise ValidationFailed(validation)
        counts = {"read": validation.total, "quarantined": validation.quarantined, "duplicates": validation.duplicates}
        tables = {name: _accepted(table, staged), f"{name}_quarantine": rejected}
        return Built(warehouse.replace(name, made_from, tables, counts), validation, changed=True)
    finally:
        # Its rows are not validated, so it goes in any case, and so does one that a killed run left.
        warehouse.sql.execute(f"DROP TABLE IF EXISTS {staged}")


def _stored(path: Path, made_from: str) -> Validation | None:
    """The stored validation, unless it is of something else than `made_from`, such as a failed attempt since."""
    stored = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return Validation.from_dict(stored) if stored.pop("fingerprint", None) == made_from else None


def _accepted(table: Table, staged: str) -> str:
    columns = ", ".join(column.name for column in table.columns)
    return f"SELECT {columns} FROM {staged} WHERE rejected IS NULL ORDER BY {', '.join(table.key)}"  # noqa: S608


def _validated(warehouse: Warehouse, table: Table, staged: str) -> Validation:
    total, quarantined, duplicates = warehouse.sql.execute(
        f"SELECT count(*), count(rejected) FILTER (NOT starts_with(rejected, 'duplicate')), "  # noqa: S608
        f"count(rejected) FILTER (starts_with(rejected, 'duplicate')) FROM {staged}"
    ).fetchone()
    reasons = warehouse.sql.execute(
        f"SELECT {_MASKED} AS reason, count(*) AS rows FROM {staged} "  # noqa: S608
        "WHERE NOT starts_with(rejected, 'duplicate') GROUP BY reason ORDER BY rows DESC, reason LIMIT 3"
    ).fetchall()
    # Where nothing is landed yet there is nothing to promise.
    promised = table if total else replace(table, min_rows=0, means={})
    return validate(
        promised,
        warehouse.arrow(_accepted(table, staged)),
        quarantined=quarantined,
        duplicates=duplicates,
        total=total,
        reasons=tuple(f"{rows:,} × {reason}" for reason, rows in reasons),
    )


def _judged(transform: Callable[..., ir.Table]) -> Callable[..., ir.Table]:
    def judged(*tables: ir.Table) -> ir.Table:
        rows = transform(*tables)
        if "rejected" in rows.columns:
            return rows
        return rows.mutate(row_id=ibis.null("string"), rejected=ibis.null("string"))

    return judged


def _evaluate(
    warehouse: Warehouse,
    name: str,
    staged: str,
    transform: Callable[..., ir.Table],
    inputs: tuple[str, ...],
    spark: Callable[[], "SparkSession"] | None,
) -> None:
    if spark is None:
        tables = [warehouse.ibis.table(source.split(".")[1], database=source.split(".")[0]) for source in inputs]
        warehouse.stage(name, transform(*tables))
        return
    from music_platform.features.spark import evaluate

    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{source}.parquet" for source in inputs]
        for source, path in zip(inputs, paths, strict=True):
            warehouse.sql.execute(f"COPY {source} TO '{path}' (FORMAT parquet)")
        result = Path(folder) / "result"
        evaluate(spark(), transform, paths, result)
        warehouse.sql.execute(f"CREATE OR REPLACE TABLE {staged} AS FROM read_parquet('{result}/*.parquet')")
