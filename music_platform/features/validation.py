"""Whether a table keeps its promises: runs its expectations and tells the result as plain data and as a page.

What is promised stands in `schema.py`; which rows go to quarantine is decided before, by the features' rules.
"""

import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from music_platform.features.expectations import frame_for, great_expectations, suite_for
from music_platform.storage.files import replacing
from music_platform.tables import MAX_QUARANTINED, TABLES, Table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_EXAMPLES = 3
_EXAMPLE_LENGTH = 60


@dataclass(frozen=True)
class Expectation:
    """One promise and what was found; `column` is empty for a promise about the whole table.

    `unexpected` counts the values that break it; `examples` are up to three of them, shortened, or reasons.
    """

    column: str
    rule: str
    passed: bool
    observed: str
    unexpected: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Validation:
    """What came of checking the `rows` rows that were accepted out of `total`."""

    table: str
    passed: bool
    rows: int
    total: int
    quarantined: int
    duplicates: int
    share: float
    """Share of the rows that are in quarantine; duplicates count neither above nor below the line."""
    seconds: float
    expectations: tuple[Expectation, ...]

    def failures(self) -> list[str]:
        """One line for each broken promise."""
        return [
            f"{e.column or 'table'}: expected {e.rule}; found {e.observed}"
            + (f", such as {', '.join(e.examples)}" if e.examples else "")
            for e in self.expectations
            if not e.passed
        ]

    def to_dict(self) -> dict[str, Any]:
        """Plain data that JSON can hold; `from_dict` reads it back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> "Validation":
        """The validation that `to_dict` wrote."""
        expectations = (Expectation(**(e | {"examples": tuple(e["examples"])})) for e in value["expectations"])
        return cls(**(value | {"expectations": tuple(expectations)}))


def validate(
    table: Table,
    frame: "pd.DataFrame | pa.Table",
    *,
    quarantined: int,
    duplicates: int,
    total: int,
    reasons: tuple[str, ...] = (),
) -> Validation:
    """Check the accepted rows of a table against its promises, and the share of rows in quarantine.

    Args:
        table: what is promised.
        frame: the accepted rows.
        quarantined: rows rejected for another reason than being a duplicate.
        duplicates: rows rejected as duplicates; they say nothing about the quality of the data.
        total: rows before quarantine.
        reasons: the most frequent reasons of the rows in quarantine, in words.
    """
    started = monotonic()
    share = quarantined / max(1, total - duplicates)
    expectations = (
        Expectation(
            "",
            f"at most {MAX_QUARANTINED:.0%} of the rows in quarantine, duplicates not counted",
            share <= MAX_QUARANTINED,
            f"{share:.1%}",
            quarantined,
            reasons,
        ),
        *_run(table, frame),
    )
    passed = all(expectation.passed for expectation in expectations)
    return Validation(
        table.name,
        passed,
        len(frame),
        total,
        quarantined,
        duplicates,
        share,
        monotonic() - started,
        expectations,
    )


def write_page(path: Path, validation: Validation) -> None:
    """Write the result as one HTML file that loads nothing else, for a reader new to table and tool."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("music_platform.features")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    table = TABLES.get(validation.table)
    page = environment.get_template("validation.html").render(
        v=validation,
        meaning=table.meaning if table else "",
        ordered=sorted(validation.expectations, key=lambda expectation: expectation.passed),
        allowed=MAX_QUARANTINED,
    )
    with replacing(path) as temporary:
        temporary.write_text(page, "utf-8")


def _run(table: Table, frame: "pd.DataFrame | pa.Table") -> list[Expectation]:
    suite = suite_for(table)
    rows = frame_for(table, frame)
    context = great_expectations().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset(table.name)
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": rows})
    form = {"result_format": "BASIC", "partial_unexpected_count": 20}
    with warnings.catch_warnings():
        # Great Expectations searches patterns with pandas, which warns of groups that are not extracted.
        warnings.filterwarnings("ignore", "This pattern is interpreted as a regular expression", UserWarning)
        results: list[Any] = [result.to_json_dict() for result in batch.validate(suite, result_format=form).results]
    order = [expectation.meta for expectation in suite.expectations]
    results.sort(key=lambda result: order.index(result["expectation_config"]["meta"]))
    return [_plain(result, set(rows.columns)) for result in results]


def _plain(result: dict[str, Any], columns: set[str]) -> Expectation:
    """One result of Great Expectations, in words."""
    config, found = result["expectation_config"], result["result"]
    examples = [_short(value) for value in found.get("partial_unexpected_list", []) if value is not None]
    return Expectation(
        config["meta"]["column"],
        config["meta"]["rule"],
        bool(result["success"]),
        _observed(config, found, columns) if found else _hindrance(result, columns),
        int(found.get("unexpected_count", 0)),
        tuple(dict.fromkeys(examples))[:_EXAMPLES],
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
    empty = found.get("missing_count", 0)
    values = found["element_count"] - empty
    if found["unexpected_count"]:
        return f"{found['unexpected_count']:,} of {values:,} values break it"
    return f"all of {values:,} values" + (f", {empty:,} empty" if empty else "")


def _hindrance(result: dict[str, Any], columns: set[str]) -> str:
    """Why an expectation could not be checked at all."""
    kwargs = result["expectation_config"]["kwargs"]
    needed = kwargs.get("column_list") or [kwargs["column"]]
    if not set(needed) <= columns:
        return "no such column"
    details = next(iter(result["exception_info"].values()), None)
    message = details["exception_message"] if isinstance(details, dict) else str(details)
    return f"values that can't be checked: {_short(' '.join(message.split()))}"


def _short(value: Any) -> str:
    if isinstance(value, dict):
        value = " + ".join(str(part) for part in value.values())
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _EXAMPLE_LENGTH else text[: _EXAMPLE_LENGTH - 1] + "…"
