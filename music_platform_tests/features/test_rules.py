"""Every promise of a column has its reason, the first one counts; duplicates are found."""

from typing import Any

import ibis
import pyarrow as pa
import pytest

from music_platform.features.rules import with_rejection, words
from music_platform.schema import Column
from music_platform.tables import Table
from music_platform_tests.support.raw_rows import evaluated

TABLE = Table(
    "things",
    "tracks",
    "Invented.",
    ("name",),
    (
        Column("name", "string", "a name", required=True, pattern="^[a-z]+$"),
        Column("size", "float64", "a size", required=True, minimum=0, maximum=1),
        Column("count", "int64", "a count", minimum=1),
        Column("text", "string", "a text", min_words=2, max_words=4),
        Column("kind", "string", "a kind", allowed=("big", "small")),
        Column("extra", "string", "a column that no row has"),
    ),
)
GOOD: dict[str, Any] = {
    "name": "a",
    "size": 0.5,
    "count": None,
    "text": "two words",
    "kind": "big",
    "problems": [],
}
SCHEMA = pa.schema(
    [
        ("row_id", pa.string()),
        ("name", pa.string()),
        ("size", pa.float64()),
        ("count", pa.int64()),
        ("text", pa.string()),
        ("kind", pa.string()),
        ("problems", pa.list_(pa.string())),
        ("order", pa.int64()),
    ]
)


def judged(*rows: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    filled = [{**GOOD, "row_id": f"f:{place}", **row} for place, row in enumerate(rows, 1)]
    table = pa.Table.from_pylist([{name: row.get(name) for name in SCHEMA.names} for row in filled], SCHEMA)
    return evaluated(lambda t: with_rejection(t, TABLE, **options), table)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({}, None),
        ({"text": None, "kind": None}, None),
        ({"size": 0.0}, None),
        ({"size": 1.0}, None),
        ({"name": None}, "name: is missing; a string is required"),
        ({"name": "  "}, "name: is empty; text is required"),
        ({"name": "A1"}, "name: 'A1' does not match ^[a-z]+$"),
        ({"name": "A" * 90}, f"name: '{'A' * 40}' does not match ^[a-z]+$"),
        ({"size": None}, "size: is missing; a float64 is required"),
        ({"size": 1.5}, "size: 1.5 is outside the allowed 0 to 1"),
        ({"size": -0.5}, "size: -0.5 is outside the allowed 0 to 1"),
        ({"size": float("nan")}, "size: is not a finite number"),
        ({"count": 0}, "count: 0 is outside the allowed at least 1"),
        ({"text": "one"}, "text: has 1 words; 2 to 4 are allowed"),
        ({"text": " "}, "text: has 0 words; 2 to 4 are allowed"),
        ({"text": "one two\nthree  four five"}, "text: has 5 words; 2 to 4 are allowed"),
        ({"kind": "huge"}, "kind: 'huge' is not one of big, small"),
        ({"kind": "huge", "size": 2.0}, "size: 2.0 is outside the allowed 0 to 1"),
        ({"problems": ["count: 'x' is not a whole number"], "size": 2.0}, "count: 'x' is not a whole number"),
        ({"problems": None}, None),
    ],
)
def test_the_first_reason_against_a_row(row: dict[str, Any], reason: str | None) -> None:
    (result,) = judged(row)
    assert result["rejected"] == reason
    assert list(result) == ["name", "size", "count", "text", "kind", "extra", "row_id", "rejected"]


def test_a_rejected_row_makes_no_duplicate() -> None:
    rows = judged({"size": 2.0}, {}, {}, {"name": "b"})
    assert [row["rejected"] for row in rows][1:] == [None, "duplicate of f:2", None]
    assert rows[0]["rejected"].startswith("size")


def test_the_first_in_order_survives_then_the_smallest_row_id() -> None:
    rows = judged({"order": 1}, {"order": 3}, {"order": 3}, best_first=[ibis.desc("order")])
    assert [row["rejected"] for row in rows] == ["duplicate of f:2", None, "duplicate of f:2"]


def test_keys_are_checked_one_after_the_other() -> None:
    rows = judged(
        {"kind": "big", "count": 1}, {"kind": "big", "count": 2}, {"name": "b", "count": 2},
        duplicate_of=[("kind",), ("count",)],
    )  # fmt: skip
    assert [row["rejected"] for row in rows] == [None, "duplicate of f:1", "duplicate of f:1"]
    assert {row["rejected"] for row in judged({}, {}, duplicate_of=())} == {None}


@pytest.mark.parametrize(("text", "count"), [("", 0), (" \n", 0), ("a", 1), (" a  b\n\nc ", 3)])
def test_words(text: str, count: int) -> None:
    table = pa.table({"text": [text]})
    assert evaluated(lambda t: t.select(count=words(t.text)), table) == [{"count": count}]
