"""Every rule of a column has its reason, the first one counts; duplicates are found."""

from typing import Any

import ibis
import pyarrow as pa
import pytest

from music_platform.features.rules import Transformed, judged, rules_of, words
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
        Column("mark", "int64", "a mark", maximum=6),
        Column("text", "string", "a text", min_words=2, max_words=4),
        Column("note", "string", "a note", required=True, min_words=1),
        Column("tags", "array<string>", "tags", required=True),
        Column("kind", "string", "a kind", allowed=("big", "small")),
        Column("extra", "string", "a column that no row has"),
    ),
)
GOOD: dict[str, Any] = {
    "name": "a",
    "size": 0.5,
    "count": None,
    "text": "two words",
    "note": "one",
    "tags": [],
    "kind": "big",
    "problems": [],
}
SCHEMA = pa.schema(
    [
        ("row_id", pa.string()),
        ("name", pa.string()),
        ("size", pa.float64()),
        ("count", pa.int64()),
        ("mark", pa.int64()),
        ("text", pa.string()),
        ("note", pa.string()),
        ("tags", pa.list_(pa.string())),
        ("kind", pa.string()),
        ("problems", pa.list_(pa.string())),
        ("order", pa.int64()),
    ]
)
CASES: list[tuple[dict[str, Any], str | None]] = [
    ({}, None),
    ({"text": None, "kind": None}, None),
    ({"size": 0.0}, None),
    ({"size": 1.0}, None),
    ({"name": None}, "name: the value is missing; a text is required"),
    ({"name": "  "}, "name: the text is empty; at least one character is required"),
    ({"name": "A1"}, "name: 'A1' does not match the pattern ^[a-z]+$"),
    ({"name": "A" * 90}, f"name: '{'A' * 40}' does not match the pattern ^[a-z]+$"),
    ({"size": None}, "size: the value is missing; a number is required"),
    ({"size": 1.5}, "size: 1.5 is outside the limits; a value from 0 to 1 is allowed"),
    ({"size": -0.5}, "size: -0.5 is outside the limits; a value from 0 to 1 is allowed"),
    ({"size": float("nan")}, "size: the value is not a finite number"),
    ({"count": 0}, "count: 0 is outside the limits; a value of at least 1 is allowed"),
    ({"mark": 7}, "mark: 7 is outside the limits; a value of at most 6 is allowed"),
    ({"text": "one"}, "text: the word count 1 is outside the limits; a value from 2 to 4 is allowed"),
    ({"text": " "}, "text: the word count 0 is outside the limits; a value from 2 to 4 is allowed"),
    (
        {"text": "one two\nthree  four five"},
        "text: the word count 5 is outside the limits; a value from 2 to 4 is allowed",
    ),
    ({"note": None}, "note: the value is missing; a text is required"),
    ({"note": ""}, "note: the word count 0 is outside the limits; a value of at least 1 is allowed"),
    ({"tags": None}, "tags: the value is missing; a list of texts is required"),
    ({"kind": "huge"}, "kind: 'huge' is not one of big, small"),
    ({"kind": "huge", "size": 2.0}, "size: 2.0 is outside the limits; a value from 0 to 1 is allowed"),
    ({"problems": ["count: 'x' is not a whole number"], "size": 2.0}, "count: 'x' is not a whole number"),
    ({"problems": None}, None),
]


def result(*rows: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    filled = [{**GOOD, "row_id": f"f:{place:02}", **row} for place, row in enumerate(rows, 1)]
    table = pa.Table.from_pylist([{name: row.get(name) for name in SCHEMA.names} for row in filled], SCHEMA)
    return evaluated(lambda t: judged(Transformed(t, **options), TABLE), table)


@pytest.fixture(scope="module")
def cases() -> list[dict[str, Any]]:
    return result(*(row for row, _ in CASES), duplicate_of=())


@pytest.mark.parametrize("place", range(len(CASES)), ids=[str(row) for row, _ in CASES])
def test_the_first_reason_against_a_row(place: int, cases: list[dict[str, Any]]) -> None:
    assert cases[place]["rejected"] == CASES[place][1]
    assert list(cases[place]) == [column.name for column in TABLE.columns] + ["row_id", "rejected"]


def test_the_promises_of_a_column_say_what_its_rules_check() -> None:
    promised = {column.name: [rule.promise for rule in rules_of(column)] for column in TABLE.columns}
    assert promised == {
        "name": ["a value in every row", "no empty text", "text that matches ^[a-z]+$"],
        "size": ["finite numbers", "a value in every row", "values from 0 to 1"],
        "count": ["values of at least 1"],
        "mark": ["values of at most 6"],
        "text": ["texts with a word count from 2 to 4"],
        "note": ["a value in every row", "texts with a word count of at least 1"],
        "tags": ["a value in every row"],
        "kind": ["one of big, small"],
        "extra": [],
    }


def test_a_rejected_row_makes_no_duplicate() -> None:
    rows = result({"size": 2.0}, {}, {}, {"name": "b"})
    assert [row["rejected"] for row in rows][1:] == [None, "the row is a duplicate of f:02", None]
    assert rows[0]["rejected"].startswith("size")


def test_the_first_in_order_survives_then_the_smallest_row_id() -> None:
    rows = result({"order": 1}, {"order": 3}, {"order": 3}, best_first=[ibis.desc("order")])
    duplicate = "the row is a duplicate of f:02"
    assert [row["rejected"] for row in rows] == [duplicate, None, duplicate]


def test_keys_are_checked_one_after_the_other() -> None:
    rows = result(
        {"kind": "big", "count": 1}, {"kind": "big", "count": 2}, {"name": "b", "count": 2},
        duplicate_of=[("kind",), ("count",)],
    )  # fmt: skip
    duplicate = "the row is a duplicate of f:01"
    assert [row["rejected"] for row in rows] == [None, duplicate, duplicate]
    assert {row["rejected"] for row in result({}, {}, duplicate_of=())} == {None}


def test_rows_without_an_id_have_that_of_their_key() -> None:
    table = pa.table({"name": ["a", "B"], "size": [0.5, 0.5], "note": ["one", "one"], "tags": [[], []]})
    table = table.set_column(3, "tags", table["tags"].cast(pa.list_(pa.string())))
    rows = evaluated(lambda t: judged(Transformed(t, duplicate_of=()), TABLE), table)
    assert [(row["row_id"], row["rejected"] is None) for row in rows] == [("B", False), ("a", True)]


def test_words_are_parted_by_white_space() -> None:
    counts = {"": 0, " \n": 0, "a": 1, " a  b\n\nc ": 3}
    rows = evaluated(lambda t: t.select(t.text, count=words(t.text)), pa.table({"text": [*counts]}))
    assert {row["text"]: row["count"] for row in rows} == counts
