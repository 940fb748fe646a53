"""Single assets, made alone: what they show, and that they load nothing when they have nothing to do."""

import sys
from types import SimpleNamespace

import dagster as dg
import pytest

from music_platform.definitions import defs
from music_platform.defs.keys import CATALOGUE, SCRAPED, model_key, study_key
from music_platform.defs.resources import HomeResource, WarehouseResource
from music_platform.jobs import configuration
from music_platform.models.making import Made
from music_platform.storage.home import Home
from music_platform.tasks import CANDIDATES, TASKS
from music_platform_tests.support.catalogue_samples import Tables


@pytest.fixture
def home(tmp_path):
    home = Home.at(tmp_path / "home")
    home.prepare()
    return home


def materialized(home: Home, key: dg.AssetKey, **given):
    """The metadata of one asset, made alone in a run with these settings."""
    made = dg.materialize(
        [defs.resolve_assets_def(key)],
        run_config={"resources": configuration(home, given, steps=1)["resources"]},
    )
    (event,) = made.get_asset_materialization_events()
    return {name: value.value for name, value in event.materialization.metadata.items()}


def test_without_a_budget_a_study_does_nothing_and_loads_nothing(home, monkeypatch):
    for module in ("optuna", "music_platform.models.tuning.study", "music_platform.models.rows"):
        monkeypatch.setitem(sys.modules, module, None)
    shown = materialized(home, study_key("topic", "linear"))
    assert shown == {"changed": False, "not_tuned": "no tuning budget"}
    assert not home.studies.exists()


def test_the_catalogue_is_written_when_its_tables_changed(home, monkeypatch):
    monkeypatch.setattr(WarehouseResource, "open", Tables(None, 3))
    assert set(materialized(home, CATALOGUE)) == {"not_built"}
    assert not home.catalogue.exists()
    monkeypatch.setattr(WarehouseResource, "open", Tables(13, 3))
    first, again = materialized(home, CATALOGUE), materialized(home, CATALOGUE)
    assert (first["changed"], first["new_rows"]) == (True, first["dagster/row_count"])
    assert first["bytes"] == home.catalogue.stat().st_size
    assert (again["changed"], again["new_rows"]) == (False, 0)
    assert again["dagster/row_count"] == first["dagster/row_count"]


def test_a_trained_candidate_shows_its_epochs_and_a_known_one_opens_no_mlflow(home, monkeypatch):
    epoch = {"number": 1, "loss": 0.5, "validation_loss": 0.6, "score": 0.7}
    epoch |= dict.fromkeys(("accuracy", "f1", "precision", "recall"), 0.7)
    facts = {"fingerprint": "1f", "metrics": {"accuracy": 0.7}, "config": {}, "rows": 3, "labels": ["a"]}
    facts |= {"data_hash": "", "code_version": "", "history": [epoch], "best_epoch": 1, "stopped": "budget"}
    registry = HomeResource(root=str(home.root)).registry

    def train(request):
        return Made(registry.save("slots", "crf", lambda folder: {"seconds": 9.5}, facts), is_new)

    monkeypatch.setattr("music_platform.models.training.train", train)
    monkeypatch.setattr(WarehouseResource, "open", SimpleNamespace(arrow=lambda query: None))
    shown, opened = [], []
    monkeypatch.setattr("music_platform.models.tracking._open", lambda store: opened.append(store) or 1 / 0)
    for is_new in (False, True):
        shown.append(materialized(home, model_key("slots", "crf")))
        assert opened == [home.mlflow] * is_new
    known, first = shown
    assert [row.data["loss"] for row in known["epochs"].records] == [0.5]
    assert (known["best_epoch"], known["stopped"], known["seconds"]) == (1, "budget", 9.5)
    assert set(first) - set(known) == {"loss_function", "all_metrics_evolution"}
    assert "data:image/png;base64," in first["loss_function"]


@pytest.mark.parametrize(
    ("task", "candidate", "budget", "module", "why"),
    [
        ("topic", "encoder", 0, "encoders.encoder_training", "the training budget has no minutes for it"),
        ("intent", "lora", 0, "encoders.lora", "the training budget has no minutes for it"),
        ("intent", "zero_shot", 0, "encoders.zero_shot", "the training budget has no minutes for it"),
        ("intent", "causal", 9, "encoders.causal", "MUSIC_PLATFORM_CAUSAL_MODEL is not set"),
    ],
)
def test_what_nobody_asked_for_is_no_failure_and_loads_nothing(home, monkeypatch, task, candidate, budget, module, why):
    monkeypatch.setenv("MUSIC_PLATFORM_BUDGET", "5")
    monkeypatch.setitem(sys.modules, f"music_platform.models.{module}", None)
    assert materialized(home, model_key(task, candidate), budget=budget)["not_trained"] == why


def test_by_default_the_sample_trains_one_fine_tuned_candidate_of_each_kind(home, monkeypatch):
    """None of the others loads anything."""
    declared = [(task, name) for task in TASKS.values() for name, training in task.candidates.items() if training.share]
    trained = [name for task, name in declared if task.candidates[name].on_sample]
    assert sorted(trained) == sorted({name for _, name in declared if not CANDIDATES[name].setting})
    (home.landing / ".sample").touch()
    monkeypatch.setattr("music_platform.models.training.train", None)
    for task, name in declared:
        if not task.candidates[name].on_sample and not CANDIDATES[name].setting:
            shown = materialized(home, model_key(task.name, name))
            assert shown["not_trained"] == "the training budget has no minutes for it"


def test_only_the_pages_of_today_can_be_crawled(home):
    with pytest.raises(dg.Failure, match=r"2026-01-01.*choose"):
        dg.materialize(
            [defs.resolve_assets_def(SCRAPED)],
            run_config={"resources": configuration(home, {}, steps=1)["resources"]},
            partition_key="2026-01-01",
        )


def test_a_setting_of_a_run_that_cannot_be_used_fails_without_another_try(home):
    with pytest.raises(dg.Failure, match="clusters: 1 can't be used"):
        materialized(home, study_key("topic", "linear"), clusters=1)
