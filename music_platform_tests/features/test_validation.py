"""Every promise of a table is checked: good rows pass, and each seeded defect is found and named."""

import json
import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from music_platform.features.expectations import suite_for
from music_platform.features.validation import Judgement, Validation, validate, write_page
from music_platform.schema import Column
from music_platform.tables import TABLES, Table

VERSES = Table(
    "verses",
    "lyrics",
    "Invented verses.",
    ("song", "part"),
    (
        Column("song", "string", "song", required=True, pattern="^(s|t)[0-9]+$"),
        Column("part", "int64", "part", required=True, minimum=0, maximum=5),
        Column("text", "string", "words", required=True, min_words=2, max_words=4),
        Column("score", "float64", "score"),
        Column("tags", "array<string>", "tags", required=True),
    ),
    min_rows=2,
    means={"score": (1, 3)},
)
GOOD = {
    "song": ["s1", "s1", "t2"],
    "part": [0, 5, 0],
    "text": ["uma  casa", " duas\ncasas\tno mar ", "one two three"],
    "score": [1.0, 3.5, None],
    "tags": [["mpb"], [], ["rock", "pop"]],
}


def check(
    rows: pa.Table | pd.DataFrame, table: Table = VERSES, duplicates: int = 0, **reasons: dict[str, int]
) -> Validation:
    rows = rows if isinstance(rows, pa.Table) else pa.Table.from_pandas(rows, preserve_index=False)
    found = {f"{column}: {reason}": count for column, named in reasons.items() for reason, count in named.items()}
    return validate(table, rows, Judgement(len(rows) + duplicates + sum(found.values()), duplicates, found))


def test_good_rows_keep_every_promise() -> None:
    validation = check(pa.table(GOOD))
    assert validation.failures() == []
    assert validation.passed
    assert (validation.table, validation.rows, validation.total) == ("verses", 3, 3)
    assert len(validation.expectations) == 1 + len(suite_for(VERSES).expectations) == 5


