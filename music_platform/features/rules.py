"""Row rules: which rows of a table go to quarantine, and why. They follow from the limits of the table's columns.

Put a new kind of limit into `schema.Column` and its rule here. A rule that needs more than one column belongs to the
transform of the table, which reports it as a problem of the row.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from music_platform.schema import Column
from music_platform.tables import Table

DUPLICATE = "the row is a duplicate of "
"""The beginning of the reason against a duplicate; the `row_id` of the row that survives follows."""

_SHOWN = 40
_KINDS = {
    "string": "a text",
    "float64": "a number",
    "int64": "a whole number",
    "boolean": "true or false",
    "timestamp": "a time",
    "date": "a day",
    "array<string>": "a list of texts",
}


@dataclass(frozen=True)
class Transformed:
    """The rows that a transform makes, before the rules of their table judge them.

    The rows have the columns of the table, and those that the other fields use. Three more count where they are there:
    `row_id`, else made from the table's key; `problems`, the reasons of the transform against a row; and `landed_at`.
    """

    rows: ir.Table
    duplicate_of: Sequence[Sequence[str]] | None = None
    """Groups of columns that accepted rows share only once, checked one after the other; the table's key if None."""
    best_first: Sequence[ir.Value | ibis.Deferred] = ()
    """Which of several duplicates survives: the one that landed last, then the first in this order, then the one with
    the smallest `row_id`."""


@dataclass(frozen=True)
class Rule:
    """A rule for the values of a column. A missing value breaks only the rule that requires a value."""

    promise: str
    """The rule in words, as the validation page shows it."""
    is_broken: Callable[[ir.Value], ir.BooleanValue]
    reason: Callable[[ir.Value], ir.StringValue]
    """The sentence that says how a value breaks the rule."""


def rules_of(column: Column) -> Iterator[Rule]:
    """The rules of a column, in the order in which they are checked."""
    if column.type == "float64":  # first, because Ibis on Spark takes NaN for null
        yield Rule("finite numbers", lambda v: v.isnan() | v.isinf(), _sentence("the value is not a finite number"))
    if column.required:
        missing = f"the value is missing; {_KINDS[column.type]} is required"
        yield Rule("a value in every row", lambda v: v.isnull(), _sentence(missing))
        # A text that must have words is counted below, where the reason says how many it needs.
        if column.type == "string" and column.min_words is None:
            empty = "the text is empty; at least one character is required"
            yield Rule("no empty text", lambda v: stripped(v) == "", _sentence(empty))
    if column.minimum is not None or column.maximum is not None:
        limits = _limits(column.minimum, column.maximum)
        yield Rule(f"values {limits}", _outside(column.minimum, column.maximum), lambda v: _shown(v) + _breaks(limits))
    if column.min_words is not None or column.max_words is not None:
        allowed = _limits(column.min_words, column.max_words)
        is_outside = _outside(column.min_words, column.max_words)
        yield Rule(
            f"texts with a word count {allowed}",
            lambda v: is_outside(words(v)),
            lambda v: ibis.literal("the word count ") + words(v).cast("string") + _breaks(allowed),
        )
    if column.allowed:
        listed = ", ".join(column.allowed)
        yield Rule(f"one of {listed}", lambda v: ~v.isin(column.allowed), _quoting(f"is not one of {listed}"))
    if pattern := column.pattern:
        unmatched = _quoting(f"does not match the pattern {pattern}")
        yield Rule(f"text that matches {pattern}", lambda v: ~v.re_search(pattern), unmatched)


def judged(made: Transformed, table: Table) -> ir.Table:
    """The columns of `table`, `row_id`, and `rejected`: the first reason against a row, null where it is accepted.

    The reasons are, in this order: the problems that came with the row, then column by column the rules of the table,
    then duplicates. A reason names the column, the value and the limit.
    """
    rows = made.rows
    if "row_id" not in rows.columns:
        rows = rows.mutate(row_id=ibis.literal(" ").join([rows[name].cast("string") for name in table.key]))
    fitted = rows.mutate({column.name: _typed(rows, column) for column in table.columns})
    branches = [
        (rule.is_broken(fitted[column.name]), ibis.literal(f"{column.name}: ") + rule.reason(fitted[column.name]))
        for column in table.columns
        for rule in rules_of(column)
    ]
    if "problems" in rows.columns:
        # An engine may answer null for the length of a null array: such a row has no problem.
        branches.insert(0, (fitted.problems.length().fill_null(0) > 0, fitted.problems[0]))
    no_reason = ibis.null("string")
    result = fitted.mutate(rejected=ibis.cases(*branches, else_=no_reason) if branches else no_reason)
    newest_first = [ibis.desc("landed_at")] if "landed_at" in rows.columns else []
    for key in (table.key,) if made.duplicate_of is None else made.duplicate_of:
        result = _without_duplicates(result, key, [*newest_first, *made.best_first])
    names = [column.name for column in table.columns]
    return result.select(*names, *({"row_id"} - set(names)), "rejected")


def stripped(text: ir.StringValue) -> ir.StringValue:
    """A text without white space at its ends. Ibis' own `strip` takes the letter v for white space on Spark."""
    return text.re_replace(r"^\s+|\s+$", "")


def words(text: ir.StringValue) -> ir.IntegerValue:
    """The number of a text's words, parted by white space: an int64 expression, 0 for a blank text."""
    trimmed = stripped(text)
    return ibis.ifelse(trimmed == "", 0, trimmed.re_split(r"\s+").length()).cast("int64")


def with_problem(problems: ir.ArrayValue, problem: ir.StringValue) -> ir.ArrayValue:
    """`problems` with one more at its end, where `problem` is not null."""
    return ibis.ifelse(problem.notnull(), problems.concat(ibis.array([problem])), problems)


def _sentence(text: str) -> Callable[[ir.Value], ir.StringValue]:
    return lambda value: ibis.literal(text)


def _quoting(text: str) -> Callable[[ir.Value], ir.StringValue]:
    return lambda value: ibis.literal("'") + _shown(value) + f"' {text}"


def _shown(value: ir.Value) -> ir.StringValue:
    return value.cast("string").substr(0, _SHOWN)


def _limits(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"of at most {high:g}" if low is None else f"of at least {low:g}"
    return f"from {low:g} to {high:g}"


def _breaks(limits: str) -> str:
    return f" is outside the limits; a value {limits} is allowed"


def _outside(low: float | None, high: float | None) -> Callable[[ir.Value], ir.BooleanValue]:
    def is_outside(value: ir.Value) -> ir.BooleanValue:
        return ibis.or_(*([value < low] if low is not None else []), *([value > high] if high is not None else []))

    return is_outside


def _typed(rows: ir.Table, column: Column) -> ir.Value:
    if column.name not in rows.columns:
        return ibis.null(column.type)
    value = rows[column.name]
    return value if value.type() == ibis.dtype(column.type) else value.cast(column.type)


def _without_duplicates(rows: ir.Table, key: Sequence[str], best_first: Sequence[ir.Value | ibis.Deferred]) -> ir.Table:
    accepted = rows.mutate(accepted=rows.rejected.isnull())
    best = ibis.window(group_by=["accepted", *key], order_by=[*best_first, "row_id"])
    found = accepted.mutate(survivor=accepted.row_id.first().over(best))
    is_duplicate = found.accepted & (found.row_id != found.survivor)
    reason = ibis.literal(DUPLICATE) + found.survivor
    return found.mutate(rejected=ibis.ifelse(is_duplicate, reason, found.rejected)).drop("accepted", "survivor")
