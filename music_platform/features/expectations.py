"""Great Expectations: the suite of a table's promises, and what a check of rows against it finds.

Put a promise about all rows of a table together here. Limits of single values are rules (`rules.py`): a row that
breaks one is in quarantine before the suite runs, so the suite does not repeat them.
"""

import os
import warnings
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from music_platform.tables import Table

if TYPE_CHECKING:
    import great_expectations as gx
    import pyarrow as pa

_EXAMPLES = 3
_EXAMPLE_LENGTH = 60


class Expectation(BaseModel):
    """One promise, and what the check found."""

    model_config = ConfigDict(frozen=True)

    column: str
    """The column, or the columns joined by ` + `; empty for a promise about the whole table."""
    rule: str
    passed: bool
    observed: str
    unexpected: int = 0
    """How many values break the promise."""
    examples: tuple[str, ...] = ()
    """Up to three of those values, shortened, or reasons."""


def great_expectations() -> ModuleType:
    """The library, imported on first use (it takes seconds), sending nothing and without its own warnings."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "module 'sre_[a-z]+' is deprecated", DeprecationWarning)
        import great_expectations as gx
    return gx


def suite_for(table: Table) -> "gx.ExpectationSuite":
    """The suite of a table's promises; each expectation has its promise in words in `meta`."""
    gx = great_expectations()
    gxe = gx.expectations
    names = [column.name for column in table.columns]
    least = "one row" if table.min_rows == 1 else f"{table.min_rows:,} rows"
    expectations = [
        gxe.ExpectTableColumnsToMatchOrderedList(
            column_list=names, meta=_says("", f"the columns {', '.join(names)}, in this order")
        ),
        gxe.ExpectTableRowCountToBeBetween(min_value=table.min_rows, meta=_says("", f"at least {least}")),
        _unique(table.key),
    ]
    for name, (low, high) in table.means.items():
        meta = _says(name, f"a mean from {low:g} to {high:g}")
        expectations.append(gxe.ExpectColumnMeanToBeBetween(column=name, min_value=low, max_value=high, meta=meta))
    return gx.ExpectationSuite(name=table.name, expectations=expectations)


def check(table: Table, rows: "pa.Table") -> list[Expectation]:
    """Run the suite of a table on its rows; the results have the order of the suite."""
    suite, frame = suite_for(table), rows.to_pandas()
    context = great_expectations().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset(table.name)
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
    form = {"result_format": "BASIC", "partial_unexpected_count": 20}
    results: list[Any] = [result.to_json_dict() for result in batch.validate(suite, result_format=form).results]
    order = [expectation.meta for expectation in suite.expectations]
    results.sort(key=lambda result: order.index(result["expectation_config"]["meta"]))
    return [_in_words(result, set(frame.columns)) for result in results]


def _says(column: str, rule: str) -> dict[str, Any]:
    return {"column": column, "rule": rule}


def _unique(key: tuple[str, ...]) -> "gx.expectations.Expectation":
    import great_expectations.expectations as gxe

    if len(key) == 1:
        return gxe.ExpectColumnValuesToBeUnique(column=key[0], meta=_says(key[0], "no value twice"))
    together = f"no combination of {' and '.join(key)} twice"
    return gxe.ExpectCompoundColumnsToBeUnique(column_list=list(key), meta=_says(" + ".join(key), together))


def _in_words(result: dict[str, Any], columns: set[str]) -> Expectation:
    config, found = result["expectation_config"], result["result"]
    examples = (_short(value) for value in found.get("partial_unexpected_list", []) if value is not None)
    return Expectation(
        column=config["meta"]["column"],
        rule=config["meta"]["rule"],
        passed=bool(result["success"]),
        observed=_observed(config, found, columns) if found else _obstacle(result, columns),
        unexpected=int(found.get("unexpected_count", 0)),
        examples=tuple(dict.fromkeys(examples))[:_EXAMPLES],
    )


def _observed(config: dict[str, Any], found: dict[str, Any], columns: set[str]) -> str:
    if config["type"] == "expect_table_columns_to_match_ordered_list":
        wanted = set(config["kwargs"]["column_list"])
        missing, extra = sorted(wanted - columns), sorted(columns - wanted)
        parts = [f"{word} {', '.join(names)}" for word, names in (("missing", missing), ("extra", extra)) if names]
        return "; ".join(parts) or ("all of them" if "details" not in found else "another order")
    if "observed_value" in found:
        value = found["observed_value"]
        if config["type"] == "expect_table_row_count_to_be_between":
            return f"{value:,} rows"
        return "no value" if value is None else f"{value:.4g}"
    if found["unexpected_count"]:
        return f"{found['unexpected_count']:,} of {found['element_count']:,} values break it"
    return f"all of {found['element_count']:,} values"


def _obstacle(result: dict[str, Any], columns: set[str]) -> str:
    """The reason why Great Expectations could not check a promise."""
    kwargs = result["expectation_config"]["kwargs"]
    if not set(kwargs.get("column_list") or [kwargs["column"]]) <= columns:
        return "no such column"
    details = next(iter(result["exception_info"].values()), None)
    message = details["exception_message"] if isinstance(details, dict) else str(details)
    return f"values that can't be checked: {_short(' '.join(message.split()))}"


def _short(value: Any) -> str:
    if isinstance(value, dict):
        value = " + ".join(str(part) for part in value.values())
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _EXAMPLE_LENGTH else text[: _EXAMPLE_LENGTH - 1] + "…"
