"""A study of an encoder, on a tiny one: epochs are reported, hopeless trials end, and the best settings are trained."""

from dataclasses import replace

import pytest
from music_platform.models.candidates import Request

from music_platform.features.splits import HELD_OUT, fold_of
from music_platform.models.encoders import encoder_training
from music_platform.models.encoders.start import SETTINGS
from music_platform.models.rows import TASKS
from music_platform.models.tuning.study import Budget, encoder_trial, tune
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry
from music_platform_tests.models.encoders.test_encoder_training import table
from music_platform_tests.support import tiny_models

pytestmark = pytest.mark.slow
SMALL = replace(SETTINGS["genre_pt"], epochs=3, length=32, body_lr=5e-6, head_lr=1e-4, validation=0.2)


@pytest.fixture(autouse=True)
def base(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("MUSIC_PLATFORM_BASE_MODEL", str(tiny_models.base_folder(tmp_path_factory.mktemp("base"))))
    monkeypatch.setitem(SETTINGS, "genre_pt", SMALL)


def test_a_study_prunes_traces_and_leaves_no_checkpoint(tmp_path, monkeypatch):
    home, seen = Home.at(tmp_path / "home"), []
    honest = encoder_trial.finetune

    def watched(task, rows, chosen, *arguments, **options):
        seen.append(set(fold_of(rows.units[chosen]).tolist()))
        return honest(task, rows, chosen, *arguments, **options)

    monkeypatch.setattr(encoder_trial, "finetune", watched)
    study = tune(home, "genre_pt", "encoder", table(100), Budget(trials=8))
    assert len(seen) == 8
    assert not any(HELD_OUT in folds for folds in seen)
    assert study.trials[0].origin == "defaults"
    assert any(trial.pruned for trial in study.trials)
    assert list(home.checkpoints.iterdir()) == []
    assert study.tuned.better_than(SMALL)

    request = Request(Registry(home.artifacts), "genre_pt", table(100), 600, home.checkpoints, tuned=study.tuned)
    artifact, _ = encoder_training.train(request)
    config = artifact.manifest["config"]
    assert config["tuned"] == study.tuned.trace
    assert {name: config[name] for name in encoder_trial.SPACE} == study.tuned.parameters
    best = max(epoch["score"] for epoch in artifact.manifest["history"])
    assert best == pytest.approx(study.tuned.value)


def test_a_value_is_that_of_the_best_epoch(tmp_path):
    reports = []
    learned = tiny_rows.rows(single=True)
    value = encoder_trial.measure(
        TASKS["genre_pt"], learned, SMALL, lambda *step: reports.append(step), tmp_path / "state", lambda line: None
    )
    assert [step for step, _ in reports] == [0, 1, 2]
    assert value == max(score for _, score in reports)


def test_another_base_model_begins_another_study(tmp_path, monkeypatch):
    first = encoder_trial.version(SMALL)
    monkeypatch.setenv("MUSIC_PLATFORM_BASE_MODEL", str(tiny_models.base_folder(tmp_path / "other", "distilbert")))
    assert encoder_trial.version(SMALL) != first
