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
from music_platform.schema import Table
from music_platform.storage.code import code_version
from music_platform.storage.files import fingerprint, write_json
from music_platform.storage.warehouse import Made, Warehouse

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


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
    made_from = fingerprint(versions, code_version(transform.__module__), repr(table))
    page = reports / "validation" / f"{table.name}.html"
    current = warehouse.made(name)
    if current and current.fingerprint == made_from and page.with_suffix(".json").exists():
        known = Validation.from_dict(json.loads(page.with_suffix(".json").read_text("utf-8")))
        return Built(current, known, changed=False)

    staged = _evaluate(warehouse, name, _judged(transform), inputs, spark)
    columns = ", ".join(column.name for column in table.columns)
    total, quarantined, duplicates = warehouse.sql.execute(
        f"SELECT count(*), count(rejected) FILTER (NOT starts_with(rejected, 'duplicate')), "  # noqa: S608
        f"count(rejected) FILTER (starts_with(rejected, 'duplicate')) FROM {staged}"
    ).fetchone()
    accepted = f"SELECT {columns} FROM {staged} WHERE rejected IS NULL ORDER BY {', '.join(table.key)}"  # noqa: S608
    # Where nothing is landed yet there is nothing to promise.
    promised = table if total else replace(table, min_rows=0, means={})
    validation = validate(
        promised, warehouse.arrow(accepted), quarantined=quarantined, duplicates=duplicates, total=total
    )
    write_page(page, validation)
    write_json(page.with_suffix(".json"), validation.to_dict())
    if not validation.passed:
        raise ValidationFailed(validation)
    made = warehouse.replace(
        name,
        made_from,
        {
            name: accepted,
            f"{name}_quarantine": f"SELECT row_id, rejected AS reason FROM {staged} "  # noqa: S608
            "WHERE rejected IS NOT NULL ORDER BY row_id",
        },
        detail={"read": total, "quarantined": quarantined, "duplicates": duplicates},
        drop=(staged,),
    )
    return Built(made, validation, changed=True)


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
    transform: Callable[..., ir.Table],
    inputs: tuple[str, ...],
    spark: Callable[[], "SparkSession"] | None,
) -> str:
    if spark is None:
        tables = [warehouse.ibis.table(source.split(".")[1], database=source.split(".")[0]) for source in inputs]
        return warehouse.stage(name, transform(*tables))
    from music_platform.features.spark import evaluate

    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{source}.parquet" for source in inputs]
        for source, path in zip(inputs, paths, strict=True):
            warehouse.sql.execute(f"COPY {source} TO '{path}' (FORMAT parquet)")
        result = Path(folder) / "result"
        evaluate(spark(), transform, paths, result)
        staged = f"{name}__staged"
        warehouse.sql.execute(f"CREATE OR REPLACE TABLE {staged} AS FROM read_parquet('{result}/*.parquet')")
    return staged
