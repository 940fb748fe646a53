"""From raw rows to a validated table: transform, judge, check, replace. Every features table is written here."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from music_platform.features.rules import DUPLICATE, Transformed, judged
from music_platform.features.validation import Judgement, Validation, validate, write_page
from music_platform.storage.code import code_version
from music_platform.storage.files import content_hash, fingerprint, write_json
from music_platform.storage.warehouse import Made, Warehouse
from music_platform.tables import Table

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from pyspark.sql import SparkSession

Transform = Callable[..., Transformed]
"""A function at the top level of a module that takes one Ibis table per input."""

_TEMPLATES = Path(__file__).with_name("templates")
_REASON = r"""regexp_replace(regexp_replace(rejected, '''.*''', '…'), '\S+ is outside', '… is outside')"""
"""SQL of a reason without the value in it, so that equal reasons are counted together."""


class ValidationFailed(Exception):  # noqa: N818 - a result, not a bug
    """A table broke a promise, so the one before it stays in place. Carries the validation."""

    def __init__(self, validation: Validation) -> None:
        super().__init__(f"{validation.table}: {'; '.join(validation.failures())}")
        self.validation = validation


@dataclass(frozen=True)
class Built:
    """A table of the features stage as it stands, and whether the call changed it."""

    made: Made
    validation: Validation
    changed: bool


def build(
    warehouse: Warehouse,
    table: Table,
    transform: Transform,
    inputs: tuple[str, ...],
    reports: Path,
    spark: Callable[[], "SparkSession"] | None = None,
) -> Built:
    """Bring `features.<table>` up to date with its inputs.

    Args:
        warehouse: The open live warehouse.
        table: The declaration of the table.
        transform: Makes the rows of the table.
        inputs: The tables that it reads, as `stage.name`.
        reports: Folder for the validation page and its JSON.
        spark: Gives a Spark session to evaluate the transform on; DuckDB evaluates it if None.

    Raises:
        ValidationFailed: the accepted rows break a promise, or too many rows are in quarantine.
    """
    name = f"features.{table.name}"
    versions = [made.data_version if (made := warehouse.made(source)) else "missing" for source in inputs]
    made_from = fingerprint(versions, recipe(table, transform))
    page = reports / "validation" / f"{table.name}.html"
    current, stored = warehouse.made(name), _stored(page.with_suffix(".json"))
    staged = _staged(table)
    try:
        if current and current.fingerprint == stored.get("fingerprint") == made_from:
            validation = Validation.model_validate(stored["validation"])
            if stored["page"] != _page_version():
                _write_reports(page, made_from, validation)
            return Built(current, validation, changed=False)
        validation = _validated(warehouse, table, transform, inputs, spark)
        _write_reports(page, made_from, validation)
        rejected = f"SELECT row_id, rejected AS reason FROM {staged} WHERE rejected IS NOT NULL ORDER BY row_id"  # noqa: S608
        if not validation.passed:
            warehouse.replace(f"{name}_quarantine", made_from, {f"{name}_quarantine": rejected})
            raise ValidationFailed(validation)
        counts = {"read": validation.total, "quarantined": validation.quarantined, "duplicates": validation.duplicates}
        tables = {name: _accepted(table), f"{name}_quarantine": rejected}
        return Built(warehouse.replace(name, made_from, tables, counts), validation, changed=True)
    finally:
        # Nobody has validated its rows, so it goes in any case, and so does one that a killed run left.
        warehouse.sql.execute(f"DROP TABLE IF EXISTS {staged}")


def recipe(table: Table, transform: Transform) -> str:
    """The version of everything that decides on the rows of a table but its inputs: its declaration and the code.

    Raises:
        LookupError: `transform` is not at the top level of a module of the platform.
    """
    made_by = code_version(f"{transform.__module__}:{transform.__qualname__}", f"{__name__}:_validated")
    return fingerprint(repr(table), made_by)


def _page_version() -> str:
    return fingerprint(content_hash(_TEMPLATES), code_version("music_platform.features.validation:write_page"))


def _write_reports(page: Path, made_from: str, validation: Validation) -> None:
    write_page(page, validation)
    stored = {"fingerprint": made_from, "page": _page_version(), "validation": validation.model_dump(mode="json")}
    write_json(page.with_suffix(".json"), stored)


def _stored(path: Path) -> dict[str, Any]:
    """The stored validation, its fingerprint and the version of its page. After a failed attempt it is of that one."""
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def _staged(table: Table) -> str:
    return f"features.{table.name}__staged"


def _accepted(table: Table) -> str:
    columns = ", ".join(column.name for column in table.columns)
    return f"SELECT {columns} FROM {_staged(table)} WHERE rejected IS NULL ORDER BY {', '.join(table.key)}"  # noqa: S608


def _validated(
    warehouse: Warehouse,
    table: Table,
    transform: Transform,
    inputs: tuple[str, ...],
    spark: Callable[[], "SparkSession"] | None,
) -> Validation:
    """Stage the judged rows of a table, and check the accepted ones."""
    staged = _staged(table)
    _evaluate(warehouse, staged, lambda *tables: judged(transform(*tables), table), inputs, spark)
    total, duplicates = warehouse.sql.execute(
        f"SELECT count(*), count(*) FILTER (starts_with(rejected, '{DUPLICATE}')) FROM {staged}"  # noqa: S608
    ).fetchone()
    reasons = warehouse.sql.execute(
        f"SELECT {_REASON} AS reason, count(*) AS rows FROM {staged} "  # noqa: S608
        f"WHERE NOT starts_with(rejected, '{DUPLICATE}') GROUP BY reason ORDER BY rows DESC, reason"
    ).fetchall()
    # Where nothing is landed yet, there is nothing to promise.
    promised = table if total else replace(table, min_rows=0, means={})
    judgement = Judgement(total, duplicates, dict(reasons))
    return validate(promised, warehouse.arrow(_accepted(table)), judgement)


def _evaluate(
    warehouse: Warehouse,
    staged: str,
    expression: "Callable[..., ir.Table]",
    inputs: tuple[str, ...],
    spark: Callable[[], "SparkSession"] | None,
) -> None:
    if spark is None:
        tables = [warehouse.ibis.table(source.split(".")[1], database=source.split(".")[0]) for source in inputs]
        warehouse.stage(staged.removesuffix("__staged"), expression(*tables))
        return
    from music_platform.features.spark import evaluate

    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{source}.parquet" for source in inputs]
        for source, path in zip(inputs, paths, strict=True):
            warehouse.sql.execute(f"COPY {source} TO '{path}' (FORMAT parquet)")
        result = Path(folder) / "result"
        evaluate(spark(), expression, paths, result)
        warehouse.sql.execute(f"CREATE OR REPLACE TABLE {staged} AS FROM read_parquet('{result}/*.parquet')")
