"""The steps of `music-platform run` before and after the job, which these tests replace."""

import os

import dagster as dg
import pytest

from music_platform.ingestion.landing import Delivery, Landing
from music_platform.schema import KINDS
from music_platform.storage.home import Home

TRACKS = "track_name,artists,danceability,speechiness,instrumentalness,valence,tempo\nx,y,0.5,0.1,0.2,0.3,100\n"


@pytest.fixture
def home(tmp_path):
    return Home.at(tmp_path / "home")


@pytest.fixture
def jobs(monkeypatch):
    """The jobs that commands execute, with their settings and assets; every job succeeds unless its name is `fails`."""
    executed = []

    def run_job(home, name, given=None, assets=()):
        executed.append((name, dict(given or {}), list(assets)))
        return name != jobs.fails

    jobs = type("Jobs", (), {"executed": executed, "fails": None})
    monkeypatch.setattr("music_platform.jobs.run_job", run_job)
    monkeypatch.setenv("MUSIC_PLATFORM_SAMPLE_SIZE", "0.02")
    return jobs


def test_a_new_home_gets_the_sample_and_two_jobs_run(command, home, jobs):
    done = command(home, "run")
    assert done.code == 0, done.err
    assert [name for name, _, _ in jobs.executed] == ["scrape", "platform"]
    landing = Landing(home.landing)
    assert landing.holds_sample
    assert all(landing.files(kind) for kind in ("tracks", "utterances", "articles", "catalogue"))


def test_a_sample_that_is_landed_in_part_is_completed(command, home, jobs):
    home.prepare()
    crawled = Delivery("lyrics", "letras.jsonl", b'{"artist": "a", "title": "b", "lyrics": "c"}')
    Landing(home.landing).put([crawled], sample=True)
    assert command(home, "run").code == 0
    assert all(Landing(home.landing).files(name) for name, kind in KINDS.items() if kind.prefixes and name != "lyrics")


def test_own_data_are_landed_without_the_sample_and_without_a_crawl(command, home, jobs, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tracks.csv").write_text(TRACKS)
    (tmp_path / "data" / "notes.txt").write_text("not for the platform")
    done = command(home, "run", "--data", str(tmp_path / "data"))
    assert done.code == 0, done.err
    assert [name for name, _, _ in jobs.executed] == ["platform"]
    assert "landed tracks/tracks.csv: 1 rows" in done.out
    assert "not landed: notes.txt" in done.out
    assert [kind for kind in KINDS if Landing(home.landing).files(kind)] == ["tracks"]


def test_landed_data_are_used_when_no_folder_is_named(command, home, jobs, tmp_path):
    (tmp_path / "more.csv").write_text(TRACKS)
    assert command(home, "land", "tracks", str(tmp_path / "more.csv")).code == 0
    assert command(home, "run").code == 0
    assert [name for name, _, _ in jobs.executed] == ["platform"]
    assert not Landing(home.landing).holds_sample


def test_the_job_gets_the_settings_of_the_command_line_alone(command, home, jobs, monkeypatch):
    monkeypatch.setenv("MUSIC_PLATFORM_CLUSTERS", "5")
    before = dict(os.environ)
    command(home, "run", "--budget", "0", "--engine", "duckdb")
    assert [given for _, given, _ in jobs.executed] == [{"budget": 0.0, "engine": "duckdb"}] * 2
    assert dict(os.environ) == before


def test_the_crawl_gets_the_settings_of_the_command_line_alone(command, home, jobs):
    command(home, "scrape", "--style", "mpb", "--style", "rap", "--limit", "3")
    assert jobs.executed == [("scrape", {"styles": ["mpb", "rap"], "limit_per_style": 3}, [])]


def test_tuning_runs_the_studies_that_are_named(command, home, jobs):
    home.published.parent.mkdir(parents=True)
    home.published.touch()
    done = command(home, "tune", "intent", "--trials", "2")
    assert done.code == 0, done.err
    studies = [dg.AssetKey(["models", f"intent_{name}_study"]) for name in ("linear", "encoder")]
    assert jobs.executed == [("tune", {"tune_trials": 2}, studies)]


@pytest.mark.parametrize(("fails", "executed"), [("scrape", ["scrape"]), ("platform", ["scrape", "platform"])])
def test_a_job_that_fails_ends_the_run_with_code_1(command, home, jobs, fails, executed):
    jobs.fails = fails
    done = command(home, "run")
    assert done.code == 1
    assert "The run failed." in done.out
    assert [name for name, _, _ in jobs.executed] == executed
