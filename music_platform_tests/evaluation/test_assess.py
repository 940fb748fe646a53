"""Reports: written when their evidence, code or templates changed, and only then; and the champion they promote."""

from dataclasses import replace
from functools import partial

import pyarrow as pa
import pytest

from music_platform.declarations import Training
from music_platform.evaluation import assess as assessing
from music_platform.evaluation import clustering
from music_platform.evaluation.assess import assess, overview, read_reports
from music_platform.models import cluster_training
from music_platform.models.request import Request
from music_platform.storage.files import write_json
from music_platform.storage.registry import Registry
from music_platform.tasks import CLUSTER_FEATURES, TASKS
from music_platform_tests.support.evaluation_samples import COST, TRAINING, grouped_tracks, predictions, saved

GENRE = TASKS["genre_pt"]
GOOD, FAIR = predictions(skill=4), predictions(skill=1)


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    monkeypatch.setattr(assessing, "draw", lambda metrics: {})


@pytest.fixture
def registry(tmp_path):
    return Registry(tmp_path / "artifacts")


def assessed(registry, task=GENRE, table=None, version=""):
    return assess(registry, task, registry.root.parent / "reports", table, version)


def page(report):
    return (report.folder / "index.html").read_text("utf-8")


def track_table(genre: str) -> pa.Table:
    features, artists, genres = grouped_tracks(60)
    names = {"track_name": [f"song {i}" for i in range(60)], "artists": artists, "artist_key": artists}
    genres = [found and genre for found in genres]
    columns = (
        dict(zip(CLUSTER_FEATURES, features.T, strict=True)) | names | {"track_id": [f"{i:02}" for i in range(60)]}
    )
    return pa.table(columns | {"genre": genres, "popularity": [float(i) for i in range(60)]})


def test_the_clusters_report_follows_the_tracks_though_the_fit_does_not(registry, monkeypatch):
    monkeypatch.setattr(clustering, "evaluate", partial(clustering.evaluate, ks=(2,), resamples=20))
    made = [
        cluster_training.train(Request(registry, TASKS["clusters"], "kmeans", track_table(genre)))
        for genre in ("rock", "samba")
    ]
    assert [m.is_new for m in made] == [True, False]

    def report(genre, version):
        return assessed(registry, TASKS["clusters"], lambda: track_table(genre), version)

    assert report("rock", "1").changed
    assert not report("rock", "1").changed
    again = report("samba", "2")
    assert again.changed
    assert [g["label"] for g in again.metrics["candidates"]["kmeans"]["genres"]] == ["samba"]
    assert registry.champion("clusters") == made[0].artifact


@pytest.mark.parametrize("function", ["template_sources", "code_version"])
def test_reports_and_overview_are_written_once_and_again_for_other_code_or_another_template(
    registry, monkeypatch, function
):
    saved(registry, "genre_pt", "linear", FAIR)

    def changed():
        report = assessed(registry)
        return report.changed, overview(report.folder.parent)[1]

    assert changed() == (True, True)
    assert changed() == (False, False)
    monkeypatch.setattr(assessing, function, lambda *names: f"other {names[0]}")
    assert changed() == (True, True)
    assert changed() == (False, False)


def test_the_version_of_a_table_that_a_report_does_not_read_changes_nothing(registry):
    saved(registry, "genre_pt", "linear", FAIR)
    assert [assessed(registry, version=version).changed for version in ("1", "2")] == [True, False]
    assert assessed(registry, replace(GENRE, title="Another heading")).changed


def test_a_rollback_stands_until_the_evidence_changes(registry):
    first = saved(registry, "genre_pt", "linear", FAIR)
    assessed(registry)
    saved(registry, "genre_pt", "linear", predictions(skill=2))
    assessed(registry)
    registry.rollback("genre_pt")
    assessed(registry)
    assert registry.champion("genre_pt") == first
    third = saved(registry, "genre_pt", "linear", GOOD)
    assessed(registry)
    assert registry.champion("genre_pt") == third


