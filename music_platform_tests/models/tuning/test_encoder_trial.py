"""A study of a tiny encoder: epochs are reported, hopeless trials end, and the best hyperparameters are trained."""

from dataclasses import replace

import pytest

from music_platform.features.splits import HELD_OUT, fold_of
from music_platform.models.encoders import encoder_training
from music_platform.models.tuning import encoder_trial
from music_platform.models.tuning.study import Budget, tune
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry
from music_platform.tasks import TASKS
from music_platform_tests.support import tiny_models, tiny_rows

SMALL = replace(tiny_models.HYPERPARAMETERS, body_lr=5e-6, head_lr=1e-4, patience=2)


@pytest.fixture
def declared(monkeypatch):
    """`genre_pt` declares the small hyperparameters for its encoder."""
    names = ("epochs", "batch", "length", "body_lr", "head_lr", "validation")
    candidates = dict(TASKS["genre_pt"].candidates)
    small = {name: getattr(SMALL, name) for name in names}
    candidates["encoder"] = replace(candidates["encoder"], hyperparameters=small)
    task = replace(TASKS["genre_pt"], candidates=candidates)
    monkeypatch.setitem(TASKS, "genre_pt", task)
    return task


@pytest.mark.slow
def test_a_study_prunes_traces_and_leaves_no_checkpoint(tmp_path, monkeypatch, base, declared):
    home, seen, table = Home.at(tmp_path / "home"), [], tiny_rows.songs()
    honest = encoder_trial.finetune

    def watched(task, rows, chosen, hyperparameters, **options):
        seen.append((hyperparameters.base, set(fold_of(rows.units[chosen]).tolist())))
        return honest(task, rows, chosen, hyperparameters, **options)

    monkeypatch.setattr(encoder_trial, "finetune", watched)
    study = tune(home, "genre_pt", "encoder", table, Budget(trials=6), base_model=base)
    assert [source for source, _ in seen] == [base] * 6
    assert not any(HELD_OUT in folds for _, folds in seen)
    assert study.trials[0].origin == "defaults"
    assert any(trial.pruned for trial in study.trials)
    assert list(home.checkpoints.iterdir()) == []
    assert study.tuned.better_than(replace(SMALL, base=""))

    request = tiny_models.request(
        Registry(home.artifacts), "genre_pt", "encoder", task=declared, table=table, tuned=study.tuned,
        hyperparameters=None, causal_model=base,
    )  # fmt: skip
    manifest = encoder_training.train(request, tiny_models.NOT_EXPORTED).artifact.manifest
    assert manifest.config["tuned"] == study.tuned.trace
    assert {name: manifest.config[name] for name in encoder_trial.SPACE} == study.tuned.parameters
    assert max(epoch["score"] for epoch in manifest.history) == pytest.approx(study.tuned.value)


def test_a_value_is_that_of_the_best_epoch(tmp_path, base):
    reports, chosen = [], replace(SMALL, base=base)
    value = encoder_trial.measure(
        TASKS["genre_pt"],
        tiny_rows.rows(single=True),
        chosen,
        lambda *step: reports.append(step),
        tmp_path / "state",
        lambda line: None,
    )
    assert [step for step, _ in reports] == [0, 1, 2]
    assert value == max(score for _, score in reports)


def test_another_base_model_begins_another_study(tmp_path, base):
    other = str(tiny_models.base_folder(tmp_path / "other", "distilbert"))
    assert encoder_trial.version(replace(SMALL, base=base)) != encoder_trial.version(replace(SMALL, base=other))
