"""Promises of a table as Great Expectations: `schema.py` in, a suite and a pandas frame it can run on out.

Nothing is run here; running a suite and what its results look like is `validation.py`.
"""

import os
import warnings
from types import ModuleType
from typing import TYPE_CHECKING, Any

from music_platform.schema import Column
from music_platform.tables import Table

if TYPE_CHECKING:
    import great_expectations as gx
    import pandas as pd
    import pyarrow as pa

WORDS = "words of "
"""Prefix of the column with the number of words of another."""


def great_expectations() -> ModuleType:
    """The library, imported on first use (it takes seconds), sending nothing and without its own warnings."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "module 'sre_[a-z]+' is deprecated", DeprecationWarning)
        import great_expectations as gx
    return gx


def suite_for(table: Table) -> "gx.ExpectationSuite":
    """The Great Expectations suite of a table's promises; each expectation says its rule in words in `meta`.

    Limits on words are expectations on a column `words of <column>`, which `frame_for` adds.
    """
    gx = great_expectations()
    gxe = gx.expectations
    names = [column.name for column in table.columns]
    counted = [WORDS + column.name for column in table.columns if _counts_words(column)]
    rows = "one row" if table.min_rows == 1 else f"{table.min_rows:,} rows"
    expectations = [
        gxe.ExpectTableColumnsToMatchOrderedList(
            column_list=[*names, *counted], meta=_says("", f"the columns {', '.join(names)}, in this order")
        ),
        gxe.ExpectTableRowCountToBeBetween(min_value=table.min_rows, meta=_says("", f"at least {rows}")),
        _unique(table.key),
    ]
    for column in table.columns:
        expectations += _of_column(column)
    for name, (low, high) in table.means.items():
        expectations.append(
            gxe.ExpectColumnMeanToBeBetween(
                column=name, min_value=low, max_value=high, meta=_says(name, f"a mean {_between(low, high)}")
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
            frame[WORDS + column.name] = pc.list_value_length(words).to_pandas()
    return frame


def _counts_words(column: Column) -> bool:
    return column.min_words is not None or column.max_words is not None


def _says(column: str, rule: str) -> dict[str, Any]:
    return {"column": column, "rule": rule}


def _between(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"of at least {low:g}" if high is None else f"of at most {high:g}"
    return f"from {low:g} to {high:g}"


def _unique(key: tuple[str, ...]) -> "gx.expectations.Expectation":
    import great_expectations.expectations as gxe

    if len(key) == 1:
        return gxe.ExpectColumnValuesToBeUnique(column=key[0], meta=_says(key[0], "no value twice"))
    together = f"no combination of {' and '.join(key)} twice"
    return gxe.ExpectCompoundColumnsToBeUnique(column_list=list(key), meta=_says(" + ".join(key), together))


def _of_column(column: Column) -> list["gx.expectations.Expectation"]:
    import great_expectations.expectations as gxe

    name = column.name
    made: list[gxe.Expectation] = []
    if column.required:
        made.append(gxe.ExpectColumnValuesToNotBeNull(column=name, meta=_says(name, "a value in every row")))
    if column.minimum is not None or column.maximum is not None:
        made.append(
            gxe.ExpectColumnValuesToBeBetween(
                column=name,
                min_value=column.minimum,
                max_value=column.maximum,
                meta=_says(name, f"values {_between(column.minimum, column.maximum)}"),
            )
        )
    if _counts_words(column):
        made.append(
            gxe.ExpectColumnValuesToBeBetween(
                column=WORDS + name,
                min_value=column.min_words,
                max_value=column.max_words,
                meta=_says(name, f"texts {_between(column.min_words, column.max_words)} words"),
            )
        )
    if column.allowed:
        made.append(
            gxe.ExpectColumnValuesToBeInSet(
                column=name,
                value_set=list(column.allowed),
                meta=_says(name, f"one of {', '.join(column.allowed)}"),
            )
        )
    if column.pattern:
        made.append(
            gxe.ExpectColumnValuesToMatchRegex(
                column=name, regex=column.pattern, meta=_says(name, f"text that matches {column.pattern}")
            )
        )
    return made