def training(steps, epochs, stopped="budget"):
    progress = {"steps": steps, "planned_steps": 3000, "epochs": epochs, "planned_epochs": 2}
    return TRAINING | {"stopped": stopped, "progress": progress, "cost": COST}


def test_a_candidate_whose_first_epoch_the_budget_ended_is_shown_as_unfinished_and_never_champion(registry):
    saved(registry, "genre_pt", "linear", FAIR)
    saved(registry, "genre_pt", "encoder", GOOD, **training(120, 0))
    saved(registry, "genre_pt", "blend", GOOD)
    report = assessed(registry)
    reasons = report.metrics["unserved"]
    assert report.metrics["champion"] == "linear"
    assert reasons["encoder"].startswith("The budget ended the training after 120 of 3,000 steps (4 % of the plan). ")
    assert "the machine was too slow" in reasons["encoder"]
    assert reasons["blend"] == "It combines encoder, which can't be champion either."
    assert f"<li>encoder: {reasons['encoder']}</li>" in page(report)


def test_a_training_that_the_budget_ended_later_counts_and_says_how_far_it_came(registry):
    saved(registry, "genre_pt", "linear", FAIR)
    saved(registry, "genre_pt", "encoder", GOOD, **training(1800, 1))
    report = assessed(registry)
    assert (report.metrics["champion"], report.metrics["unserved"]) == ("encoder", {})
    assert "The budget ended the training after 1,800 of 3,000 steps (60 % of the plan)." in page(report)


def test_an_export_that_breaks_its_contract_and_a_kind_that_is_never_served_can_not_be_champion(registry):
    contract = {"rows": 9, "flips": 0.3, "macro_f1_change": -0.2, "torch_ms": 9.0, "runner_ms": 3.0, "speed": 3.0}
    contract |= {"precision": "f32", "broken": ["30 % of the labels differ", "macro-F1 differs by 0.2"]}
    saved(registry, "intent", "linear", FAIR)
    saved(registry, "intent", "lora", GOOD, contract=contract)
    saved(registry, "intent", "zero_shot", GOOD)
    report = assessed(registry, TASKS["intent"])
    assert report.metrics["champion"] == "linear"
    assert set(report.metrics["unserved"]) == {"lora", "zero_shot"}
    assert report.metrics["unserved"]["lora"].endswith(": 30 % of the labels differ; macro-F1 differs by 0.2.")
    assert "can&#39;t run this kind of model" in page(report)


def test_without_a_candidate_that_can_be_champion_there_is_no_report(registry):
    assert assessed(registry) is None
    saved(registry, "intent", "zero_shot", GOOD)
    assert assessed(registry, TASKS["intent"]) is None
    assert registry.champion("intent") is None


def test_a_task_that_is_declared_is_reported_without_any_edit(registry, monkeypatch):
    mood = replace(TASKS["topic"], name="mood", title="Mood of a song", candidates={"linear": Training()})
    monkeypatch.setitem(TASKS, "mood", mood)
    artifact = saved(registry, "mood", "linear", FAIR)
    report = assessed(registry, mood)
    assert "Mood of a song" in page(report)
    assert [metrics["task"] for metrics in read_reports(report.folder.parent)] == ["mood"]
    assert overview(report.folder.parent)[1]
    assert "Mood of a song" in (report.folder.parent / "index.html").read_text("utf-8")
    assert registry.champion("mood") == artifact


def test_a_report_of_an_earlier_kind_is_left_out(tmp_path):
    for task, kind in (("clusters", "clusters"), ("topic", "single-label")):
        (tmp_path / task).mkdir()
        write_json(tmp_path / task / "metrics.json", {"task": task, "kind": kind})
    assert [metrics["task"] for metrics in read_reports(tmp_path)] == ["topic"]
