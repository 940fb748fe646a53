"""Every promise of a table is checked: good rows pass, and each seeded defect is found and named."""

import json
import re
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest

from music_platform.features.expectations import suite_for
from music_platform.features.validation import Validation, validate, write_page
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
        Column("language", "string", "language", allowed=("pt", "en")),
        Column("score", "float64", "score", minimum=0),
        Column("tags", "array<string>", "tags", required=True),
    ),
    min_rows=2,
    means={"score": (1, 3)},
)
GOOD = {
    "song": ["s1", "s1", "t2"],
    "part": [0, 5, 0],
    "text": ["uma  casa", " duas\ncasas\tno mar ", "one two three"],
    "language": ["pt", None, "en"],
    "score": [1.0, 3.5, None],
    "tags": [["mpb"], [], ["rock", "pop"]],
}


def check(frame, table=VERSES, *, quarantined=0, duplicates=0) -> Validation:
    total = len(frame) + quarantined + duplicates
    return validate(table, frame, quarantined=quarantined, duplicates=duplicates, total=total)


@pytest.mark.parametrize("frame", [pa.table(GOOD), pd.DataFrame(GOOD)], ids=["arrow", "pandas"])
def test_good_rows_keep_every_promise(frame):
    validation = check(frame)
    assert validation.failures() == []
    assert validation.passed
    assert (validation.table, validation.rows, validation.total) == ("verses", 3, 3)
    assert len(validation.expectations) == 1 + len(suite_for(VERSES).expectations) == 14


DEFECTS = {
    "missing column": (
        lambda f: f.drop(columns="language"),
        {"table: expected the columns song", "language: expected one of pt, en; found no such column"},
    ),
    "extra column": (lambda f: f.assign(more=1), {"table: expected the columns song"}),
    "order of columns": (lambda f: f[["part", "song", *f.columns[2:]]], {"table: expected the columns song"}),
    "too few rows": (
        lambda f: f.iloc[:1].assign(score=2.0),
        {"table: expected at least 2 rows; found 1 rows"},
    ),
    "empty text": (
        lambda f: f.assign(text=["a b", None, "a b"]),
        {"text: expected a value in every row; found 1 of 3 values break it"},
    ),
    "empty list": (
        lambda f: f.assign(tags=[["a"], None, []]),
        {"tags: expected a value in every row; found 1 of 3 values break it"},
    ),
    "below the minimum": (
        lambda f: f.assign(part=[-1, 5, 0]),
        {"part: expected values from 0 to 5; found 1 of 3 values break it, such as -1"},
    ),
    "above the maximum": (
        lambda f: f.assign(part=[6, 5, 7]),
        {"part: expected values from 0 to 5; found 2 of 3 values break it, such as 6, 7"},
    ),
    "below a minimum alone": (
        lambda f: f.assign(score=[-0.5, 4.0, 4.0]),
        {"score: expected values of at least 0; found 1 of 3 values break it, such as -0.5"},
    ),
    "too few words": (
        lambda f: f.assign(text=["one", "a b", "a b"]),
        {"text: expected texts from 2 to 4 words; found 1 of 3 values break it, such as 1"},
    ),
    "too many words": (
        lambda f: f.assign(text=["a b", "a b c d e", "a b"]),
        {"text: expected texts from 2 to 4 words; found 1 of 3 values break it, such as 5"},
    ),
    "value not allowed": (
        lambda f: f.assign(language=["pt", "xx", "xx"]),
        {"language: expected one of pt, en; found 2 of 3 values break it, such as xx"},
    ),
    "pattern": (
        lambda f: f.assign(song=["s1", "t2", "S3" + "x" * 99]),
        {"song: expected text that matches ^(s|t)[0-9]+$; found 1 of 3 values break it, such as S3xxx"},
    ),
    "key twice": (
        lambda f: f.assign(part=[0, 0, 0]),
        {"song + part: expected no combination of song and part twice; found 2 of 3 values"},
    ),
    "mean too low": (lambda f: f.assign(score=0.5), {"score: expected a mean from 1 to 3; found 0.5"}),
    "mean too high": (lambda f: f.assign(score=5.0), {"score: expected a mean from 1 to 3; found 5"}),
    "text for numbers": (
        lambda f: f.assign(part=["a", "b", "c"]),
        {"part: expected values from 0 to 5; found values that can't be checked"},
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_seeded_defect_is_found_and_named(defect):
    damage, expected = DEFECTS[defect]
    validation = check(damage(pd.DataFrame(GOOD)))
    assert not validation.passed
    found = validation.failures()
    assert len(found) == len(expected), found
    for start in expected:
        assert any(line.startswith(start) for line in found), found
    assert all(len(example) <= 60 for e in validation.expectations for example in e.examples)


def test_a_key_of_one_column_may_not_repeat():
    table = replace(VERSES, key=("song",))
    validation = check(pd.DataFrame(GOOD), table)
    assert validation.failures() == ["song: expected no value twice; found 2 of 3 values break it, such as s1"]


def test_an_empty_table_fails_unless_it_may_be_empty():
    for frame in (pa.table(GOOD).slice(0, 0), pd.DataFrame(GOOD).iloc[:0]):
        assert "table: expected at least 2 rows; found 0 rows" in check(frame).failures()
    assert check(pa.table(GOOD).slice(0, 0), replace(VERSES, min_rows=0, means={})).passed


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
def test_more_than_a_fifth_in_quarantine_fails_and_duplicates_do_not_count(quarantined, duplicates, share, passed):
    frame = pd.DataFrame({"n": range(100)})
    table = Table("n", "tracks", "Numbers.", ("n",), (Column("n", "int64", "number", required=True),))
    validation = check(frame, table, quarantined=quarantined, duplicates=duplicates)
    assert (validation.passed, validation.share) == (passed, pytest.approx(share))
    assert (validation.failures() == []) is passed


def test_the_suites_of_all_tables_check_every_promise_of_the_schema():
    for table in TABLES.values():
        promises = 3 + len(table.means)
        for column in table.columns:
            promises += column.required + bool(column.allowed) + bool(column.pattern)
            promises += column.minimum is not None or column.maximum is not None
            promises += column.min_words is not None or column.max_words is not None
        assert len(suite_for(table).expectations) == promises


def test_a_validation_survives_json():
    validation = check(pd.DataFrame(GOOD).assign(part=9), quarantined=1, duplicates=2)
    assert not validation.passed
    assert Validation.from_dict(json.loads(json.dumps(validation.to_dict()))) == validation


def test_the_frame_that_is_checked_stays_as_it_was():
    frame = pd.DataFrame(GOOD)
    check(frame)
    assert list(frame.columns) == list(GOOD)


def test_the_page_tells_all_and_loads_nothing(tmp_path):
    page = tmp_path / "reports" / "verses.html"
    broken = check(pd.DataFrame(GOOD).assign(language="<b>", part=[9, 8, 9]), duplicates=2)
    write_page(page, broken)
    html = page.read_text("utf-8")
    assert not re.search(r"(src|href)=|url\(|@import|<script", html)
    assert "2 of 14 promises are broken" in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert html.index("✗ broken") < html.index("✓ kept")
    assert html.count('scope="row"') == 14

    write_page(page, check(pa.table(GOOD)))
    assert "All 14 promises are kept" in page.read_text("utf-8")
    assert "✗" not in page.read_text("utf-8")
