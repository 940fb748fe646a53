"""Row rules as one expression: why a row is rejected, read off `schema.py`. No rule of one table is here."""

from collections.abc import Iterator, Sequence

import ibis
import ibis.expr.types as ir

from music_platform.schema import Column
from music_platform.tables import Table

_SHOWN = 40


def stripped(text: ir.StringValue) -> ir.StringValue:
    """A text without white space at its ends. Ibis' own `strip` takes the letter v for white space on Spark."""
    return text.re_replace(r"^\s+|\s+$", "")


def words(text: ir.StringValue) -> ir.IntegerValue:
    """Whitespace-separated words of a text: an int64 expression, 0 for a blank text."""
    trimmed = stripped(text)
    return ibis.ifelse(trimmed == "", 0, trimmed.re_split(r"\s+").length()).cast("int64")


def with_problem(problems: ir.ArrayValue, problem: ir.StringValue) -> ir.ArrayValue:
    """`problems` with one more at its end, where `problem` is not null."""
    return ibis.ifelse(problem.notnull(), problems.concat(ibis.array([problem])), problems)


def with_rejection(
    rows: ir.Table,
    table: Table,
    duplicate_of: Sequence[Sequence[str]] | None = None,
    best_first: Sequence[ir.Value | ibis.Deferred] = (),
) -> ir.Table:
    """The columns of `table`, `row_id`, and `rejected`: the first reason against a row; null is accepted.

    The reasons are, in this order: what could not be read (`problems`, where `rows` has it), then column by
    column what `table` requires and limits, then duplicates. A reason names the column, the value and what
    is allowed.

    Args:
        rows: The columns of `table`, `row_id`, and any other that `duplicate_of` and `best_first` use.
        table: The promises.
        duplicate_of: Groups of columns that accepted rows may share only once, checked one after the other;
            the key of `table` when None, nothing when empty.
        best_first: Which of several duplicates survives: the one landed last (where `rows` has `landed_at`), then
            the first in this order, then the smallest `row_id`.
            The others are rejected as "duplicate of <row_id of the survivor>".
    """
    fitted = rows.mutate({column.name: _typed(rows, column) for column in table.columns})
    branches = [branch for column in table.columns for branch in _reasons(fitted[column.name], column)]
    if "problems" in rows.columns:
        # An engine may answer null for the length of a null array: such a row has no problem.
        branches.insert(0, (fitted.problems.length().fill_null(0) > 0, fitted.problems[0]))
    judged = fitted.mutate(
        rejected=ibis.cases(*branches, else_=ibis.null("string")) if branches else ibis.null("string")
    )
    newest_first = [ibis.desc("landed_at")] if "landed_at" in rows.columns else []
    for key in (table.key,) if duplicate_of is None else duplicate_of:
        judged = _without_duplicates(judged, key, [*newest_first, *best_first])
    names = [column.name for column in table.columns]
    return judged.select(*names, *({"row_id"} - set(names)), "rejected")


def _typed(rows: ir.Table, column: Column) -> ir.Value:
    if column.name not in rows.columns:
        return ibis.null(column.type)
    value = rows[column.name]
    return value if value.type() == ibis.dtype(column.type) else value.cast(column.type)


def _shown(value: ir.Value) -> ir.StringValue:
    return value.cast("string").substr(0, _SHOWN)


def _reasons(value: ir.Value, column: Column) -> Iterator[tuple[ir.BooleanValue, ir.StringValue]]:
    name = column.name
    if column.type == "float64":  # first, because Ibis on Spark takes NaN for null
        yield value.isnan() | value.isinf(), ibis.literal(f"{name}: is not a finite number")
    if column.required:
        yield value.isnull(), ibis.literal(f"{name}: is missing; a {column.type} is required")
        # A text that must have words is counted below, where the reason tells how many it needs.
        if column.type == "string" and column.min_words is None:
            yield stripped(value) == "", ibis.literal(f"{name}: is empty; text is required")
    if column.minimum is not None or column.maximum is not None:
        low, high = column.minimum, column.maximum
        outside = [value < low] if low is not None else []
        outside += [value > high] if high is not None else []
        allowed = (
            f"{low:g} to {high:g}"
            if low is not None and high is not None
            else (f"at least {low:g}" if low is not None else f"at most {high:g}")
        )
        yield (
            ibis.or_(*outside),
            ibis.literal(f"{name}: ") + _shown(value) + f" is outside the allowed {allowed}",
        )
    if column.min_words is not None or column.max_words is not None:
        count = words(value)
        least, most = column.min_words or 0, column.max_words
        outside_words = count < least if most is None else (count < least) | (count > most)
        allowed = f"at least {least}" if most is None else f"{least} to {most}"
        yield (
            outside_words,
            ibis.literal(f"{name}: has ") + count.cast("string") + f" words; {allowed} are allowed",
        )
    if column.allowed:
        listed = ", ".join(column.allowed)
        yield (
            ~value.isin(column.allowed),
            ibis.literal(f"{name}: '") + _shown(value) + f"' is not one of {listed}",
        )
    if column.pattern:
        unmatched = ~value.re_search(column.pattern)
        yield unmatched, ibis.literal(f"{name}: '") + _shown(value) + f"' does not match {column.pattern}"


def _without_duplicates(
    judged: ir.Table, key: Sequence[str], best_first: Sequence[ir.Value | ibis.Deferred]
) -> ir.Table:
    accepted = judged.mutate(accepted=judged.rejected.isnull())
    best = ibis.window(group_by=["accepted", *key], order_by=[*best_first, "row_id"])
    found = accepted.mutate(survivor=accepted.row_id.first().over(best))
    duplicate = found.accepted & (found.row_id != found.survivor)
    reason = ibis.literal("duplicate of ") + found.survivor
    return found.mutate(rejected=ibis.ifelse(duplicate, reason, found.rejected)).drop("accepted", "survivor")
