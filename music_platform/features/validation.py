"""Whether a table keeps its promises, as plain data and as a page to read. `tables.py` declares the promises."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from music_platform.features.expectations import Expectation, check
from music_platform.features.rules import rules_of
from music_platform.storage.files import replacing
from music_platform.tables import MAX_QUARANTINED, TABLES, Table

if TYPE_CHECKING:
    import pyarrow as pa

_REASONS = 3


@dataclass(frozen=True)
class Judgement:
    """The result of the row rules on all rows that a transform made."""

    total: int
    """Rows that were judged."""
    duplicates: int
    """Rows left out as duplicates, which say nothing about the quality of the data."""
    reasons: Mapping[str, int]
    """Reason without the value in it -> rows in quarantine for it, the most frequent first."""

    @property
    def quarantined(self) -> int:
        """Rows in quarantine."""
        return sum(self.reasons.values())

    @property
    def share(self) -> float:
        """The share of the rows in quarantine, duplicates not counted."""
        return self.quarantined / max(1, self.total - self.duplicates)


class ColumnRules(BaseModel):
    """The rules of one column, and the number of rows in quarantine because of it."""

    model_config = ConfigDict(frozen=True)

    column: str
    rules: tuple[str, ...]
    broken: int


class Validation(BaseModel):
    """The outcome of all checks on a table."""

    model_config = ConfigDict(frozen=True)

    table: str
    rows: int
    """Accepted rows, which the expectations were checked on."""
    total: int
    quarantined: int
    duplicates: int
    share: float
    """See `Judgement`."""
    seconds: float
    rules: tuple[ColumnRules, ...]
    expectations: tuple[Expectation, ...]

    @property
    def passed(self) -> bool:
        """Whether the table keeps every promise."""
        return all(expectation.passed for expectation in self.expectations)

    def failures(self) -> list[str]:
        """One line for each broken promise."""
        return [
            f"{e.column or 'table'}: expected {e.rule}; found {e.observed}"
            + (f", such as {', '.join(e.examples)}" if e.examples else "")
            for e in self.expectations
            if not e.passed
        ]


def validate(table: Table, rows: "pa.Table", judgement: Judgement) -> Validation:
    """Check the accepted rows of a table against its promises, and the share of rows in quarantine.

    Args:
        table: The declaration of the table.
        rows: The accepted rows.
        judgement: The result of the row rules, for these rows and the rejected ones.
    """
    started = monotonic()
    quarantine = Expectation(
        column="",
        rule=f"at most {MAX_QUARANTINED:.0%} of the rows in quarantine, duplicates not counted",
        passed=judgement.share <= MAX_QUARANTINED,
        observed=f"{judgement.share:.1%}",
        unexpected=judgement.quarantined,
        examples=tuple(f"{count:,} × {reason}" for reason, count in [*judgement.reasons.items()][:_REASONS]),
    )
    return Validation(
        table=table.name,
        rows=len(rows),
        total=judgement.total,
        quarantined=judgement.quarantined,
        duplicates=judgement.duplicates,
        share=judgement.share,
        rules=_rules(table, judgement.reasons),
        expectations=(quarantine, *check(table, rows)),
        seconds=monotonic() - started,
    )


def write_page(path: Path, validation: Validation) -> None:
    """Write a validation as one HTML file that loads nothing else, for a reader new to the table and the tool."""
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


def _rules(table: Table, reasons: Mapping[str, int]) -> tuple[ColumnRules, ...]:
    """The rules of the columns of a table, then the other columns that reasons name, whose values can't be read."""
    broken: Counter[str] = Counter()
    for reason, count in reasons.items():
        broken[reason.partition(": ")[0]] += count
    rules = {column.name: tuple(rule.promise for rule in rules_of(column)) for column in table.columns}
    rules = {name: rules.get(name) or ("values that can be read",) for name in {**rules, **broken}}
    return tuple(ColumnRules(column=name, rules=found, broken=broken[name]) for name, found in rules.items())
