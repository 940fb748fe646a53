"""The promises of a table, checked: schema columns become a Great Expectations suite, its results plain data.

What is promised stands in `schema.py`; which rows go to quarantine is the features' business.
"""

import time
import warnings
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from music_platform.schema import MAX_QUARANTINED, Column, Table

if TYPE_CHECKING:
    import great_expectations as gx
    import pandas as pd
    import pyarrow as pa

EXAMPLES = 3
_WORDS = "words of "


@dataclass(frozen=True)
class Expectation:
    """One promise and what was found; `column` is empty for a promise about the whole table.

    `unexpected` counts the values that break it; `examples` holds up to three of them, cut to 60 characters.
    """

    column: str
    rule: str
    passed: bool
    observed: str
    unexpected: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Validation:
    """What came of checking a table of `rows` rows, made from `total` rows."""

    table: str
    passed: bool
    rows: int
    total: int
    quarantined: int
    duplicates: int
    share: float
    """Share of the rows that are in quarantine; duplicates are left out of both."""
    seconds: float
    expectations: tuple[Expectation, ...]

    def failures(self) -> list[str]:
        """One line for each broken promise."""
        return [
            f"{e.column or 'table'}: expected {e.rule}, found {e.observed}" for e in self.expectations if not e.passed
        ]

    def to_dict(self) -> dict[str, Any]:
        """Plain data that JSON can hold; `from_dict` reads it back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> "Validation":
        """The validation that `to_dict` wrote."""
        expectations = (Expectation(**(e | {"examples": tuple(e["examples"])})) for e in value["expectations"])
        return cls(**(value | {"expectations": tuple(expectations)}))


def suite_for(table: Table) -> "gx.ExpectationSuite":
    """The Great Expectations suite of a table's promises; each expectation says its rule in words in `meta`.

    Limits on words are expectations on a column `words of <column>`, which `frame_for` adds.
    """
    import great_expectations as gx
    import great_expectations.expectations as gxe

    names = [column.name for column in table.columns]
    counted = [_WORDS + column.name for column in table.columns if _counts_words(column)]
    expectations = [
        gxe.ExpectTableColumnsToMatchOrderedList(
            column_list=[*names, *counted], meta=_says("", f"the columns {', '.join(names)}, in this order")
        ),
        gxe.ExpectTableRowCountToBeBetween(
            min_value=max(1, table.min_rows), meta=_says("", f"{max(1, table.min_rows):,} rows or more")
        ),
        _unique(table.key),
    ]
    for column in table.columns:
        expectations += _of_column(column)
    for name, (low, high) in table.means.items():
        expectations.append(
            gxe.ExpectColumnMeanToBeBetween(
                column=name, min_value=low, max_value=high, meta=_says(name, f"a mean of {low:g} to {high:g}")
            )
        )
    return gx.ExpectationSuite(name=table.name, expectations=expectations)


def frame_for(table: Table, rows: "pd.DataFrame | pa.Table") -> "pd.DataFrame":
    """The rows as pandas, with the number of words of each column that has limits on them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    frame = rows.to_pandas() if isinstance(rows, pa.Table) else rows.copy(deep=False)
    for column in table.columns:
        if _counts_words(column) and column.name in frame:
            texts = pa.chunked_array([pa.array(frame[column.name], pa.string(), from_pandas=True)])
            words = pc.utf8_split_whitespace(pc.utf8_trim_whitespace(texts))
            frame[_WORDS + column.name] = pc.list_value_length(words).to_pandas()
    return frame


def _counts_words(column: Column) -> bool:
    return column.min_words is not None or column.max_words is not None


def _says(column: str, rule: str) -> dict[str, Any]:
    return {"column": column, "rule": rule}


def _between(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"{low:g} or more" if high is None else f"{high:g} or less"
    return f"{low:g} to {high:g}"


def _unique(key: tuple[str, ...]) -> "gx.expectations.Expectation":
    import great_expectations.expectations as gxe

    if len(key) == 1:
        return gxe.ExpectColumnValuesToBeUnique(column=key[0], meta=_says(key[0], "no value twice"))
    together = f"no combination of {' and '.join(key)} twice"
    return gxe.ExpectCompoundColumnsToBeUnique(column_list=list(key), meta=_says(" + ".join(key), together))


def _of_column(column: Column) -> list["gx.expectations.Expectation"]:
    import great_expectations.expectations as gxe

    name = column.name
    made = []
    if column.required:
        made.append(gxe.ExpectColumnValuesToNotBeNull(column=name, meta=_says(name, "a value in every row")))
    if column.minimum is not None or column.maximum is not None:
        made.append(
            gxe.ExpectColumnValuesToBeBetween(
                column=name,
                min_value=column.minimum,
                max_value=column.maximum,
                meta=_says(name, _between(column.minimum, column.maximum)),
            )
        )
    if _counts_words(column):
        made.append(
            gxe.ExpectColumnValuesToBeBetween(
                column=_WORDS + name,
                min_value=column.min_words,
                max_value=column.max_words,
                meta=_says(name, f"{_between(column.min_words, column.max_words)} words"),
            )
        )
    if column.allowed:
        made.append(
            gxe.ExpectColumnValuesToBeInSet(
                column=name, value_set=list(column.allowed), meta=_says(name, f"one of {', '.join(column.allowed)}")
            )
        )
    if column.pattern:
        made.append(
            gxe.ExpectColumnValuesToMatchRegex(
                column=name, regex=column.pattern, meta=_says(name, f"text like {column.pattern}")
            )
        )
    return made
