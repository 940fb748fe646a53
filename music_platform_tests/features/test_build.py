"""How a features table is written: quarantine with reasons, replay after a changed rule, never a broken table."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from music_platform.features import build as module
from music_platform.features.build import ValidationFailed, build
from music_platform.features.rules import with_rejection
from music_platform.schema import Column
from music_platform.storage.warehouse import Warehouse
from music_platform.tables import Table

TEMPO = Column("tempo", "float64", "beats per minute", required=True, minimum=40, maximum=250)
BEATS = Table("beats", "tracks", "Tempos.", ("row_id",), (Column("row_id", "string", "row", required=True), TEMPO))

TEMPLATES = Path(module.__file__).with_name("templates")


@pytest.fixture
def warehouse(tmp_path):
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    land(warehouse, [100.0] * 9 + [20.0])
    yield warehouse
    warehouse.close()


def land(warehouse: Warehouse, tempos: list[float | None]) -> None:
    identifiers = pa.array([f"file:{i}" for i in range(len(tempos))], pa.string())
    rows = pa.table({"row_id": identifiers, "tempo": pa.array(tempos, pa.float64())})
    warehouse.sql.register("incoming", rows)
    warehouse.replace("ingestion.beats", str(tempos), {"ingestion.beats": "SELECT * FROM incoming"})


def built(warehouse: Warehouse, table: Table, tmp_path):
    return build(warehouse, table, lambda rows: with_rejection(rows, table), ("ingestion.beats",), tmp_path)


def tables(warehouse: Warehouse) -> set[str]:
    found = warehouse.sql.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'features'").fetchall()
    return {name for (name,) in found}


def quarantine(warehouse: Warehouse) -> list[tuple]:
    return warehouse.sql.execute("SELECT * FROM features.beats_quarantine").fetchall()


def test_a_bad_row_goes_to_quarantine_with_its_reason(warehouse, tmp_path):
    done = built(warehouse, BEATS, tmp_path)
    assert (done.made.rows, done.made.detail["quarantined"]) == (9, 1)
    [(row, reason)] = quarantine(warehouse)
    assert row == "file:9"
    assert "tempo" in reason
    assert "40 to 250" in reason
    assert (tmp_path / "validation" / "beats.html").exists()


def test_a_changed_rule_replays_the_rows_in_quarantine(warehouse, tmp_path):
    built(warehouse, BEATS, tmp_path)
    wider = replace(BEATS, columns=(BEATS.columns[0], replace(TEMPO, minimum=10)))
    done = built(warehouse, wider, tmp_path)
    assert done.changed
    assert done.made.rows == 10
    assert quarantine(warehouse) == []


def test_the_same_rows_and_rules_are_not_built_again(warehouse, tmp_path):
    assert built(warehouse, BEATS, tmp_path).changed
    again = built(warehouse, BEATS, tmp_path)
    assert not again.changed
    assert again.validation.passed


def test_too_large_a_quarantine_fails_and_keeps_the_table_before(warehouse, tmp_path):
    built(warehouse, BEATS, tmp_path)
    land(warehouse, [100.0] * 7 + [None] * 3)
    with pytest.raises(ValidationFailed, match="quarantine"):
        built(warehouse, BEATS, tmp_path)
    assert warehouse.sql.execute("SELECT count(*) FROM features.beats").fetchone() == (9,)


def test_a_broken_promise_about_the_whole_table_keeps_the_table_before(warehouse, tmp_path):
    built(warehouse, BEATS, tmp_path)
    land(warehouse, [240.0] * 10)
    with pytest.raises(ValidationFailed, match="mean"):
        built(warehouse, replace(BEATS, means={"tempo": (90, 150)}), tmp_path)
    assert warehouse.sql.execute("SELECT max(tempo) FROM features.beats").fetchone() == (100,)


def test_after_a_failure_what_was_rejected_can_be_read_and_nothing_unvalidated_stays(warehouse, tmp_path):
    built(warehouse, BEATS, tmp_path)
    land(warehouse, [100.0] * 5 + [20.0, 30.0, 251.0, None])
    with pytest.raises(ValidationFailed) as failed:
        built(warehouse, BEATS, tmp_path)
    assert [row for row, _ in quarantine(warehouse)] == ["file:5", "file:6", "file:7", "file:8"]
    assert tables(warehouse) == {"beats", "beats_quarantine"}
    [failure] = failed.value.validation.failures()
    assert "3 × tempo: … is outside the allowed 40 to 250, 1 × tempo: is missing" in failure


def test_the_page_and_quarantine_are_those_of_the_table_again_when_the_bad_rows_are_gone(warehouse, tmp_path):
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


def test_what_a_killed_run_staged_goes(warehouse, tmp_path):
    built(warehouse, BEATS, tmp_path)
    warehouse.sql.execute("CREATE TABLE features.beats__staged AS SELECT 1")
    assert not built(warehouse, BEATS, tmp_path).changed
    assert tables(warehouse) == {"beats", "beats_quarantine"}


@pytest.mark.parametrize("part", ["code_version", "content_hash"])
def test_changed_checking_code_or_page_checks_again(warehouse, tmp_path, monkeypatch, part):
    built(warehouse, BEATS, tmp_path)
    seen = []
    monkeypatch.setattr(f"music_platform.features.build.{part}", lambda *of: seen.extend(of) or "changed")
    assert built(warehouse, BEATS, tmp_path).changed
    assert {"music_platform.features.build", TEMPLATES} & set(seen)


def test_where_nothing_is_landed_there_is_nothing_to_promise(warehouse, tmp_path):
    land(warehouse, [])
    assert built(warehouse, replace(BEATS, means={"tempo": (90, 150)}), tmp_path).made.rows == 0
