"""The whole path on the small sample: the result of a run, and what later runs do with a home that changed."""

import json
import os
import time
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

from music_platform.definitions import defs
from music_platform.defs.keys import BENTO, CATALOGUE, OVERVIEW, landed_key, model_key, report_key, table_key
from music_platform.jobs import run_job
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry
from music_platform.storage.warehouse import reading
from music_platform.tasks import TASKS, classifying

pytestmark = pytest.mark.slow

TRACKS = "track_name,artists,danceability,speechiness,instrumentalness,valence,tempo"
OF_TRACKS = (
    landed_key("tracks"),
    table_key("tracks"),
    *(model_key("clusters", name) for name in TASKS["clusters"].candidates),
    report_key("clusters"),
    OVERVIEW,
    CATALOGUE,
    BENTO,
)
"""The assets that are made from tracks."""


def state_of(home: Home) -> dict[str, int]:
    """Every file that a run makes for people, with its time of change."""
    folders = (home.landing, home.artifacts, home.reports, home.published.parent, home.bentoml / "bentos")
    return {str(p): p.stat().st_mtime_ns for f in folders for p in f.rglob("*") if p.is_file()}


def made_in(home: Home) -> dict[str, tuple]:
    with reading(home) as connection:
        rows = connection.sql("SELECT name, rows, data_version, made_at FROM main.made").fetchall()
    return {name: tuple(rest) for name, *rest in rows}


def land(home: Home, kind: str, name: str, lines: list[str], seconds_ago: float = 60) -> None:
    """Copy a file into the landing zone by hand, as if nobody had written to it for some seconds."""
    path = home.landing / kind / name
    path.write_text("\n".join(lines))
    os.utime(path, (time.time() - seconds_ago,) * 2)


def refresh(home: Home, kind: str) -> bool:
    """Run the job that the sensor of a kind starts."""
    return run_job(home, f"refresh_{kind}")


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
    assert "macro-F1" in (sample_home.root.parent / "run.log").read_text()


def test_the_manifest_says_what_the_report_says(sample_home):
    for task in classifying():
        manifest = Registry(sample_home.artifacts).champion(task.name).manifest
        report = json.loads((sample_home.reports / task.name / "metrics.json").read_text())
        figures = report["candidates"][report["champion"]]["figures"]
        assert manifest.metrics["macro_f1"] == pytest.approx(figures["macro_f1"]["value"], abs=1e-6), task.name
        assert len(manifest.labels) == len(manifest.thresholds), task.name
    slots = json.loads((sample_home.reports / "slots" / "metrics.json").read_text())["candidates"]["crf"]["figures"]
    found = Registry(sample_home.artifacts).champion("slots").manifest.metrics
    assert found["f1"] == pytest.approx(slots["f1"]["value"], abs=1e-6)


def test_several_sources_of_a_song_are_one_song_with_both(sample_home):
    with reading(sample_home) as connection:
        both, songs = connection.sql(
            "SELECT count(*) FILTER (len(sources) = 2), count(*) FROM features.songs"
        ).fetchone()
        sources = connection.sql("SELECT count(*) FROM features.song_sources").fetchone()[0]
    assert both > songs / 10
    assert sources >= songs + both


def test_songs_can_be_read_as_of_a_day(sample_home, command, tmp_path):
    today, long_ago = datetime.now(UTC).date().isoformat(), "2020-01-01"
    for day in (today, long_ago):
        assert command(sample_home, "songs", "--as-of", day, "--output", str(tmp_path / day)).code == 0
    assert pq.read_metadata(tmp_path / today).num_rows == made_in(sample_home)["features.songs"][0]
    assert pq.read_metadata(tmp_path / long_ago).num_rows == 0


def test_models_lists_the_champions(sample_home, command):
    rows = json.loads(command(sample_home, "models", "--json").out)
    assert {row["task"] for row in rows if row["champion"]} == set(TASKS)
    table = command(sample_home, "models").out
    assert all(task in table for task in TASKS)


