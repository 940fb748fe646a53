"""The graph: which assets there are, what they depend on, what blocks them, what starts them."""

import os
import sys
import time

import dagster as dg
import pytest
from dagster_pyspark import LazyPySparkResource

from music_platform.definitions import defs
from music_platform.defs.models import text_models
from music_platform.defs.resources import HomeResource, WarehouseResource
from music_platform.schema import KINDS, TABLES
from music_platform.settings import Home

GRAPH = {
    "ingestion/scraped_lyrics": set(),
    "ingestion/lyrics": {"ingestion/scraped_lyrics"},
    "ingestion/tracks": set(),
    "ingestion/utterances": set(),
    "ingestion/articles": set(),
    "ingestion/catalogue": set(),
    "features/song_sources": {"ingestion/lyrics"},
    "features/songs": {"features/song_sources"},
    "features/genre_trend": {"features/song_sources"},
    "features/unknown_genres": {"features/song_sources"},
    "features/tracks": {"ingestion/tracks"},
    "features/utterances": {"ingestion/utterances"},
    "features/articles": {"ingestion/articles"},
    "features/catalogue": {"ingestion/catalogue"},
    "models/genre_linear": {"features/songs"},
    "models/genre_pt_linear": {"features/songs"},
    "models/intent_linear": {"features/utterances"},
    "models/topic_linear": {"features/articles"},
    "models/genre_encoder": {"features/songs"},
    "models/genre_blend": {"features/songs", "models/genre_linear", "models/genre_encoder"},
    "models/genre_pt_encoder": {"features/songs"},
    "models/genre_pt_blend": {"features/songs", "models/genre_pt_linear", "models/genre_pt_encoder"},
    "models/intent_encoder": {"features/utterances"},
    "models/topic_encoder": {"features/articles"},
    "models/clusters_kmeans": {"features/tracks"},
    "evaluation/genre": {"models/genre_linear", "models/genre_encoder", "models/genre_blend"},
    "evaluation/genre_pt": {"models/genre_pt_linear", "models/genre_pt_encoder", "models/genre_pt_blend"},
    "evaluation/intent": {"models/intent_linear", "models/intent_encoder"},
    "evaluation/topic": {"models/topic_linear", "models/topic_encoder"},
    "evaluation/clusters": {"models/clusters_kmeans", "features/tracks"},
    "evaluation/overview": {f"evaluation/{t}" for t in ("genre", "genre_pt", "intent", "topic", "clusters")},
    "serving/bento": {f"evaluation/{t}" for t in ("genre", "genre_pt", "intent", "topic", "clusters")},
}


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


def test_a_sensor_asks_once_per_change_and_is_fast(home):
    assert not tick("landed_tracks", None).run_requests
    folder = home.landing / "tracks"
    folder.mkdir()
    for number in range(500):
        path = folder / f"tracks{number}.csv"
        path.write_text("x")
        os.utime(path, (time.time() - 60, time.time() - 60))
    started = time.perf_counter()
    asked = tick("landed_tracks", None)
    assert time.perf_counter() - started < 1
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


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Dagster's own, of nested resources
def test_without_a_budget_an_encoder_is_no_failure_and_loads_nothing(home, monkeypatch):
    monkeypatch.setenv("MUSIC_PLATFORM_BUDGET", "0")
    monkeypatch.setitem(sys.modules, "music_platform.models.encoder_training", None)
    (asset,) = (a for a in text_models if a.key.path[-1] == "topic_encoder")
    warehouse = WarehouseResource(home=HomeResource(), spark=LazyPySparkResource(spark_config={}))
    made = dg.materialize([asset], resources={"home": HomeResource(), "warehouse": warehouse})
    (event,) = made.get_asset_materialization_events()
    assert event.materialization.metadata["not_trained"].value == "no training budget"
