"""How a features table is written: quarantine with reasons, replay after a changed rule, never a broken table."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from music_platform.features import build as module
from music_platform.features.build import Built, ValidationFailed, build
from music_platform.features.rules import Transformed
from music_platform.schema import Column
from music_platform.storage.warehouse import Warehouse
from music_platform.tables import Table

ROW = Column("row_id", "string", "row", required=True)
TEMPO = Column("tempo", "float64", "beats per minute", required=True, minimum=40, maximum=250)
BEATS = Table("beats", "tracks", "Tempos.", ("row_id",), (ROW, TEMPO))


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    land(warehouse, [100.0] * 9 + [20.0])
    yield warehouse
    warehouse.close()


def land(warehouse: Warehouse, values: list[Any], column: str = "tempo", of: pa.DataType | None = None) -> None:
    identifiers = pa.array([f"file:{i}" for i in range(len(values))], pa.string())
    rows = pa.table({"row_id": identifiers, column: pa.array(values, of or pa.float64())})
    warehouse.sql.register("incoming", rows)
    warehouse.replace("ingestion.beats", str(values), {"ingestion.beats": "SELECT * FROM incoming"})


def built(warehouse: Warehouse, table: Table, tmp_path: Path) -> Built:
    return build(warehouse, table, Transformed, ("ingestion.beats",), tmp_path)


def tables(warehouse: Warehouse) -> set[str]:
    found = warehouse.sql.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'features'").fetchall()
    return {name for (name,) in found}


def quarantine(warehouse: Warehouse) -> list[tuple[str, str]]:
    return warehouse.sql.execute("SELECT * FROM features.beats_quarantine").fetchall()


def test_a_bad_row_goes_to_quarantine_with_its_reason(warehouse: Warehouse, tmp_path: Path) -> None:
    done = built(warehouse, BEATS, tmp_path)
    assert (done.made.rows, done.made.detail["quarantined"]) == (9, 1)
    [(row, reason)] = quarantine(warehouse)
    assert row == "file:9"
    assert "tempo" in reason
    assert "40 to 250" in reason
    assert [(found.column, found.broken) for found in done.validation.rules] == [("row_id", 0), ("tempo", 1)]
    assert (tmp_path / "validation" / "beats.html").exists()


DEFECTS = {
    "missing value": (TEMPO, None),
    "below the minimum": (TEMPO, 39.9),
    "above the maximum": (TEMPO, 250.1),
    "below a minimum alone": (replace(TEMPO, maximum=None), 39.9),
    "no number": (TEMPO, float("nan")),
    "empty text": (Column("mark", "string", "a mark", required=True), " "),
    "too few words": (Column("mark", "string", "a mark", min_words=1), ""),
    "too many words": (Column("mark", "string", "a mark", max_words=1), "one two"),
    "value not allowed": (Column("mark", "string", "a mark", allowed=("good",)), "bad"),
    "pattern": (Column("mark", "string", "a mark", pattern="^[a-z]+$"), "S3"),
    "missing list": (Column("mark", "array<string>", "marks", required=True), None),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_defect_of_a_value_is_kept_out_and_too_many_stop_the_run(
    defect: str, warehouse: Warehouse, tmp_path: Path
) -> None:
    column, bad = DEFECTS[defect]
    good = {"float64": 100.0, "string": "good", "array<string>": ["good"]}[column.type]
    of = {"float64": pa.float64(), "string": pa.string(), "array<string>": pa.list_(pa.string())}[column.type]
    table = replace(BEATS, columns=(ROW, column))
    land(warehouse, [good] * 4 + [bad], column.name, of)
    done = built(warehouse, table, tmp_path)
    assert (done.made.rows, [row for row, _ in quarantine(warehouse)]) == (4, ["file:4"])

    land(warehouse, [good] * 3 + [bad], column.name, of)
    with pytest.raises(ValidationFailed, match=f"found 25.0%, such as 1 × {column.name}: "):
        built(warehouse, table, tmp_path)
    assert warehouse.sql.execute("SELECT count(*) FROM features.beats").fetchone() == (4,)


def test_a_changed_rule_replays_the_rows_in_quarantine(warehouse: Warehouse, tmp_path: Path) -> None:
    built(warehouse, BEATS, tmp_path)
    wider = replace(BEATS, columns=(ROW, replace(TEMPO, minimum=10)))
    done = built(warehouse, wider, tmp_path)
    assert done.changed
    assert done.made.rows == 10
    assert quarantine(warehouse) == []


def test_the_same_rows_and_rules_are_not_built_again(warehouse: Warehouse, tmp_path: Path) -> None:
    first = built(warehouse, BEATS, tmp_path)
    assert first.changed
    again = built(warehouse, BEATS, tmp_path)
    assert not again.changed
    assert again.validation == first.validation


def test_too_large_a_quarantine_fails_and_keeps_the_table_before(warehouse: Warehouse, tmp_path: Path) -> None:
    built(warehouse, BEATS, tmp_path)
    land(warehouse, [100.0] * 7 + [None] * 3)
    with pytest.raises(ValidationFailed, match="quarantine"):
        built(warehouse, BEATS, tmp_path)
    assert warehouse.sql.execute("SELECT count(*) FROM features.beats").fetchone() == (9,)


def test_a_broken_promise_about_the_whole_table_keeps_the_table_before(warehouse: Warehouse, tmp_path: Path) -> None:
    built(warehouse, BEATS, tmp_path)
    land(warehouse, [240.0] * 10)
    with pytest.raises(ValidationFailed, match="mean"):
        built(warehouse, replace(BEATS, means={"tempo": (90, 150)}), tmp_path)
    assert warehouse.sql.execute("SELECT max(tempo) FROM features.beats").fetchone() == (100,)


def test_after_a_failure_rejected_rows_can_be_read_and_nothing_unvalidated_stays(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    built(warehouse, BEATS, tmp_path)
    land(warehouse, [100.0] * 5 + [20.0, 30.0, 251.0, None])
    with pytest.raises(ValidationFailed) as failed:
        built(warehouse, BEATS, tmp_path)
    assert [row for row, _ in quarantine(warehouse)] == ["file:5", "file:6", "file:7", "file:8"]
    assert tables(warehouse) == {"beats", "beats_quarantine"}
    [failure] = failed.value.validation.failures()
    assert failure.endswith(
        "3 × tempo: … is outside the limits; a value from 40 to 250 is allowed, "
        "1 × tempo: the value is missing; a number is required"
    )


def test_page_and_quarantine_are_those_of_the_table_again_when_the_bad_rows_are_gone(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    first = built(warehouse, BEATS, tmp_path)
    page = tmp_path / "validation" / "beats.html"
    land(warehouse, [100.0] * 5 + [20.0] * 5)
    with pytest.raises(ValidationFailed):
        built(warehouse, BEATS, tmp_path)
    assert "broken: the table was not replaced" in page.read_text("utf-8")
    land(warehouse, [100.0] * 9 + [20.0])
    again = built(warehouse, BEATS, tmp_path)
    assert again.made.data_version == first.made.data_version
    assert "promises are kept" in page.read_text("utf-8")
    assert [row for row, _ in quarantine(warehouse)] == ["file:9"]
    assert not built(warehouse, BEATS, tmp_path).changed


def test_a_table_that_a_killed_run_staged_goes(warehouse: Warehouse, tmp_path: Path) -> None:
    built(warehouse, BEATS, tmp_path)
    warehouse.sql.execute("CREATE TABLE features.beats__staged AS SELECT 1")
    assert not built(warehouse, BEATS, tmp_path).changed
    assert tables(warehouse) == {"beats", "beats_quarantine"}


def test_changed_code_checks_the_rows_again(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(warehouse, BEATS, tmp_path)
    monkeypatch.setattr(module, "code_version", lambda *roots: "changed")
    assert built(warehouse, BEATS, tmp_path).changed


def test_a_changed_template_writes_the_page_again_and_leaves_the_table(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(warehouse, BEATS, tmp_path)
    page = tmp_path / "validation" / "beats.html"
    page.write_text("as an older template shows it", "utf-8")
    assert not built(warehouse, BEATS, tmp_path).changed
    assert page.read_text("utf-8") == "as an older template shows it"
    monkeypatch.setattr(module, "content_hash", lambda folder: "changed")
    assert not built(warehouse, BEATS, tmp_path).changed
    assert "promises are kept" in page.read_text("utf-8")


def test_a_table_of_nothing_landed_has_nothing_to_promise(warehouse: Warehouse, tmp_path: Path) -> None:
    land(warehouse, [])
    assert built(warehouse, replace(BEATS, means={"tempo": (90, 150)}), tmp_path).made.rows == 0
