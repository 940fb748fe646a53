"""Files: written whole or not at all, also when a process is killed in the middle, and known by their content."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from music_platform.errors import InputError
from music_platform.storage.files import content_hash, read_json, remove_orphans, replacing, replacing_folder
from music_platform.storage.registry import Registry


def test_a_failed_write_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        temporary.write_text(str(temporary.write_text("half") / 0))
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]


def test_a_failed_folder_leaves_the_old_one(tmp_path):
    folder = tmp_path / "report"
    with replacing_folder(folder) as temporary:
        (temporary / "a").write_text("old")
    with pytest.raises(ZeroDivisionError), replacing_folder(folder) as temporary:
        (temporary / "a").write_text(str((temporary / "a").write_text("new") / 0))
    assert (folder / "a").read_text() == "old"
    with replacing_folder(folder) as temporary:
        (temporary / "b").write_text("newer")
    assert [p.name for p in tmp_path.iterdir()] == ["report"]
    assert [p.name for p in folder.iterdir()] == ["b"]


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """A folder where a process was killed between the two renames that replace `report`."""
    script = f"""
        import os, pathlib, signal
        from music_platform.storage.files import replacing_folder
        folder = pathlib.Path({str(tmp_path)!r}) / "report"
        with replacing_folder(folder) as temporary:
            (temporary / "a").write_text("old")
        real = pathlib.Path.replace
        def replace(self, target):
            if target == folder:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(self, target)
        pathlib.Path.replace = replace
        with replacing_folder(folder) as temporary:
            (temporary / "b").write_text("new")
    """
    assert subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False).returncode == -9
    assert not (tmp_path / "report").exists()
    return tmp_path


def make_older(root: Path, seconds: float) -> None:
    for path in root.rglob("*"):
        os.utime(path, (time.time() - seconds,) * 2)


def test_a_folder_lost_between_two_renames_comes_back(killed):
    with replacing_folder(killed / "report") as temporary:
        assert (killed / "report" / "a").read_text() == "old"
        (temporary / "b").write_text("new")
    assert [p.name for p in (killed / "report").iterdir()] == ["b"]


def test_orphans_are_removed_once_they_are_old_and_nothing_else(killed):
    make_older(killed, 60)
    assert remove_orphans(killed) == []
    assert (killed / "report" / "a").read_text() == "old"
    make_older(killed, 7200)
    (orphan,) = remove_orphans(killed)
    assert orphan.name.startswith(".incoming-report.")
    assert [p.name for p in killed.iterdir()] == ["report"]


def test_what_every_writer_leaves_behind_when_killed_is_an_orphan(tmp_path):
    script = f"""
        import os, pathlib, signal
        from music_platform.storage.files import replacing
        from music_platform.storage.registry import Registry
        root = pathlib.Path({str(tmp_path)!r})
        def write(folder):
            with replacing(root / "published" / "warehouse.duckdb"), replacing(folder / "weights"):
                os.kill(os.getpid(), signal.SIGKILL)
        Registry(root / "artifacts").save("genre", "linear", write, {{}})
    """
    assert subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False).returncode == -9
    (tmp_path / ".mine").write_text("not ours")
    make_older(tmp_path, 7200)
    assert [p.parent.name for p in remove_orphans(tmp_path)] == ["linear", "published"]
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [".mine"]
    assert Registry(tmp_path / "artifacts").find("genre", "linear", "") is None


def test_content_hash_sees_names_and_bytes(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, name in ((first, "a"), (second, "b")):
        folder.mkdir()
        (folder / name).write_text("same")
    assert content_hash(first / "a") == content_hash(second / "b")
    assert content_hash(first) != content_hash(second)


@pytest.mark.parametrize("text", [None, "{", "[1]"])
def test_a_file_without_a_json_object_is_refused_by_name(tmp_path, text):
    if text is not None:
        (tmp_path / "bad.json").write_text(text)
    with pytest.raises(InputError, match=r"bad\.json: can't be read as JSON"):
        read_json(tmp_path / "bad.json")
