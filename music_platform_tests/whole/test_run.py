"""The whole path in a temporary home, as a person runs it: what comes out, what a second run does, what is refused."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import dagster as dg
import pyarrow.parquet as pq
import pytest

from music_platform.storage.home import Home
from music_platform.storage.registry import Registry
from music_platform.storage.warehouse import reading
from music_platform.tasks import TASKS
from music_platform_tests.conftest import environment

pytestmark = pytest.mark.slow


def state_of(home: Home) -> dict[str, int]:
    """Every file that a run makes for people, with its time of change."""
    folders = (home.landing, home.artifacts, home.reports, home.published.parent, home.bentoml / "bentos")
    return {str(p): p.stat().st_mtime_ns for f in folders for p in f.rglob("*") if p.is_file()}


def made_in(home: Home) -> dict[str, tuple]:
    with reading(home) as connection:
        rows = connection.sql("SELECT name, rows, data_version, made_at FROM main.made").fetchall()
    return {name: tuple(rest) for name, *rest in rows}


def test_a_run_makes_every_table_model_report_and_the_bento(sample_home):
    made = made_in(sample_home)
    assert made["features.songs"][0] > 150
    assert made["features.tracks"][0] > 1000
    for task in TASKS:
        assert Registry(sample_home.artifacts).champion(task), task
        assert (sample_home.reports / task / "index.html").stat().st_size > 10_000
        assert json.loads((sample_home.reports / task / "metrics.json").read_text())["task"] == task
    assert (sample_home.reports / "index.html").exists()
    assert list(sample_home.bentoml.glob("bentos/music/*/bento.yaml"))
    assert "macro-F1" in (sample_home.root / "run.log").read_text()


def test_the_manifest_says_what_the_report_says(sample_home):
    for task in ("genre", "genre_pt", "intent", "topic"):
        manifest = Registry(sample_home.artifacts).champion(task).manifest
        report = json.loads((sample_home.reports / task / "metrics.json").read_text())
        figures = report["candidates"][report["champion"]]["figures"]
        assert manifest["metrics"]["macro_f1"] == pytest.approx(figures["macro_f1"]["value"], abs=1e-6), task
        assert len(manifest["labels"]) == len(manifest["thresholds"]), task
    slots = json.loads((sample_home.reports / "slots" / "metrics.json").read_text())["candidates"]["crf"]["figures"]
    found = Registry(sample_home.artifacts).champion("slots").manifest["metrics"]
    assert found["f1"] == pytest.approx(slots["f1"]["value"], abs=1e-6)


def test_several_sources_of_a_song_are_one_song_with_both(sample_home):
    with reading(sample_home) as connection:
        both, songs = connection.sql(
            "SELECT count(*) FILTER (len(sources) = 2), count(*) FROM features.songs"
        ).fetchone()
        sources = connection.sql("SELECT count(*) FROM features.song_sources").fetchone()[0]
    assert both > songs / 10
    assert sources >= songs + both


def test_a_second_run_does_nothing(copied_home, command):
    before = state_of(copied_home)
    done = command(copied_home, "run")
    assert done.returncode == 0, done.stderr
    assert state_of(copied_home) == before
    steps = [line for line in done.stderr.splitlines() if "✓" in line and "overview" not in line]
    assert len(steps) >= 20
    assert all(any(x in line for x in ("unchanged", "not trained", "not measured")) for line in steps), done.stderr


def test_songs_can_be_read_as_of_a_day(sample_home, command, tmp_path):
    today, long_ago = datetime.now(UTC).date().isoformat(), "2020-01-01"
    for day in (today, long_ago):
        assert command(sample_home, "songs", "--as-of", day, "--output", str(tmp_path / day)).returncode == 0
    assert pq.read_metadata(tmp_path / today).num_rows == made_in(sample_home)["features.songs"][0]
    assert pq.read_metadata(tmp_path / long_ago).num_rows == 0
    wrong = command(sample_home, "songs", "--as-of", "yesterday", "--output", str(tmp_path / "x"))
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert "expected YYYY-MM-DD" in wrong.stderr


def test_models_lists_the_champions(sample_home, command):
    rows = json.loads(command(sample_home, "models", "--json").stdout)
    assert {row["task"] for row in rows if row["champion"]} == set(TASKS)


def test_real_data_never_mixes_with_the_sample(sample_home, command, tmp_path):
    (tmp_path / "tracks.csv").write_text("track_name,artists\nx,y\n")
    refused = command(sample_home, "run", "--data", str(tmp_path))
    assert refused.returncode == 2
    assert "--home" in refused.stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("tracks.csv", "track_name,artists\nx,y\n", "danceability"),
        ("tracks.csv", "", "tracks.csv"),
        ("songs.csv", "a,b\n1,2\n", "no file named lyrics*"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(command, tmp_path, name, content, said):
    data = tmp_path / "data"
    data.mkdir()
    (data / name).write_text(content)
    home = Home.at(tmp_path / "home")
    refused = command(home, "run", "--data", str(data))
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1), refused.stderr
    assert said in refused.stderr
    assert not [path for path in home.landing.rglob("*") if path.is_file() and not path.name.startswith(".")]


def test_data_of_one_kind_alone_is_enough_for_what_can_be_made_of_it(command, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    rows = [f"song {i},artist {i % 40},0.{i % 10},0.{i % 7},0.{i % 9},0.{i % 8},{80 + i % 100}" for i in range(400)]
    header = "track_name,artists,danceability,speechiness,instrumentalness,valence,tempo"
    (data / "tracks.csv").write_text("\n".join([header, *rows]))
    home = Home.at(tmp_path / "home")
    done = command(home, "run", "--data", str(data))
    assert done.returncode == 0, done.stderr
    assert Registry(home.artifacts).champion("clusters")
    assert not Registry(home.artifacts).champion("genre")
    assert list(home.bentoml.glob("bentos/music/*/bento.yaml"))


def test_too_many_bad_rows_stop_the_run_and_keep_the_old_table(copied_home, command):
    before = made_in(copied_home)
    lines = ["track_name,artists,danceability,speechiness,instrumentalness,valence,tempo"]
    lines += [f"bad {i},nobody,7,0.1,0.1,0.1,100" for i in range(2000)]
    path = copied_home.landing / "tracks" / "bad.csv"
    path.write_text("\n".join(lines))
    os.utime(path, (time.time() - 60, time.time() - 60))
    done = command(copied_home, "run")
    assert done.returncode == 1
    assert "features/tracks" in done.stderr
    assert "quarantine" in done.stderr
    assert made_in(copied_home)["features.tracks"] == before["features.tracks"]
    assert "promises broken" in (copied_home.reports / "validation" / "tracks.html").read_text()
    path.unlink()
    assert command(copied_home, "run").returncode == 0
    assert "promises broken" not in (copied_home.reports / "validation" / "tracks.html").read_text()


def test_killed_in_the_middle_of_training_the_next_run_completes(copied_home, command):
    registry = Registry(copied_home.artifacts)
    before = {task: registry.champion(task).id for task in TASKS}
    shutil.rmtree(copied_home.artifacts)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_IN_TRAINING, "run", "--home", str(copied_home.root)],
        env=environment(copied_home),
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert all((folder / "manifest.json").exists() for folder in copied_home.artifacts.glob("*/*/[0-9a-f]*/"))
    done = command(copied_home, "run")
    assert done.returncode == 0, done.stderr
    assert {task: registry.champion(task).id for task in TASKS} == before
    with dg.DagsterInstance.from_config(str(copied_home.dagster)) as instance:
        under_way = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
        assert instance.get_runs(under_way) == []
    orphans = list(copied_home.artifacts.glob("*/*/.*"))
    assert orphans
    for orphan in orphans:
        os.utime(orphan, (0, 0))
    assert command(copied_home, "prune").returncode == 0
    assert not any(orphan.exists() for orphan in orphans)


KILLED_IN_TRAINING = """
import os, signal
from pathlib import Path
from music_platform.models.predictions import Predictions

