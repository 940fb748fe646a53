"""The command `music-platform`: its help, and what it refuses in one line."""

import json

import pytest

from music_platform.cli.app import main
from music_platform.schema import KINDS
from music_platform.storage.home import Home
from music_platform.tasks import CANDIDATES, STUDIES, TASKS


@pytest.fixture
def home(tmp_path):
    return Home.at(tmp_path / "home")


@pytest.fixture
def shown(capsys, monkeypatch):
    """The help of a command, as one line of words."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--help"])
        assert ended.value.code == 0
        return " ".join(capsys.readouterr().out.replace("│", " ").split())

    return run


def test_the_help_of_every_command_has_a_description(shown):
    listed = shown()
    for name in ("run", "up", "serve", "scrape", "tune", "prune", "land", "songs", "corrections", "predict", "chat"):
        assert f" {name} " in listed
        assert "Folder that holds all state." in shown(name)


def test_the_help_lists_the_declared_tasks_candidates_and_kinds(shown):
    for command in ("predict", "rollback"):
        assert all(task in shown(command) for task in TASKS)
    tuning = shown("tune")
    assert all(task in tuning and candidate in tuning for task, candidate in STUDIES)
    assert not {name for name, candidate in CANDIDATES.items() if not candidate.trial} & set(tuning.split())
    assert all(kind.name in shown("land") for kind in KINDS.values() if kind.prefixes)


def test_defaults_are_part_of_the_help(shown):
    assert "MUSIC_PLATFORM_HOME, else .music_platform" in shown("models")
    assert "which only this machine can reach" in shown("serve")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("tracks.csv", "track_name,artists\nx,y\n", "danceability"),
        ("tracks.csv", "", "tracks.csv"),
        ("songs.csv", "a,b\n1,2\n", "no file named lyrics*"),
    ],
)
def test_data_that_cannot_be_used_is_refused_and_nothing_is_landed(command, home, tmp_path, name, content, problem):
    data = tmp_path / "data"
    data.mkdir()
    (data / name).write_text(content)
    refused = command(home, "run", "--data", str(data))
    assert refused.is_refused_in_one_line, refused.err
    assert problem in refused.err
    assert not [path for path in home.landing.rglob("*") if path.is_file() and not path.name.startswith(".")]


def test_a_data_folder_that_is_none_is_refused(command, home, tmp_path):
    refused = command(home, "run", "--data", str(tmp_path / "nowhere"))
    assert refused.is_refused_in_one_line, refused.err
    assert "nowhere" in refused.err


def test_real_data_never_mixes_with_the_sample(command, home, tmp_path):
    home.prepare()
    (home.landing / ".sample").write_text("{}")
    (tmp_path / "tracks.csv").write_text("track_name,artists\nx,y\n")
    for refused in (
        command(home, "run", "--data", str(tmp_path)),
        command(home, "scrape", "--live", "--style", "mpb", "--contact", "me@example.org"),
    ):
        assert refused.is_refused_in_one_line, refused.err
        assert "--home" in refused.err


@pytest.mark.parametrize(
    ("variable", "value"),
    [("LIMIT_PER_STYLE", "abc"), ("ENGINE", "flink"), ("CLUSTERS", "1"), ("LIVE", "perhaps")],
)
def test_a_setting_that_cannot_be_used_is_refused(command, home, monkeypatch, variable, value):
    monkeypatch.setenv(f"MUSIC_PLATFORM_{variable}", value)
    refused = command(home, "run")
    assert refused.is_refused_in_one_line, refused.err
    assert f"MUSIC_PLATFORM_{variable}" in refused.err


def test_an_option_that_cannot_be_used_is_refused(command, home):
    refused = command(home, "run", "--budget", "inf")
    assert refused.is_refused_in_one_line, refused.err
    assert "budget: inf" in refused.err


def test_spark_without_java_is_refused(command, home, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    refused = command(home, "run", "--engine", "spark")
    assert refused.is_refused_in_one_line, refused.err
    assert "needs Java" in refused.err


def test_a_live_crawl_without_a_contact_is_refused(command, home):
    refused = command(home, "scrape", "--live", "--style", "mpb")
    assert refused.is_refused_in_one_line, refused.err
    assert "contact" in refused.err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["lyrics", "--trials", "1"], "no study of 'lyrics'"),
        (["genre", "--candidate", "kmeans", "--trials", "1"], "no study of 'genre kmeans'"),
        (["genre"], "--trials N, --minutes M"),
        (["genre", "--trials", "1"], "run `music-platform run` first"),
    ],
)
def test_what_cannot_be_tuned_is_refused(command, home, arguments, problem):
    refused = command(home, "tune", *arguments)
    assert refused.is_refused_in_one_line, refused.err
    assert problem in refused.err


@pytest.mark.parametrize("place", ["file/inside", "file"])
def test_a_home_that_cannot_be_made_is_refused(command, tmp_path, place):
    (tmp_path / "file").write_text("")
    refused = command(Home.at(tmp_path / place), "models")
    assert refused.is_refused_in_one_line, refused.err
    assert "--home" in refused.err


def test_a_home_of_another_layout_is_refused(command, home):
    home.prepare()
    (home.root / "VERSION").write_text("999\n")
    refused = command(home, "figures")
    assert refused.is_refused_in_one_line, refused.err
    assert "'999'" in refused.err
    assert "--home" in refused.err


def test_a_service_without_a_bento_is_refused(command, home):
    refused = command(home, "serve")
    assert refused.is_refused_in_one_line, refused.err
    assert "music-platform run" in refused.err


def test_a_day_that_is_none_is_refused(command, home, tmp_path):
    refused = command(home, "songs", "--as-of", "yesterday", "--output", str(tmp_path / "x"))
    assert refused.is_refused_in_one_line, refused.err
    assert "expected YYYY-MM-DD" in refused.err


def test_a_file_name_with_brackets_is_shown_as_it_is(command, home, tmp_path):
    refused = command(home, "land", "tracks", str(tmp_path / "a[/b]c[d].csv"))
    assert refused.is_refused_in_one_line, refused.err
    assert "a[/b]c[d].csv" in refused.err


def test_a_home_without_models_shows_none(command, home):
    assert "nothing was trained" in command(home, "figures").out
    assert json.loads(command(home, "models", "--json").out) == []


def test_the_home_is_that_of_the_environment_unless_one_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("MUSIC_PLATFORM_HOME", str(tmp_path / "environment"))
    with pytest.raises(SystemExit):
        main(["models"])
    assert (tmp_path / "environment" / "VERSION").exists()
    with pytest.raises(SystemExit):
        main(["models", "--home", str(tmp_path / "named")])
    assert (tmp_path / "named" / "VERSION").exists()
