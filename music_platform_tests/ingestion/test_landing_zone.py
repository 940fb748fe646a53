"""The landing zone: what lands, what is recognised, and that nothing lands by half."""

import os
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from music_platform.errors import InputError
from music_platform.ingestion import inventory
from music_platform.ingestion import landing as landing_module
from music_platform.ingestion.landing import Landing, kind_of


@pytest.fixture
def zone(tmp_path):
    return Landing(tmp_path / "home" / "landing")


def catalogue(path: Path, *titles: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("title,artist\n" + "".join(f"{title},Ana\n" for title in titles))
    return path


def seconds_ago(path: Path, seconds: float) -> Path:
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def test_landing_copies_the_file_as_it_is(zone, tmp_path):
    path = catalogue(tmp_path / "catalogue.csv", "Rio", "Mar")
    landed = zone.land("catalogue", path)
    copy = zone.root / "catalogue" / "catalogue.csv"
    assert (landed.kind, landed.name, landed.is_new, landed.rows) == ("catalogue", "catalogue.csv", True, 2)
    assert copy.read_bytes() == path.read_bytes()
    assert path.exists()
    (file,) = zone.files("catalogue")
    assert (file.path, file.sha256, file.size) == (copy, landed.sha256, copy.stat().st_size)
    assert abs((datetime.now(UTC) - file.landed_at).total_seconds()) < 60


def test_the_same_content_twice_is_recognised_under_any_name(zone, tmp_path):
    first = zone.land("catalogue", catalogue(tmp_path / "a.csv", "Rio"))
    again = zone.land("catalogue", catalogue(tmp_path / "b.csv", "Rio"))
    assert (again.is_new, again.name, again.sha256) == (False, "a.csv", first.sha256)
    assert [file.path.name for file in zone.files("catalogue")] == ["a.csv"]


def test_another_content_under_a_name_gets_its_hash(zone, tmp_path):
    zone.land("catalogue", catalogue(tmp_path / "a" / "c.csv", "Rio"))
    second = zone.land("catalogue", catalogue(tmp_path / "b" / "C.csv", "Mar"))
    assert second.name == f"C~{second.sha256[:8]}.csv"
    third = zone.land("catalogue", catalogue(tmp_path / "c" / second.name, "Sol"))
    assert third.name == f"C~{third.sha256[:8]}.csv"
    assert len(zone.files("catalogue")) == 3


def test_several_files_land_together(zone, tmp_path):
    paths = [catalogue(tmp_path / str(i) / "c.csv", title) for i, title in enumerate(["Rio", "Mar", "Rio"])]
    landed = zone.land_all([("catalogue", path) for path in paths])
    assert [one.is_new for one in landed] == [True, True, False]
    assert landed[2].name == landed[0].name == "c.csv"
    assert len(zone.files("catalogue")) == 2


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
        landed = list(pool.map(lambda path: zone.land("catalogue", path), paths))
    assert len({one.name for one in landed}) == 2
    assert {file.sha256 for file in zone.files("catalogue")} == {one.sha256 for one in landed}


def test_one_refused_file_keeps_all_out(zone, tmp_path):
    good, bad = catalogue(tmp_path / "a.csv", "Rio"), tmp_path / "b.csv"
    bad.write_text("title\nRio\n")
    with pytest.raises(InputError, match=r"b\.csv: column 'artist' is missing"):
        zone.land_all([("catalogue", good), ("catalogue", bad)])
    assert not zone.root.exists() or not any(zone.root.rglob("*"))


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
        zone.land_all(files)
    assert copied
    assert not list((zone.root / "catalogue").iterdir())


def test_a_file_that_changes_while_it_is_copied_does_not_land(zone, tmp_path, monkeypatch):
    monkeypatch.setattr(landing_module.shutil, "copyfile", lambda _, to: Path(to).write_text("other"))
    with pytest.raises(InputError, match="changed while it was read"):
        zone.land("catalogue", catalogue(tmp_path / "c.csv", "Rio"))
    assert zone.is_empty


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("songs", "c.csv", "'songs' is no landing kind; expected one of lyrics, tracks"),
        ("catalogue", ".c.csv", "begins with a dot"),
        ("catalogue", "c.csv.part", "unknown kind of file"),
    ],
)
def test_what_can_not_land(zone, tmp_path, kind, name, message):
    with pytest.raises(InputError, match=message):
        zone.land(kind, catalogue(tmp_path / name, "Rio"))
    with pytest.raises(InputError, match="no such file"):
        zone.land("catalogue", tmp_path / "nowhere.csv")


def test_files_copied_by_hand_are_taken_once_they_stand_still(zone):
    folder = zone.root / "catalogue"
    for name in ("old.csv", ".hidden.csv", "copy.csv.part"):
        seconds_ago(catalogue(folder / name, name), 60)
    seconds_ago(catalogue(folder / "future.csv", "future"), -3600)
    catalogue(folder / "new.csv", "new")
    (folder / "folder.csv").mkdir()
    assert [file.path.name for file in zone.files("catalogue", still=30)] == ["future.csv", "old.csv"]
    assert "new.csv" in [file.path.name for file in zone.files("catalogue", still=0)]


def test_landed_files_need_not_stand_still(zone, tmp_path):
    zone.land("catalogue", catalogue(tmp_path / "c.csv", "Rio"))
    assert len(zone.files("catalogue", still=3600)) == 1


def test_duplicates_by_content_are_reported_once(zone):
    for name in ("b.csv", "a.csv"):
        seconds_ago(catalogue(zone.root / "catalogue" / name, "Rio"), 60)
    assert [file.path.name for file in zone.files("catalogue")] == ["a.csv"]


