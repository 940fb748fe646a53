"""The warehouse: nothing half-written, readers and writers apart."""

import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pytest

from music_platform.storage.home import Home
from music_platform.storage.warehouse import Warehouse, reading, writing


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home.at(tmp_path / "home")
    home.prepare()
    return home


def numbers(warehouse: Warehouse, upto: int) -> None:
    warehouse.replace("features.numbers", f"upto {upto}", {"features.numbers": f"SELECT range AS n FROM range({upto})"})


def count(home: Home) -> int:
    with reading(home) as connection:
        return connection.sql("SELECT count(*) FROM features.numbers").fetchone()[0]


def test_a_table_and_its_record_change_together(home):
    with writing(home) as warehouse:
        numbers(warehouse, 3)
        with pytest.raises(duckdb.Error):
            warehouse.replace(
                "features.numbers",
                "broken",
                {"features.numbers": "SELECT 1 AS n", "features.other": "SELECT nonsense"},
            )
        assert warehouse.made("features.numbers").fingerprint == "upto 3"
        assert warehouse.sql.execute("SELECT count(*) FROM features.numbers").fetchone() == (3,)


def test_data_version_is_of_the_rows_whatever_their_order(home):
    with writing(home) as warehouse:
        versions = [
            warehouse.replace("features.x", "", {"features.x": f"SELECT n FROM (VALUES {rows}) t(n)"}).data_version
            for rows in ("(1), (2)", "(2), (1)", "(1), (3)", "(1), (1)")
        ]
    assert versions[0] == versions[1]
    assert len(set(versions)) == 3


def test_a_reader_goes_on_while_a_run_writes_and_publishes(home):
    with writing(home) as warehouse:
        numbers(warehouse, 3)
    with reading(home) as reader:
        with writing(home) as warehouse:
            numbers(warehouse, 5)
            assert reader.sql("SELECT count(*) FROM features.numbers").fetchone() == (3,)
        assert reader.sql("SELECT count(*) FROM features.numbers").fetchone() == (3,)
    assert count(home) == 5


def test_another_process_reading_does_not_block_a_run(home):
    with writing(home) as warehouse:
        numbers(warehouse, 3)
    script = f"""
        import duckdb, sys
        connection = duckdb.connect({str(home.published)!r}, read_only=True)
        print("open", flush=True)
        sys.stdin.readline()
        print(connection.sql("SELECT count(*) FROM features.numbers").fetchone()[0], flush=True)
    """
    reader = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with reader:
        assert reader.stdout.readline() == "open\n"
        with writing(home) as warehouse:
            numbers(warehouse, 7)
        assert reader.communicate("\n")[0] == "3\n"
    assert count(home) == 7


def test_nothing_is_published_when_nothing_changed(home):
    with writing(home) as warehouse:
        numbers(warehouse, 3)
    before = home.published.stat().st_mtime_ns
    with writing(home):
        pass
    assert home.published.stat().st_mtime_ns == before


def test_what_was_written_but_not_published_is_published_by_the_next_run(home):
    warehouse = Warehouse(home.warehouse)
    numbers(warehouse, 4)
    warehouse.close()
    with writing(home):
        pass
    assert count(home) == 4


@pytest.mark.slow
def test_killed_in_the_middle_of_a_write_the_next_run_completes(home):
    with writing(home) as warehouse:
        numbers(warehouse, 3)
    script = f"""
        import os, signal
        from music_platform.storage.home import Home
        from music_platform.storage.warehouse import writing
        with writing(Home.at({str(home.root)!r})) as warehouse, warehouse.transaction():
            warehouse.sql.execute("CREATE OR REPLACE TABLE features.numbers AS SELECT range AS n FROM range(1000000)")
            warehouse.record("features.numbers", "upto 1000000")
            os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert killed.returncode == -9
    assert count(home) == 3
    with writing(home) as warehouse:
        assert warehouse.made("features.numbers").fingerprint == "upto 3"
        assert warehouse.sql.execute("SELECT count(*) FROM features.numbers").fetchone() == (3,)
        numbers(warehouse, 6)
    assert count(home) == 6


def test_a_second_writer_says_that_it_waits(home):
    script = f"""
        from music_platform.storage.home import Home
        from music_platform.storage.warehouse import write_lock
        with write_lock(Home.at({str(home.root)!r})):
            pass
    """
    with writing(home):
        waiting = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stderr=subprocess.PIPE, text=True)
        assert "waiting for it to end" in waiting.stderr.readline()
        assert waiting.poll() is None
    assert waiting.wait(20) == 0
    waiting.stderr.close()
