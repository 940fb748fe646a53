"""The graph: which assets there are, what they depend on, what blocks them, what starts them."""

import os
import sys
import time
from types import SimpleNamespace

import dagster as dg
import pytest
from dagster_pyspark import LazyPySparkResource

from music_platform.definitions import defs
from music_platform.defs.models import text_models
from music_platform.defs.resources import HomeResource, WarehouseResource
from music_platform.defs.serving import catalogue
from music_platform.defs.tuning import studies
from music_platform.schema import KINDS
from music_platform.storage.home import Home
from music_platform.tables import TABLES
from music_platform_tests.support.catalogue_samples import Tables

GRAPH = {
    "ingestion/scraped_lyrics": set(),
    "ingestion/lyrics": {"ingestion/scraped_lyrics"},
    "ingestion/tracks": set(),
    "ingestion/utterances": set(),
    "ingestion/answers": set(),
    "ingestion/articles": set(),
    "ingestion/catalogue": set(),
    "ingestion/corrections": set(),
    "ingestion/decisions": set(),
    "features/song_sources": {"ingestion/lyrics"},
    "features/songs": {"features/song_sources"},
    "features/corrections": {"ingestion/corrections", "ingestion/decisions", "features/songs"},
    "features/genre_trend": {"features/song_sources"},
    "features/unknown_genres": {"features/song_sources"},
    "features/tracks": {"ingestion/tracks"},
    "features/utterances": {"ingestion/utterances", "features/catalogue"},
    "features/articles": {"ingestion/articles"},
    "features/catalogue": {"ingestion/catalogue"},
    "models/clusters_kmeans": {"features/tracks"},
    "models/slots_crf": {"features/utterances", "features/catalogue"},
    "evaluation/slots": {"models/slots_crf"},
    "evaluation/clusters": {"models/clusters_kmeans", "features/tracks"},
    "evaluation/overview": {f"evaluation/{t}" for t in ("genre", "genre_pt", "intent", "slots", "topic", "clusters")},
    "serving/catalogue": {"features/catalogue", "features/tracks"},
    "serving/bento": {
        "serving/catalogue",
        *(f"evaluation/{t}" for t in ("genre", "genre_pt", "intent", "slots", "topic", "clusters", "overview")),
    },
}
LEARNED = {
    "genre": ("songs", "linear", "encoder", "blend"),
    "genre_pt": ("songs", "linear", "encoder", "blend"),
    "intent": ("utterances", "linear", "encoder", "lora", "cascade", "zero_shot", "causal", "causal_zero_shot"),
    "topic": ("articles", "linear", "encoder", "cascade"),
}
for task, (table, *candidates) in LEARNED.items():
    read = {f"features/{table}"} | ({"features/corrections"} if table == "songs" else set())
    GRAPH |= {f"models/{task}_{name}": set(read) for name in candidates}
    GRAPH[f"evaluation/{task}"] = {f"models/{task}_{name}" for name in candidates}
    for name in ("linear", "encoder"):
        GRAPH[f"models/{task}_{name}_study"] = {f"features/{table}"}
        GRAPH[f"models/{task}_{name}"] |= {f"models/{task}_{name}_study"}
        for both in {"blend", "cascade"} & set(candidates):
            GRAPH[f"models/{task}_{both}"] |= {f"models/{task}_{name}"}


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


def materialized(assets, name):
    """The metadata of one asset, made alone."""
    (asset,) = (a for a in assets if a.key.path[-1] == name)
    warehouse = WarehouseResource(home=HomeResource(), spark=LazyPySparkResource(spark_config={}))
    made = dg.materialize([asset], resources={"home": HomeResource(), "warehouse": warehouse})
    (event,) = made.get_asset_materialization_events()
    return {key: value.value for key, value in event.materialization.metadata.items()}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Dagster's own, of nested resources
def test_without_a_budget_a_study_does_nothing_and_loads_nothing(home, monkeypatch):
    for module in ("optuna", "music_platform.models.tuning.study", "music_platform.models.rows"):
        monkeypatch.setitem(sys.modules, module, None)
    assert materialized(studies, "topic_linear_study") == {"changed": False, "not_tuned": "no tuning budget"}
    assert not home.studies.exists()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Dagster's own, of nested resources
def test_the_catalogue_is_written_when_its_tables_changed(home, monkeypatch):
    monkeypatch.setattr(WarehouseResource, "open", Tables(None, 3))
    assert set(materialized([catalogue], "catalogue")) == {"not_built"}
    assert not home.catalogue.exists()
    monkeypatch.setattr(WarehouseResource, "open", Tables(13, 3))
    first, again = materialized([catalogue], "catalogue"), materialized([catalogue], "catalogue")
    assert (first["changed"], first["new_rows"]) == (True, first["dagster/row_count"])
    assert first["bytes"] == home.catalogue.stat().st_size
    assert (again["changed"], again["new_rows"]) == (False, 0)
    assert again["dagster/row_count"] == first["dagster/row_count"]


def test_the_job_tune_is_the_studies_alone():
    job = defs.resolve_job_def("tune")
    assert {key.path[-1] for key in job.asset_layer.executable_asset_keys} == {study.key.path[-1] for study in studies}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Dagster's own, of nested resources
def test_a_trained_candidate_shows_its_epochs_and_a_known_one_opens_no_mlflow(home, monkeypatch):
    epoch = {"number": 1, "loss": 0.5, "validation_loss": 0.6, "score": 0.7}
    epoch |= dict.fromkeys(("accuracy", "f1", "precision", "recall"), 0.7)
    manifest = {"fingerprint": "1f", "metrics": {"accuracy": 0.7}, "config": {}, "rows": 3, "labels": ["a"]}
    manifest |= {"history": [epoch], "best_epoch": 1, "stopped": "budget"}

    def save():
        saved = HomeResource().registry.save("topic", "linear", lambda folder: {"seconds": 9.5}, manifest)
        return saved, trained

    monkeypatch.setattr("music_platform.defs.models.train", lambda name, request: save())
    monkeypatch.setattr(WarehouseResource, "open", SimpleNamespace(arrow=lambda query: None))
    shown, opened = [], []
    monkeypatch.setattr("music_platform.models.tracking._open", lambda store: opened.append(store) or 1 / 0)
    for trained in (False, True):
        shown.append(materialized(text_models, "topic_linear"))
        assert opened == [home.mlflow] * trained
    known, first = shown
    assert [row.data["loss"] for row in known["epochs"].records] == [0.5]
    assert (known["best_epoch"], known["stopped"], known["seconds"]) == (1, "budget", 9.5)
    assert set(first) - set(known) == {"loss_function", "all_metrics_evolution"}
    assert "data:image/png;base64," in first["loss_function"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Dagster's own, of nested resources
@pytest.mark.parametrize(
    ("name", "budget", "module", "why"),
    [
        ("topic_encoder", "0", "encoder_training", "no training budget"),
        ("intent_lora", "0", "lora", "no training budget"),
        ("intent_zero_shot", "0", "zero_shot", "no training budget"),
        ("intent_causal", "9", "causal", "MUSIC_PLATFORM_CAUSAL_MODEL is not set"),
    ],
)
def test_what_nobody_asked_for_is_no_failure_and_loads_nothing(home, monkeypatch, name, budget, module, why):
    monkeypatch.setenv("MUSIC_PLATFORM_BUDGET", budget)
    monkeypatch.setitem(sys.modules, f"music_platform.models.{module}", None)
    assert materialized(text_models, name)["not_trained"] == why
