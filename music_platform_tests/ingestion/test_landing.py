"""The landing zone: all who bring files use one door, nothing lands by half, and the sample stays apart."""

import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from music_platform.errors import InputError
from music_platform.ingestion import inventory
from music_platform.ingestion import landing as landing_module
from music_platform.ingestion.intake import land, land_all
from music_platform.ingestion.landing import Delivery, Landing
from music_platform_tests.support.landed_files import catalogue, seconds_ago


def test_another_content_under_a_name_gets_its_hash(zone, tmp_path):
    land(zone, "catalogue", catalogue(tmp_path / "a" / "c.csv", "Rio"))
    second = land(zone, "catalogue", catalogue(tmp_path / "b" / "C.csv", "Mar"))
    assert second.name == f"C~{second.sha256[:8]}.csv"
    third = land(zone, "catalogue", catalogue(tmp_path / "c" / second.name, "Sol"))
    assert third.name == f"C~{third.sha256[:8]}.csv"
    assert len(zone.files("catalogue")) == 3


def test_two_that_land_at_once_under_one_name_both_land(zone, tmp_path, monkeypatch):
    together = threading.Barrier(2)
    real = landing_module.shutil.copyfile

    def copyfile(source, destination):
        with suppress(threading.BrokenBarrierError):
            together.wait(0.3)
        return real(source, destination)

    monkeypatch.setattr(landing_module.shutil, "copyfile", copyfile)
    paths = [catalogue(tmp_path / title / "c.csv", title) for title in ("Rio", "Mar")]
    with ThreadPoolExecutor() as pool:
        landed = list(pool.map(lambda path: land(zone, "catalogue", path), paths))
    assert len({one.name for one in landed}) == 2
    assert {file.sha256 for file in zone.files("catalogue")} == {one.sha256 for one in landed}


def test_a_full_disk_on_the_second_copy_keeps_the_first_out(zone, tmp_path, monkeypatch):
    copied = []

    def copyfile(source, destination):
        if copied:
            raise OSError(28, "No space left on device")
        copied.append(source)
        Path(destination).write_bytes(source.read_bytes())

    monkeypatch.setattr(landing_module.shutil, "copyfile", copyfile)
    files = [("catalogue", catalogue(tmp_path / f"{title}.csv", title)) for title in ("Rio", "Mar")]
    with pytest.raises(OSError, match="No space"):
        land_all(zone, files)
    assert copied
    assert zone.is_empty
    assert not [path for path in zone.root.rglob("*") if path.name != ".lock"]


def test_a_file_that_changes_while_it_is_copied_does_not_land(zone, tmp_path, monkeypatch):
    monkeypatch.setattr(landing_module.shutil, "copyfile", lambda _, to: Path(to).write_text("other"))
    with pytest.raises(InputError, match=r"c\.csv: the file changed after it was checked"):
        land(zone, "catalogue", catalogue(tmp_path / "c.csv", "Rio"))
    assert zone.is_empty


def test_landed_files_need_not_stand_still(zone, tmp_path):
    land(zone, "catalogue", catalogue(tmp_path / "c.csv", "Rio"))
    assert len(zone.files("catalogue", still=3600)) == 1


def test_a_file_that_changes_as_soon_as_it_landed_is_hashed_again(zone, tmp_path, monkeypatch):
    path = catalogue(tmp_path / "c.csv", "Rio")
    copy = zone.root / "catalogue" / "c.csv"
    remember = inventory.Inventory.remember

    def change_before(self, hashes):
        if hashes:
            seconds_ago(catalogue(copy, "Mar e Sol"), 30)
        remember(self, hashes)

    with monkeypatch.context() as patched:
        patched.setattr(inventory.Inventory, "remember", change_before)
        landed = land(zone, "catalogue", path)
    (file,) = zone.files("catalogue")
    assert file.sha256 == inventory.content_hash(copy) != landed.sha256


def test_the_sample_lands_only_in_an_empty_zone_and_real_files_not_beside_it(zone, tmp_path):
    sample, real = catalogue(tmp_path / "s.csv", "Rio"), catalogue(tmp_path / "r.csv", "Mar")
    assert zone.is_empty
    assert not zone.holds_sample
    land(zone, "catalogue", sample, sample=True)
    assert zone.holds_sample
    assert not zone.is_empty
    assert land(zone, "catalogue", sample, sample=True).is_new is False
    with pytest.raises(InputError, match=r"holds the built-in sample; .* never mix: .*--home"):
        land(zone, "catalogue", real)
    assert len(zone.files("catalogue")) == 1

    other = Landing(tmp_path / "other")
    land(other, "catalogue", real)
    with pytest.raises(InputError, match=r"holds real files; .* never mix: .*--home"):
        land(other, "catalogue", sample, sample=True)
    assert not other.holds_sample


