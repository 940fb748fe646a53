"""The graph: its assets, what they depend on, their checks and retries, and the jobs, sensors and schedules."""

import os
import time

import dagster as dg
import pytest

from music_platform.definitions import defs
from music_platform.defs.resources import HomeResource
from music_platform.defs.tuning import studies
from music_platform.schema import KINDS
from music_platform.storage.home import Home
from music_platform.tables import TABLES
from music_platform.tasks import CANDIDATES, STUDIES, TASKS

GRAPH = {
    "ingestion/scraped_lyrics": set(),
    **{f"ingestion/{kind}": set() for kind in KINDS},
    "ingestion/lyrics": {"ingestion/scraped_lyrics"},
    "features/song_sources": {"ingestion/lyrics"},
    "features/songs": {"features/song_sources"},
    "features/corrections": {"ingestion/corrections", "ingestion/decisions", "features/songs"},
    "features/genre_trend": {"features/song_sources"},
    "features/unknown_genres": {"features/song_sources"},
    "features/tracks": {"ingestion/tracks"},
    "features/utterances": {"ingestion/utterances", "features/catalogue"},
    "features/articles": {"ingestion/articles"},
    "features/catalogue": {"ingestion/catalogue"},
    "evaluation/overview": {f"evaluation/{task}" for task in TASKS},
    "serving/catalogue": {"features/catalogue", "features/tracks"},
    "serving/bento": {"serving/catalogue", "evaluation/overview", *(f"evaluation/{task}" for task in TASKS)},
}
for task in TASKS.values():
    tables = {f"features/{table}" for table in (task.table, task.corrected_by, task.looked_up) if table}
    GRAPH[f"evaluation/{task.name}"] = {f"models/{task.name}_{name}" for name in task.candidates}
    for name in task.candidates:
        parts = {f"models/{task.name}_{part}" for part in CANDIDATES[name].parts}
        GRAPH[f"models/{task.name}_{name}"] = tables | parts
        if (task.name, name) in STUDIES:
            GRAPH[f"models/{task.name}_{name}_study"] = {f"features/{task.table}"}
            GRAPH[f"models/{task.name}_{name}"] |= {f"models/{task.name}_{name}_study"}
GRAPH["evaluation/clusters"] |= {"features/tracks"}


@pytest.fixture(scope="module")
def graph():
    return defs.resolve_asset_graph()


@pytest.fixture
def home(tmp_path, monkeypatch):
    home = Home.at(tmp_path / "home")
    home.prepare()
    monkeypatch.setenv("MUSIC_PLATFORM_HOME", str(home.root))
    return home


def test_the_graph_is_this_one(graph):
    found = {
        key.to_user_string(): {parent.to_user_string() for parent in graph.get(key).parent_keys}
        for key in graph.get_all_asset_keys()
    }
    assert found == GRAPH


def test_every_asset_says_what_it_is(graph):
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.group_name == key.path[0]
        assert node.description, key
        assert node.kinds, key


def test_every_table_has_a_blocking_check(graph):
    blocking = {
        check.asset_key.path[-1]
        for check in graph.asset_check_keys
        if check.name == "expectations" and graph.get_check_spec(check).blocking
    }
    assert blocking == set(TABLES)


def test_retries_are_as_promised(graph):
    for key in graph.get_all_asset_keys():
        policy = graph.get(key).assets_def.op.retry_policy
        if key.path[0] in ("ingestion", "features"):
            assert (policy.max_retries, policy.delay) == (2, 10), key
        if key.path[0] == "models":
            assert policy.max_retries == 1, key


def test_there_is_a_sensor_per_kind_and_two_schedules():
    sensors = {sensor.name for sensor in defs.sensors}
    assert sensors == {f"landed_{kind}" for kind in KINDS} | {"training_rows_grew"}
    schedules = {schedule.name: schedule.default_status for schedule in defs.schedules}
    assert schedules["weekly_training"] is dg.DefaultScheduleStatus.RUNNING
    assert schedules["daily_scrape"] is dg.DefaultScheduleStatus.STOPPED


def tick(name: str, cursor: str | None):
    sensor = defs.resolve_sensor_def(name)
    with dg.build_sensor_context(cursor=cursor, resources={"home": HomeResource()}) as context:
        return sensor.evaluate_tick(context)


def test_a_sensor_asks_once_per_change(home):
    assert not tick("landed_tracks", None).run_requests
    folder = home.landing / "tracks"
    folder.mkdir()
    for number in range(500):
        path = folder / f"tracks{number}.csv"
        path.write_text("x")
        os.utime(path, (time.time() - 60, time.time() - 60))
    asked = tick("landed_tracks", None)
    assert len(asked.run_requests) == 1
    assert not tick("landed_tracks", asked.cursor).run_requests
    assert not tick("landed_lyrics", None).run_requests


def test_a_file_that_is_still_being_copied_is_left_for_later(home):
    (home.landing / "tracks").mkdir()
    (home.landing / "tracks" / "tracks.csv").write_text("half a fi")
    (home.landing / "tracks" / "more.csv.part").write_text("half a fi")
    assert not tick("landed_tracks", None).run_requests


def test_the_refresh_of_a_kind_touches_only_what_depends_on_it():
    job = defs.resolve_job_def("refresh_tracks")
    assert {key.to_user_string() for key in job.asset_layer.executable_asset_keys} == {
        "ingestion/tracks",
        "features/tracks",
    }


def test_the_job_tune_is_the_studies_alone():
    job = defs.resolve_job_def("tune")
    assert {key.path[-1] for key in job.asset_layer.executable_asset_keys} == {study.key.path[-1] for study in studies}
