"""The home folder: how it is made, found and refused, and what child processes learn of it."""

from pathlib import Path

import pytest

from music_platform.errors import InputError
from music_platform.storage.home import HOME_VERSION, Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


def test_the_folder_is_absolute_and_no_setting(monkeypatch, tmp_path):
    monkeypatch.setenv("MUSIC_PLATFORM_HOME", "/nowhere")
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.chdir(tmp_path)
    assert Home.at("mine").root == tmp_path / "mine"
    assert Home.at("~/mine").root == tmp_path / "user" / "mine"


def test_a_home_is_made_once_and_keeps_what_it_holds(home):
    home.prepare()
    assert (home.root / "VERSION").read_text() == f"{HOME_VERSION}\n"
    made = {path.name for path in home.root.iterdir()}
    assert made == {"VERSION", "artifacts", "bentoml", "dagster", "landing", "reports", "state"}
    (home.landing / "lyrics").mkdir()
    (home.root / "VERSION").chmod(0o444)
    home.prepare()
    assert (home.landing / "lyrics").exists()
    assert {path.name for path in home.root.iterdir()} == made


def test_a_home_of_another_layout_is_refused_untouched(home):
    home.root.mkdir()
    (home.root / "VERSION").write_text("999\n")
    with pytest.raises(
        InputError, match=r"VERSION: the home has layout '999' .* reads layout 1; install .* --home DIR"
    ):
        home.prepare()
    assert [path.name for path in home.root.iterdir()] == ["VERSION"]


@pytest.mark.parametrize("place", ["file", "file/inside"])
def test_a_folder_that_cannot_be_made_is_refused(tmp_path, place):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"the home folder can't be used \(.+\); name another one with --home DIR"):
        Home.at(tmp_path / place).prepare()


def test_child_processes_keep_their_state_inside_the_home(home, monkeypatch):
    monkeypatch.setenv("MUSIC_PLATFORM_CLUSTERS", "5")
    environment = home.environment()
    assert environment["MUSIC_PLATFORM_CLUSTERS"] == "5"
    assert environment["MUSIC_PLATFORM_HOME"] == str(home.root)
    for name in ("DAGSTER_HOME", "BENTOML_HOME"):
        assert Path(environment[name]).parent == home.root