def test_a_killed_sample_is_known_as_one(zone, tmp_path, monkeypatch):
    monkeypatch.setattr(landing_module._Shelf, "place", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        land(zone, "catalogue", catalogue(tmp_path / "s.csv", "Rio"), sample=True)
    assert zone.is_empty
    assert zone.holds_sample


KILLED = """
import os, pathlib, signal, sys
from music_platform.ingestion.landing import Delivery, Landing
real = pathlib.Path.replace
def replace(self, target):
    if target.parent.name == "catalogue" and any(target.parent.glob("*.csv")):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(self, target)
pathlib.Path.replace = replace
root, *files = map(pathlib.Path, sys.argv[1:])
Landing(root).put([Delivery("catalogue", file.name, file) for file in files], sample=True)
"""


def test_a_sample_that_was_killed_between_its_files_is_completed_by_the_next_call(zone, tmp_path):
    paths = [catalogue(tmp_path / f"{title}.csv", title) for title in ("Rio", "Mar", "Sol")]
    done = subprocess.run([sys.executable, "-c", KILLED, zone.root, *paths], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(zone.files("catalogue", still=0)) == 1
    landed = land_all(zone, [("catalogue", path) for path in paths], sample=True)
    assert sorted(one.is_new for one in landed) == [False, True, True]
    assert {file.path.name for file in zone.files("catalogue")} == {"Rio.csv", "Mar.csv", "Sol.csv"}


def test_the_zone_is_claimed_or_refused_before_any_file_comes(zone, tmp_path):
    zone.keep_apart(sample=False)
    zone.keep_apart(sample=True)
    zone.keep_apart(sample=True)
    with pytest.raises(InputError, match="holds the built-in sample"):
        zone.keep_apart(sample=False)
    other = Landing(tmp_path / "other")
    catalogue(other.root / "lyrics" / "mine.csv", "Rio")
    with pytest.raises(InputError, match="holds real files"):
        other.keep_apart(sample=True)
    assert not other.holds_sample


@pytest.mark.parametrize("sample", [True, False])
def test_what_the_service_writes_lands_beside_the_sample_and_beside_real_files(zone, tmp_path, sample):
    land(zone, "catalogue", catalogue(tmp_path / "c.csv", "Rio"), sample=sample)
    (landed,) = zone.put([Delivery("answers", "a.jsonl", b"{}")])
    assert landed.is_new
    assert zone.holds_sample is sample


def test_bytes_land_as_a_file_that_counts_at_once(zone):
    (landed,) = zone.put([Delivery("decisions", "d.jsonl", "é\n".encode())])
    (file,) = zone.files("decisions", still=3600)
    assert file.path.read_bytes() == "é\n".encode()
    assert (file.sha256, file.path.name) == (landed.sha256, "d.jsonl")
    assert file.path.stat().st_mode & 0o444 == 0o444


def test_a_name_that_lands_once_keeps_its_first_content_when_many_bring_it_at_the_same_time(zone):
    def put(number):
        return zone.put([Delivery("corrections", "c.jsonl", b"%d" % number)], once=True)[0]

    with ThreadPoolExecutor(8) as pool:
        landed = list(pool.map(put, range(16)))
    (first,) = [one for one in landed if one.is_new]
    (file,) = zone.files("corrections")
    assert {one.name for one in landed} == {"c.jsonl"}
    assert file.sha256 == first.sha256


def test_a_sensor_that_remembers_a_hash_meanwhile_does_not_forget_a_file_that_lands(zone, monkeypatch):
    seconds_ago(catalogue(zone.root / "catalogue" / "by_hand.csv", "Rio"), 60)
    real = inventory.write_json

    def write_json(path, value):
        if threading.current_thread() is sensor:
            writing.set()
            landed.wait(0.3)  # in vain, for the sensor holds the lock
        real(path, value)

    writing, landed = threading.Event(), threading.Event()
    sensor = threading.Thread(target=zone.files, args=("catalogue",))
    monkeypatch.setattr(inventory, "write_json", write_json)
    sensor.start()
    assert writing.wait(60)
    zone.put([Delivery("catalogue", "new.csv", b"title,artist")])
    landed.set()
    sensor.join()
    assert [file.path.name for file in zone.files("catalogue", still=3600)] == ["by_hand.csv", "new.csv"]


@pytest.mark.parametrize("name", ["a/b.csv", "../b.csv", "", "..", ".a.csv", "a.csv.part"])
def test_a_name_that_leads_elsewhere_or_is_ignored_is_refused(name):
    with pytest.raises(InputError):
        Delivery("catalogue", name, b"")


names = st.sampled_from(["a.csv", "A.csv", "b.csv.gz", "a~00000000.csv"])
batches = st.lists(st.lists(st.tuples(names, st.integers(0, 5)), max_size=4), max_size=5)


@settings(deadline=None, max_examples=30)
@given(batches)
def test_every_content_is_there_once_and_no_file_ever_changes(tmp_path_factory, batches):
    zone = Landing(tmp_path_factory.mktemp("zone"))
    seen: dict[str, bytes] = {}
    for batch in batches:
        landed = zone.put(Delivery("answers", name, b"%d" % number) for name, number in batch)
        files = {file.path.name: file.path.read_bytes() for file in zone.files("answers", still=3600)}
        assert files.items() >= seen.items()
        for (_, number), one in zip(batch, landed, strict=True):
            assert files[one.name] == b"%d" % number
            assert one.is_new is (one.name not in seen)
            seen[one.name] = files[one.name]
        assert seen == files
    assert len(set(seen.values())) == len({name.lower() for name in seen}) == len(seen)


def test_the_service_loads_the_landing_zone_without_the_warehouse():
    modules = ("ingestion.landing", "ingestion.correction_files", "serving.answer_log")
    script = "; ".join([*(f"import music_platform.{module}" for module in modules), "import sys; print(*sys.modules)"])
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"duckdb", "pyarrow", "pandas", "scrapy", "parsel"} & set(done.stdout.split())
