"""From landed files to `ingestion.<kind>`: the rows of the files that are there, read again only when need be."""

import dataclasses

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from music_platform.ingestion import ingest as ingest_module
from music_platform.ingestion.ingest import Ingested, ingest
from music_platform.ingestion.intake import land
from music_platform.ingestion.landing import Landing
from music_platform.ingestion.readers import read
from music_platform.schema import KINDS, Column, Kind
from music_platform.storage.warehouse import Warehouse
from music_platform_tests.support.landed_files import catalogue, seconds_ago


@pytest.fixture
def zone(zone, tmp_path):
    for title in ("Rio", "Mar"):
        land(zone, "catalogue", catalogue(tmp_path / f"{title}.csv", title))
    return zone


@pytest.fixture
def warehouse(tmp_path):
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    yield warehouse
    warehouse.close()


def again(warehouse: Warehouse, zone: Landing, kind: Kind = KINDS["catalogue"]) -> Ingested:
    return ingest(warehouse, zone, kind)


def titles(warehouse: Warehouse) -> list[str]:
    return [title for (title,) in warehouse.sql.sql("SELECT title FROM ingestion.catalogue ORDER BY 1").fetchall()]


def test_the_table_holds_the_rows_of_the_files_that_are_there(warehouse, zone):
    assert set(again(warehouse, zone).new_files) == {"Rio.csv", "Mar.csv"}
    assert titles(warehouse) == ["Mar", "Rio"]
    assert not again(warehouse, zone).changed
    (zone.root / "catalogue" / "Rio.csv").unlink()
    done = again(warehouse, zone)
    assert (done.changed, done.new_files, titles(warehouse)) == (True, (), ["Mar"])


def test_a_file_that_can_not_be_read_is_left_out_with_its_reason(warehouse, zone):
    columns = {"title": ["Sol"], "artist": ["Ana"], "popularity": pa.array([1.5], pa.float16())}
    pq.write_table(pa.table(columns), zone.root / "catalogue" / "half.parquet")
    zone.files("catalogue", still=0)
    done = again(warehouse, zone)
    assert "half.parquet: can't be read as parquet" in done.refused["half.parquet"]
    assert titles(warehouse) == ["Mar", "Rio"]


def test_optional_values_that_can_not_be_read_are_counted(warehouse, zone, tmp_path):
    (tmp_path / "y.csv").write_text("title,artist,year,popularity\nSol,Ana,soon,1\nLua,Ana,old,high\n")
    land(zone, "catalogue", tmp_path / "y.csv")
    assert again(warehouse, zone).unread == {"popularity": 1, "year": 2}
    assert titles(warehouse) == ["Lua", "Mar", "Rio", "Sol"]


def test_of_files_in_any_order_the_landing_order_is_kept(warehouse, zone):
    seconds_ago(catalogue(zone.root / "catalogue" / "late.csv", "Mar e Sol"), 10**8)
    again(warehouse, zone)
    query = "SELECT title FROM ingestion.catalogue ORDER BY landed_at"
    assert [title for (title,) in warehouse.sql.sql(query).fetchall()] == ["Rio", "Mar", "Mar e Sol"]


def test_all_files_are_read_again_when_the_code_that_reads_them_changes(warehouse, zone, monkeypatch):
    roots: list[str] = []
    for version in ("old", "new"):
        monkeypatch.setattr(ingest_module, "code_version", lambda *given, v=version: roots.extend(given) or v)
        assert len(again(warehouse, zone).new_files) == 2
    assert not again(warehouse, zone).changed
    assert titles(warehouse) == ["Mar", "Rio"]
    assert set(roots) == {f"{read.__module__}:{read.__name__}"}


def test_all_files_are_read_again_when_the_kind_gains_a_column(warehouse, zone):
    kind = KINDS["catalogue"]
    again(warehouse, zone)
    wider = dataclasses.replace(kind, columns=(*kind.columns, Column("label", "string", "record label")))
    assert len(again(warehouse, zone, wider).new_files) == 2
    assert warehouse.sql.sql("SELECT label FROM ingestion.catalogue").fetchall() == [(None,), (None,)]