def test_figures_shows_a_row_per_task(sample_home, command):
    shown = command(sample_home, "figures").out
    assert all(f"reports/{task}/index.html" in shown for task in TASKS)
    assert command(sample_home, "figures", "--markdown").out.count("\n|") > len(TASKS)


def test_a_second_run_does_nothing(copied_home, process):
    before = state_of(copied_home)
    done = process(copied_home, "run")
    assert done.code == 0, done.err
    assert state_of(copied_home) == before
    steps = [line for line in done.err.splitlines() if "✓" in line and "overview" not in line]
    assert len(steps) >= 20
    assert all(any(x in line for x in ("unchanged", "not trained", "not measured")) for line in steps), done.err


def test_data_of_one_kind_alone_is_enough_for_what_can_be_made_of_it(tmp_path):
    home = Home.at(tmp_path / "home")
    home.prepare()
    (home.landing / "tracks").mkdir()
    rows = [f"song {i},artist {i % 40},0.{i % 10},0.{i % 7},0.{i % 9},0.{i % 8},{80 + i % 100}" for i in range(400)]
    land(home, "tracks", "tracks.csv", [TRACKS, *rows])
    requests = [task for task in TASKS.values() if task.table == "utterances"]  # learned from own wordings in any case
    left_out = {report_key(task.name) for task in requests}
    left_out |= {model_key(task.name, name) for task in requests for name in task.candidates}
    made = defs.resolve_job_def("platform").asset_layer.executable_asset_keys - left_out
    assert run_job(home, "platform", {"budget": 0.0}, sorted(made))
    assert Registry(home.artifacts).champion("clusters")
    assert not Registry(home.artifacts).champion("genre")
    assert list(home.bentoml.glob("bentos/music/*/bento.yaml"))


def test_too_many_bad_rows_fail_and_keep_the_old_table(copied_home, capsys):
    before, page = made_in(copied_home), copied_home.reports / "validation" / "tracks.html"
    land(copied_home, "tracks", "bad.csv", [TRACKS, *(f"bad {i},nobody,7,0.1,0.1,0.1,100" for i in range(2000))])
    assert not refresh(copied_home, "tracks")
    shown = capsys.readouterr().err
    assert "✗ features/tracks" in shown
    assert "quarantine" in shown
    assert "tried again" not in shown
    assert made_in(copied_home)["features.tracks"] == before["features.tracks"]
    assert "promises broken" in page.read_text()
    (copied_home.landing / "tracks" / "bad.csv").unlink()
    assert refresh(copied_home, "tracks")
    assert "promises broken" not in page.read_text()


def test_a_file_that_replaces_another_counts_for_the_rows_they_share(copied_home):
    texts = [f"wording number {chr(97 + i)}{chr(98 + i)} of a kind" for i in range(20)]
    for seconds, intent in ((60, "add"), (59, "remove")):
        lines = ["text,intent", *(f"{text},{intent}" for text in texts)]
        land(copied_home, "utterances", f"corrected_{intent}.csv", lines, seconds)
        assert refresh(copied_home, "utterances")
    with reading(copied_home) as connection:
        found = connection.sql(
            "SELECT intent, count(*) FROM features.utterances WHERE text LIKE 'wording number%' GROUP BY intent"
        ).fetchall()
    assert [intent for intent, _ in found] == ["remove"]


def test_when_the_data_of_a_task_are_gone_the_rest_goes_on(copied_home, capsys):
    for path in (copied_home.landing / "tracks").iterdir():
        path.unlink()
    assert run_job(copied_home, "platform", {"budget": 0.0}, OF_TRACKS)
    assert "clusters/kmeans was not trained" in capsys.readouterr().err
    version = json.loads((copied_home.bentoml / "latest.json").read_text())["version"]
    bento = copied_home.bentoml / "bentos" / "music" / version
    assert not list(bento.rglob("tracks.sqlite"))
    assert list(bento.rglob("models/genre/manifest.json"))