def test_a_file_is_hashed_once_until_it_changes(zone, monkeypatch):
    path = seconds_ago(catalogue(zone.root / "catalogue" / "c.csv", "Rio"), 60)
    hashed = []
    real = inventory.content_hash
    monkeypatch.setattr(inventory, "content_hash", lambda p: hashed.append(p) or real(p))
    first, again = zone.files("catalogue"), zone.files("catalogue")
    assert (first, len(hashed)) == (again, 1)
    seconds_ago(catalogue(path, "Mar"), 30)
    assert zone.files("catalogue")[0].sha256 != first[0].sha256
    (zone.root / ".hashes.json").write_text("[broken")
    assert len(zone.files("catalogue")) == 1
    assert len(hashed) == 3


def test_a_file_that_changes_while_it_is_hashed_is_hashed_again(zone, monkeypatch):
    path = seconds_ago(catalogue(zone.root / "catalogue" / "c.csv", "Rio"), 60)
    real = inventory.content_hash

    def change_after(read: Path) -> str:
        sha256 = real(read)
        seconds_ago(catalogue(path, "Mar e Sol"), 30)
        return sha256

    with monkeypatch.context() as patched:
        patched.setattr(inventory, "content_hash", change_after)
        assert zone.files("catalogue") == []
    assert [file.sha256 for file in zone.files("catalogue")] == [real(path)]


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
        landed = zone.land("catalogue", path)
    (file,) = zone.files("catalogue")
    assert file.sha256 == inventory.content_hash(copy) != landed.sha256


def test_the_snapshot_moves_with_the_files_only(zone, tmp_path):
    assert zone.snapshot("catalogue") == zone.snapshot_of_nothing
    zone.land("catalogue", catalogue(tmp_path / "c.csv", "Rio"))
    before = zone.snapshot("catalogue")
    zone.land("catalogue", catalogue(tmp_path / "d.csv", "Rio"))
    assert zone.snapshot("catalogue") == before != zone.snapshot_of_nothing
    assert zone.snapshot("tracks") == zone.snapshot_of_nothing
    catalogue(zone.root / "catalogue" / "e.csv", "Mar")
    assert zone.snapshot("catalogue", still=30) == before
    assert zone.snapshot("catalogue", still=0) != before


def test_a_snapshot_of_a_thousand_files_is_cheap_and_hashes_nothing(zone, monkeypatch):
    for i in range(1000):
        catalogue(zone.root / "catalogue" / f"c{i}.csv", str(i))
    zone.files("catalogue", still=0)
    monkeypatch.setattr(inventory, "content_hash", lambda _: pytest.fail("hashed"))
    started = time.perf_counter()
    assert zone.snapshot("catalogue")
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("lyrics_pt.parquet", "lyrics"),
        ("spotify_tracks.csv", "tracks"),
        ("Tracks-2.jsonl", "tracks"),
        ("ag_news_train.parquet", "articles"),
        ("articles.csv", "articles"),
        ("utterances.jsonl.gz", "utterances"),
        ("catalogue.parquet", "catalogue"),
        ("README.md", None),
        ("my_lyrics.csv", None),
    ],
)
def test_kind_by_prefix(name, kind):
    assert kind_of(Path(name)) == kind


def test_the_sample_lands_only_in_an_empty_zone_and_real_files_not_beside_it(zone, tmp_path):
    sample, real = catalogue(tmp_path / "s.csv", "Rio"), catalogue(tmp_path / "r.csv", "Mar")
    assert zone.is_empty
    assert not zone.holds_sample
    zone.land("catalogue", sample, sample=True)
    assert zone.holds_sample
    assert not zone.is_empty
    assert zone.land("catalogue", sample, sample=True).is_new is False
    with pytest.raises(InputError, match=r"never mix.*--home"):
        zone.land("catalogue", real)
    assert len(zone.files("catalogue")) == 1

    other = Landing(tmp_path / "other")
    other.land("catalogue", real)
    with pytest.raises(InputError, match=r"empty landing zone.*--home"):
        other.land("catalogue", sample, sample=True)
    assert not other.holds_sample


def test_a_killed_sample_is_known_as_one(zone, tmp_path, monkeypatch):
    monkeypatch.setattr(landing_module, "_copy", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        zone.land("catalogue", catalogue(tmp_path / "s.csv", "Rio"), sample=True)
    assert zone.is_empty
    assert zone.holds_sample


def test_a_sample_that_was_killed_between_its_files_is_completed_by_the_next_call(zone, tmp_path):
    files = [("catalogue", catalogue(tmp_path / f"{title}.csv", title)) for title in ("Rio", "Mar", "Sol")]
    script = f"""
        import os, pathlib, signal
        from music_platform.ingestion.landing import Landing
        real = pathlib.Path.replace
        def replace(self, target):
            if target.parent.name == "catalogue" and any(target.parent.glob("*.csv")):
                os.kill(os.getpid(), signal.SIGKILL)
            return real(self, target)
        pathlib.Path.replace = replace
        files = [("catalogue", pathlib.Path(path)) for path in {[str(path) for _, path in files]!r}]
        Landing(pathlib.Path({str(zone.root)!r})).land_all(files, sample=True)
    """
    assert subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False).returncode == -9
    assert len(zone.files("catalogue", still=0)) == 1
    landed = zone.land_all(files, sample=True)
    assert sorted(one.is_new for one in landed) == [False, True, True]
    assert {file.path.name for file in zone.files("catalogue")} == {"Rio.csv", "Mar.csv", "Sol.csv"}