DEFECTS: dict[str, tuple[Any, set[str]]] = {
    "missing column": (
        lambda f: f.drop(columns="song"),
        {
            "table: expected the columns song, part, text, score, tags, in this order; found missing song",
            "song + part: expected no combination of song and part twice; found no such column",
        },
    ),
    "extra column": (
        lambda f: f.assign(more=1),
        {"table: expected the columns song, part, text, score, tags, in this order; found extra more"},
    ),
    "order of columns": (
        lambda f: f[["part", "song", *f.columns[2:]]],
        {"table: expected the columns song, part, text, score, tags, in this order; found another order"},
    ),
    "too few rows": (
        lambda f: f.iloc[:1].assign(score=2.0),
        {"table: expected at least 2 rows; found 1 rows"},
    ),
    "key twice": (
        lambda f: f.assign(part=[0, 0, 0]),
        {"song + part: expected no combination of song and part twice; found 2 of 3 values break it, such as s1 + 0"},
    ),
    "mean too low": (lambda f: f.assign(score=0.5), {"score: expected a mean from 1 to 3; found 0.5"}),
    "mean too high": (lambda f: f.assign(score=5.0), {"score: expected a mean from 1 to 3; found 5"}),
    "no values for a mean": (
        lambda f: f.assign(score=pd.Series([None] * 3, dtype="float64")),
        {"score: expected a mean from 1 to 3; found no value"},
    ),
    "text for numbers": (
        lambda f: f.assign(score=["a", "b", "c"]),
        {"score: expected a mean from 1 to 3; found values that can't be checked"},
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_seeded_defect_is_found_and_named(defect: str) -> None:
    damage, expected = DEFECTS[defect]
    validation = check(damage(pd.DataFrame(GOOD)))
    assert not validation.passed
    found = validation.failures()
    assert len(found) == len(expected), found
    for start in expected:
        assert any(line.startswith(start) for line in found), found
    assert all(len(example) <= 60 for e in validation.expectations for example in e.examples)


def test_a_key_of_one_column_may_not_repeat() -> None:
    validation = check(pa.table(GOOD), replace(VERSES, key=("song",)))
    assert validation.failures() == ["song: expected no value twice; found 2 of 3 values break it, such as s1"]


def test_long_values_are_shortened_in_examples() -> None:
    validation = check(pd.DataFrame(GOOD).assign(song="s" + "1" * 99, part=0))
    [example] = [example for e in validation.expectations for example in e.examples]
    assert example == "s" + "1" * 58 + "…"


def test_an_empty_table_fails_unless_it_may_be_empty() -> None:
    empty = pa.table(GOOD).slice(0, 0)
    assert "table: expected at least 2 rows; found 0 rows" in check(empty).failures()
    assert check(empty, replace(VERSES, min_rows=0, means={})).passed


@pytest.mark.parametrize(
    ("quarantined", "duplicates", "share", "passed"),
    [
        (0, 0, 0.0, True),
        (0, 50, 0.0, True),
        (25, 0, 0.2, True),
        (26, 0, 26 / 126, False),
        (26, 900, 26 / 126, False),
    ],
)
def test_more_than_a_fifth_in_quarantine_fails_and_duplicates_do_not_count(
    quarantined: int, duplicates: int, share: float, passed: bool
) -> None:
    table = Table("n", "tracks", "Numbers.", ("n",), (Column("n", "int64", "number", required=True),))
    validation = check(pa.table({"n": range(100)}), table, duplicates, n={"the value is missing": quarantined})
    assert (validation.passed, validation.share) == (passed, pytest.approx(share))
    assert (validation.failures() == []) is passed


def test_too_large_a_quarantine_names_the_three_most_frequent_reasons() -> None:
    validation = check(pa.table(GOOD), part={"low": 5, "high": 4}, text={"few": 3}, tags={"none": 2})
    assert validation.failures() == [
        "table: expected at most 20% of the rows in quarantine, duplicates not counted; found 82.4%, "
        "such as 5 × part: low, 4 × part: high, 3 × text: few"
    ]


def test_every_column_has_its_rules_and_its_rows_in_quarantine() -> None:
    validation = check(pa.table(GOOD), part={"low": 5, "high": 4}, tags={"none": 2}, title={"'x' is no text": 1})
    assert [(found.column, found.broken, found.rules) for found in validation.rules] == [
        ("song", 0, ("a value in every row", "no empty text", "text that matches ^(s|t)[0-9]+$")),
        ("part", 9, ("a value in every row", "values from 0 to 5")),
        ("text", 0, ("a value in every row", "texts with a word count from 2 to 4")),
        ("score", 0, ("finite numbers",)),
        ("tags", 2, ("a value in every row",)),
        ("title", 1, ("values that can be read",)),
    ]


def test_the_suites_of_all_tables_check_every_promise_about_the_whole_table() -> None:
    for table in TABLES.values():
        assert len(suite_for(table).expectations) == 3 + len(table.means)


def test_a_validation_survives_json() -> None:
    validation = check(pd.DataFrame(GOOD).assign(part=0), duplicates=2, part={"low": 1})
    assert not validation.passed
    assert Validation.model_validate(json.loads(json.dumps(validation.model_dump(mode="json")))) == validation


def test_the_page_shows_everything_and_loads_nothing(tmp_path: Any) -> None:
    page = tmp_path / "reports" / "verses.html"
    write_page(page, check(pd.DataFrame(GOOD).assign(song="<b>", score=9.0), duplicates=2, part={"low": 1}))
    html = page.read_text("utf-8")
    assert not re.search(r"(src|href)=|url\(|@import|<script", html)
    assert "3 of 5 promises are broken" in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert html.index("✗ broken") < html.index("✓ kept")
    assert html.count('scope="row"') == 5 + len(VERSES.columns)
    assert re.search(r"part</th>\s*<td>a value in every row; values from 0 to 5</td>\s*<td>1</td>", html)

    write_page(page, check(pa.table(GOOD)))
    assert "All 5 promises are kept" in page.read_text("utf-8")
    assert "✗" not in page.read_text("utf-8")
