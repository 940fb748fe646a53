"""The intake: files that the readers accept land as they are, and one refused file keeps all out."""

from datetime import UTC, datetime

import pytest

from music_platform.errors import InputError
from music_platform.ingestion.intake import land, land_all
from music_platform_tests.support.landed_files import catalogue


def test_landing_copies_the_file_as_it_is(zone, tmp_path):
    path = catalogue(tmp_path / "catalogue.csv", "Rio", "Mar")
    landed = land(zone, "catalogue", path)
    copy = zone.root / "catalogue" / "catalogue.csv"
    assert (landed.kind, landed.name, landed.is_new, landed.rows) == ("catalogue", "catalogue.csv", True, 2)
    assert copy.read_bytes() == path.read_bytes()
    assert path.exists()
    (file,) = zone.files("catalogue")
    assert (file.path, file.sha256, file.size) == (copy, landed.sha256, copy.stat().st_size)
    assert abs((datetime.now(UTC) - file.landed_at).total_seconds()) < 60


def test_the_same_content_twice_is_recognised_under_any_name(zone, tmp_path):
    first = land(zone, "catalogue", catalogue(tmp_path / "a.csv", "Rio"))
    again = land(zone, "catalogue", catalogue(tmp_path / "b.csv", "Rio"))
    assert (again.is_new, again.name, again.sha256) == (False, "a.csv", first.sha256)
    assert [file.path.name for file in zone.files("catalogue")] == ["a.csv"]


def test_several_files_land_together(zone, tmp_path):
    paths = [catalogue(tmp_path / str(i) / "c.csv", title) for i, title in enumerate(["Rio", "Mar", "Rio"])]
    landed = land_all(zone, [("catalogue", path) for path in paths])
    assert [one.is_new for one in landed] == [True, True, False]
    assert landed[2].name == landed[0].name == "c.csv"
    assert len(zone.files("catalogue")) == 2


def test_one_refused_file_keeps_all_out(zone, tmp_path):
    good, bad = catalogue(tmp_path / "a.csv", "Rio"), tmp_path / "b.csv"
    bad.write_text("title\nRio\n")
    with pytest.raises(InputError, match=r"b\.csv: column 'artist' is missing"):
        land_all(zone, [("catalogue", good), ("catalogue", bad)])
    assert not zone.root.exists() or not any(zone.root.rglob("*"))


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("songs", "c.csv", "c.csv: 'songs' is not a landing kind; use one of lyrics, tracks"),
        ("catalogue", ".c.csv", "begin with a dot"),
        ("catalogue", "c.csv.part", "end in .part"),
        ("catalogue", "c.txt", "unknown format; expected .csv"),
    ],
)
def test_what_can_not_land(zone, tmp_path, kind, name, message):
    with pytest.raises(InputError, match=message):
        land(zone, kind, catalogue(tmp_path / name, "Rio"))
    with pytest.raises(InputError, match="no such file"):
        land(zone, "catalogue", tmp_path / "nowhere.csv")