def killed(predictions: Predictions, path: Path) -> None:
    path.write_bytes(b"half a file")
    os.kill(os.getpid(), signal.SIGKILL)

Predictions.save = killed
from music_platform.cli.app import main
main()
"""


def test_a_half_landed_sample_is_completed(command, tmp_path):
    home = Home.at(tmp_path / "home")
    assert command(home, "scrape").returncode == 0
    assert not list((home.landing).glob("tracks/*"))
    assert command(home, "run").returncode == 0
    assert Registry(home.artifacts).champion("clusters")


def test_a_file_that_replaces_another_counts_for_the_rows_they_share(copied_home, command, tmp_path):
    rows = ["text,intent", *(f"wording number {chr(97 + i)}{chr(98 + i)} of a kind,INTENT" for i in range(20))]
    for place, intent in enumerate(("add", "remove")):
        path = copied_home.landing / "utterances" / f"corrected{place}.csv"
        path.write_text("\n".join(rows).replace("INTENT", intent))
        os.utime(path, (time.time() - 60 + place, time.time() - 60 + place))
        assert command(copied_home, "run").returncode == 0
    with reading(copied_home) as connection:
        found = connection.sql(
            "SELECT intent, count(*) FROM features.utterances WHERE text LIKE 'wording number%' GROUP BY intent"
        ).fetchall()
    assert [intent for intent, _ in found] == ["remove"]


def test_when_the_data_of_a_task_are_gone_the_rest_goes_on(copied_home, command):
    for path in (copied_home.landing / "tracks").iterdir():
        path.unlink()
    (copied_home.landing / ".sample").unlink()
    done = command(copied_home, "run")
    assert done.returncode == 0, done.stderr
    assert "clusters/kmeans: not trained" in done.stderr
    manifest = next(copied_home.bentoml.glob("latest.json")).read_text()
    bento = copied_home.bentoml / "bentos" / "music" / json.loads(manifest)["version"]
    assert not list(bento.rglob("tracks.sqlite"))
    assert list(bento.rglob("models/genre/manifest.json"))


@pytest.mark.parametrize(
    ("variable", "value"),
    [("LIMIT_PER_STYLE", "abc"), ("ENGINE", "flink"), ("CLUSTERS", "1"), ("LIVE", "perhaps")],
)
def test_a_setting_that_cannot_be_used_is_refused_in_one_line(tmp_path, variable, value):
    refused = subprocess.run(
        [sys.executable, "-m", "music_platform.cli.app", "run", "--home", str(tmp_path / "home")],
        env={**os.environ, f"MUSIC_PLATFORM_{variable}": value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1), refused.stderr
    assert f"MUSIC_PLATFORM_{variable}" in refused.stderr


def test_a_live_crawl_without_a_contact_is_refused_in_one_line(command, tmp_path):
    refused = command(Home.at(tmp_path / "home"), "scrape", "--live", "--style", "mpb")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1), refused.stderr
    assert "contact" in refused.stderr


@pytest.mark.parametrize("place", ["file/inside", "file"])
def test_a_home_that_cannot_be_made_is_refused_in_one_line(command, tmp_path, place):
    (tmp_path / "file").write_text("")
    refused = command(Home.at(tmp_path / place), "models")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1), refused.stderr


def test_figures_of_a_home_without_reports_say_so(command, tmp_path):
    assert "nothing was trained" in command(Home.at(tmp_path / "home"), "figures").stdout


def test_a_name_with_brackets_is_named_as_it_is(command, tmp_path):
    refused = command(Home.at(tmp_path / "home"), "land", "tracks", str(tmp_path / "a[/b]c[d].csv"))
    assert refused.returncode == 2
    assert "a[/b]c[d].csv" in refused.stderr
