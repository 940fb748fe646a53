"""The finished files of a kind: which count, and that each is hashed once."""

import json
from pathlib import Path

import pytest

from music_platform.ingestion import inventory
from music_platform.ingestion.intake import land, land_all
from music_platform.ingestion.landing import Landing
from music_platform_tests.support.landed_files import catalogue, seconds_ago


def test_files_copied_by_hand_are_taken_once_they_stand_still(zone):
    folder = zone.root / "catalogue"
    for name in ("old.csv", ".hidden.csv", "copy.csv.part"):
        seconds_ago(catalogue(folder / name, name), 60)
    seconds_ago(catalogue(folder / "future.csv", "future"), -3600)
    catalogue(folder / "new.csv", "new")
    (folder / "folder.csv").mkdir()
    assert [file.path.name for file in zone.files("catalogue", still=30)] == ["future.csv", "old.csv"]
    assert "new.csv" in [file.path.name for file in zone.files("catalogue", still=0)]


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
    for number, broken in enumerate(("[broken", "[]", '{"c.csv": 1}', '{"c.csv": [1, 2]}'), 3):
        (zone.root / ".hashes" / "catalogue.json").write_text(broken)
        assert len(zone.files("catalogue")) == 1
        assert len(hashed) == number


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


def test_the_snapshot_moves_with_the_files_only(zone, tmp_path):
    assert zone.snapshot("catalogue") == zone.snapshot_of_nothing
    land(zone, "catalogue", catalogue(tmp_path / "c.csv", "Rio"))
    before = zone.snapshot("catalogue")
    land(zone, "catalogue", catalogue(tmp_path / "d.csv", "Rio"))
    assert zone.snapshot("catalogue") == before != zone.snapshot_of_nothing
    assert zone.snapshot("tracks") == zone.snapshot_of_nothing
    catalogue(zone.root / "catalogue" / "e.csv", "Mar")
    assert zone.snapshot("catalogue", still=30) == before
    assert zone.snapshot("catalogue", still=0) != before


def test_a_snapshot_reads_no_file(zone, monkeypatch):
    paths = [catalogue(zone.root / "catalogue" / f"c{i}.csv", str(i)) for i in range(20)]
    zone.files("catalogue", still=0)
    monkeypatch.setattr(inventory, "content_hash", lambda _: pytest.fail("hashed"))
    before = zone.snapshot("catalogue")
    seconds_ago(paths[0], 60)
    assert zone.snapshot("catalogue") != before
    paths[0].unlink()
    assert zone.snapshot("catalogue") != before


def order(zone: Landing) -> list[str]:
    return [file.path.name for file in sorted(zone.files("catalogue", still=0), key=lambda file: file.landed_at)]


def test_a_file_with_an_old_time_lands_when_it_comes(zone, tmp_path):
    land(zone, "catalogue", catalogue(tmp_path / "first.csv", "Rio"))
    seconds_ago(catalogue(zone.root / "catalogue" / "copied.csv", "Mar"), 10**8)
    assert order(zone) == ["first.csv", "copied.csv"]
    land(zone, "catalogue", catalogue(tmp_path / "last.csv", "Sol"))
    assert order(zone) == ["first.csv", "copied.csv", "last.csv"]
    (zone.root / "catalogue" / "copied.csv").rename(zone.root / "catalogue" / "renamed.csv")
    seconds_ago(zone.root / "catalogue" / "first.csv", -3600)
    assert order(zone) == ["first.csv", "renamed.csv", "last.csv"]


def test_files_that_come_before_anything_is_known_have_their_own_times(zone, tmp_path):
    seconds_ago(catalogue(zone.root / "catalogue" / "b.csv", "Rio"), 10**8)
    seconds_ago(catalogue(zone.root / "catalogue" / "a.csv", "Mar"), 10**7)
    assert order(zone) == ["b.csv", "a.csv"]
    land(zone, "catalogue", catalogue(tmp_path / "c.csv", "Sol"))
    (zone.root / ".hashes" / "catalogue.json").unlink()
    assert order(zone) == ["b.csv", "a.csv", "c.csv"]


def test_files_that_land_together_keep_their_order(zone, tmp_path):
    names = ["z.csv", "a.csv", "m.csv"]
    land_all(zone, [("catalogue", catalogue(tmp_path / name, name)) for name in names])
    assert order(zone) == names
    assert len({file.landed_at for file in zone.files("catalogue")}) == 3


def test_what_an_earlier_version_remembered_is_known(zone):
    path = seconds_ago(catalogue(zone.root / "catalogue" / "c.csv", "Rio"), 10**8)
    (file,) = zone.files("catalogue")
    state = [path.stat().st_size, path.stat().st_mtime_ns, file.sha256]
    (zone.root / ".hashes" / "catalogue.json").write_text(json.dumps({"c.csv": state}))
    seconds_ago(catalogue(zone.root / "catalogue" / "d.csv", "Mar"), 10**9)
    assert order(zone) == ["c.csv", "d.csv"]
