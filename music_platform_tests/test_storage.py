"""The warehouse and the registry: nothing half-written, readers and writers apart."""

import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pytest

from music_platform.errors import InputError
from music_platform.storage.files import fingerprint
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry
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


def save(registry: Registry, text: str):
    return registry.save(
        "genre",
        "linear",
        lambda folder: (folder / "weights").write_text(text) and None,
        {"fingerprint": fingerprint(text), "metrics": {"macro_f1": 0.5}},
    )


def test_equal_artifacts_are_kept_once_and_found_by_what_they_were_made_from(tmp_path):
    registry = Registry(tmp_path)
    first, again, other = save(registry, "a"), save(registry, "a"), save(registry, "b")
    assert first == again
    assert first.id != other.id
    assert registry.find("genre", "linear", fingerprint("a")) == first
    assert registry.find("genre", "linear", fingerprint("c")) is None
    assert registry.current("genre", "linear") is None
    registry.set_current(other)
    assert registry.current("genre", "linear") == other
    registry.clear_current("genre", "linear")
    assert registry.current("genre", "linear") is None


def test_what_was_measured_is_told_and_is_no_part_of_the_identity(tmp_path):
    def save(seconds):
        registry = Registry(tmp_path / str(seconds))
        return registry.save("topic", "linear", lambda folder: {"seconds": seconds}, {"fingerprint": "1f"})

    assert save(1.5).id == save(2.5).id
    assert save(2.5).manifest["seconds"] == 2.5


def test_a_failed_save_leaves_nothing(tmp_path):
    registry = Registry(tmp_path)
    with pytest.raises(ZeroDivisionError):
        registry.save("genre", "linear", lambda folder: 1 / 0, {"fingerprint": ""})
    assert list((tmp_path / "genre" / "linear").iterdir()) == []


def test_champions_have_a_history_and_can_be_rolled_back(tmp_path):
    registry = Registry(tmp_path)
    assert registry.champion("genre") is None
    first, second = save(registry, "a"), save(registry, "b")
    assert registry.promote(first, "first")
    assert not registry.promote(first, "again")
    assert registry.promote(second, "better")
    assert registry.champion("genre") == second
    assert registry.rollback("genre") == first
    assert [p.artifact for p in registry.history("genre")] == [first.id, second.id, first.id]
    with pytest.raises(InputError, match="expected exactly one"):
        registry.artifact("genre", "../..")
    with pytest.raises(InputError, match="no earlier champion"):
        registry.rollback("topic")


def test_a_champion_is_confirmed_once_per_report(tmp_path):
    registry = Registry(tmp_path)
    artifact = save(registry, "a")
    assert [registry.promote(artifact, "best", report) for report in ("1", "1", "2")] == [True, False, True]


def test_each_rollback_goes_further_back_until_the_first_champion(tmp_path):
    registry = Registry(tmp_path)
    first, second, third = (save(registry, text) for text in "abc")
    for artifact in (first, second, third):
        registry.promote(artifact, "better")
    assert registry.rollback("genre") == second
    assert registry.rollback("genre") == first
    with pytest.raises(InputError, match="no earlier champion to go back to, 3 in its history"):
        registry.rollback("genre")
    registry.promote(third, "better after all")
    assert registry.rollback("genre") == second


def test_a_home_of_another_version_is_refused(home):
    (home.root / "VERSION").write_text("999\n")
    with pytest.raises(InputError, match="home of version '999', expected"):
        home.prepare()
