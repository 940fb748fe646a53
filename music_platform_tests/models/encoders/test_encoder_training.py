"""An encoder as a candidate: artifact, predictor, comparison with the linear one, and what trains it again."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

from music_platform.evaluation.assess import assess
from music_platform.features.splits import HELD_OUT, fold_of
from music_platform.models import training
from music_platform.models.encoders import encoder_training
from music_platform.models.making import Made
from music_platform.models.predictions import HELD_OUT_FILE, VALIDATION, Predictions
from music_platform.models.scorers.predictor import Predictor
from music_platform.serving.bundle import write_bundle
from music_platform.storage.registry import Registry
from music_platform.tasks import TASKS
from music_platform_tests.support import tiny_models, tiny_rows
from music_platform_tests.support.tiny_models import trained


def held_out_decision(folder: Path, predictions: Predictions):
    lyrics = dict(zip(*(tiny_rows.songs()[name].to_pylist() for name in ("song_id", "lyrics")), strict=True))
    return Predictor.load(folder).decide([lyrics[i] for i in predictions.ids.tolist()])


@pytest.mark.slow
@pytest.mark.parametrize("task", ["genre", "genre_pt"])
def test_an_encoder_is_trained_judged_and_served(tmp_path, encoders, task):
    registry = encoders(task)
    linear, artifact = (registry.current(task, name) for name in ("linear", "encoder"))
    manifest = artifact.manifest
    assert (manifest.stopped, len(manifest.history), manifest.rows) == ("epochs", 3, 160)
    assert manifest.metrics["macro_f1"] > 0.9
    assert len(manifest.base.sha256) == 64
    assert manifest.contract["broken"] == []
    assert set(linear.manifest.content()) <= set(manifest.content())

    ours, theirs = (Predictions.load(a.path / HELD_OUT_FILE) for a in (artifact, linear))
    held = fold_of(theirs.units) == HELD_OUT
    assert ours.ids.tolist() == theirs.ids[held].tolist()
    assert (ours.truth == theirs.truth[held]).all()
    assert (ours.baseline == theirs.baseline[held]).all()

    folder = write_bundle(tmp_path / "bundle", {task: artifact.path})
    np.testing.assert_allclose(held_out_decision(folder / "models" / task, ours).scores, ours.scores, atol=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("task", ["genre", "genre_pt"])
def test_a_blend_is_made_of_both_judged_served_and_compared(tmp_path, copied, task):
    registry = copied(task)
    linear, encoder, artifact = (registry.current(task, name) for name in ("linear", "encoder", "blend"))
    asked = tiny_models.request(registry, task, "blend")
    assert training.train(asked) == Made(artifact, is_new=False)
    assert artifact.manifest.config["parts"] == {"linear": linear.id, "encoder": encoder.id}
    assert 0 <= artifact.manifest.config["encoder_weight"] <= 1

    ours, theirs = (Predictions.load(a.path / HELD_OUT_FILE) for a in (artifact, encoder))
    validation = Predictions.load(encoder.path / VALIDATION)
    assert ours.ids.tolist() == theirs.ids.tolist()
    assert not set(ours.units.tolist()) & set(validation.units.tolist())

    folder = write_bundle(tmp_path / "bundle", {task: artifact.path})
    scores = held_out_decision(folder / "models" / task, ours).scores
    np.testing.assert_allclose(scores, ours.scores, atol=0.1)  # the served linear part has seen these rows
    assert not list(folder.rglob("*.npz"))

    report = assess(registry, TASKS[task], tmp_path / "reports", lambda: pa.table({}))
    found = report.metrics["candidates"]
    assert {name: entry["rows"] for name, entry in found.items()} == {
        "linear": 160, "encoder": len(theirs.ids), "blend": len(theirs.ids)
    }  # fmt: skip
    assert set(found["blend"]["difference"]) == {"majority", "linear", "encoder"}
    assert report.metrics["champion"] == "linear"
    assert "encoder" in (report.folder / "index.html").read_text("utf-8")
    assert not assess(registry, TASKS[task], tmp_path / "reports", lambda: pa.table({})).changed
    assert training.train(replace(asked, table=tiny_rows.songs().slice(0, 150))) is None
    registry.clear_current(task, "encoder")
    assert training.train(asked) is None


def test_the_held_out_fold_decides_nothing_about_the_model(tmp_path, base):
    songs = tiny_rows.songs()
    held = fold_of(np.array(songs["artist_key"].to_pylist(), object)) == HELD_OUT
    garbled = ["hey hey" if out else text for out, text in zip(held, songs["lyrics"].to_pylist(), strict=True)]
    place = songs.schema.get_field_index("lyrics")
    first, second = (
        trained(Registry(tmp_path / name / "artifacts"), base, "genre", table=table).artifact.manifest
        for name, table in (("a", songs), ("b", songs.set_column(place, "lyrics", [garbled])))
    )
    for part in ("history", "encoder", "thresholds"):
        assert getattr(first, part) == getattr(second, part)
    assert first.metrics != second.metrics


def test_a_known_encoder_is_not_trained_again(copied, base, monkeypatch):
    registry = copied("genre_pt")
    artifact = registry.current("genre_pt", "encoder")
    monkeypatch.setattr(encoder_training, "finetune", None)

    def asked(**changed: Any) -> Made | None:
        return training.train(tiny_models.request(registry, "genre_pt", "encoder", base_model=base, **changed))

    for seconds in (0.0, 600.0, 1200.0):
        registry.clear_current("genre_pt", "encoder")
        assert asked(seconds=seconds) == Made(artifact, is_new=False)
        assert registry.current("genre_pt", "encoder") == artifact
    assert asked(seconds=0.0, table=tiny_rows.songs(150)) is None
    assert asked(seconds=0.0, hyperparameters=replace(tiny_models.HYPERPARAMETERS, epochs=2)) is None
    assert asked(seconds=0.0, task=replace(TASKS["genre_pt"], metric="accuracy")) is None


def test_another_base_model_is_trained_anew_and_the_same_one_in_another_folder_is_not(tmp_path, copied, base):
    registry = copied("genre_pt")
    moved = shutil.copytree(base, tmp_path / "moved")
    other = tiny_models.base_folder(tmp_path / "other", "distilbert")
    known = registry.current("genre_pt", "encoder")

    def asked(folder: Path) -> Made | None:
        return training.train(tiny_models.request(registry, "genre_pt", "encoder", base_model=str(folder), seconds=0.0))

    assert asked(moved) == Made(known, is_new=False)
    assert asked(other) is None


def test_a_raised_budget_goes_on_and_ends_as_an_unbroken_training(tmp_path, base):
    registry = Registry(tmp_path / "artifacts")
    stopped = trained(registry, base, seconds=1e-9).artifact
    (checkpoint,) = (tmp_path / "checkpoints").iterdir()
    assert torch.load(checkpoint, weights_only=True)["step"] == 1
    assert trained(registry, base, seconds=1e-9) == Made(stopped, is_new=False)
    assert trained(registry, base, seconds=0.0) == Made(stopped, is_new=False)
    more = trained(registry, base)
    assert (more.is_new, more.artifact.manifest.stopped) == (True, "epochs")
    unbroken = trained(Registry(tmp_path / "unbroken" / "artifacts"), base).artifact
    assert more.artifact.manifest.history == unbroken.manifest.history
    assert registry.current("genre_pt", "encoder") == more.artifact
    assert trained(registry, base, seconds=1e-9) == Made(more.artifact, is_new=False)
    assert not list((tmp_path / "checkpoints").iterdir())


def test_a_training_that_the_budget_ends_says_how_far_it_came(tmp_path, base):
    manifest = trained(Registry(tmp_path / "artifacts"), base, seconds=1e-9).artifact.manifest
    assert (manifest.stopped, manifest.budget_seconds) == ("budget", 1e-9)
    steps = 3 * int(np.ceil(manifest.config["trained_rows"] * 0.8 / 16))
    assert manifest.progress == {"steps": 1, "planned_steps": steps, "epochs": 0, "planned_epochs": 3}
    whole = trained(Registry(tmp_path / "whole" / "artifacts"), base).artifact.manifest
    assert whole.progress == {"steps": steps, "planned_steps": steps, "epochs": 3, "planned_epochs": 3}


def test_the_state_of_earlier_rows_is_removed(tmp_path, base):
    registry = Registry(tmp_path / "artifacts")
    for task, table in (
        ("genre_pt", tiny_rows.songs()),
        ("genre", tiny_rows.songs()),
        ("genre_pt", tiny_rows.songs(150)),
    ):
        trained(registry, base, task, seconds=1e-9, table=table)
    assert sorted(path.name.split("-")[0] for path in (tmp_path / "checkpoints").iterdir()) == ["genre", "genre_pt"]


def test_rows_that_only_train_are_read_as_often_as_they_weigh_and_never_judged(tmp_path, base):
    songs = tiny_rows.songs()
    held = np.flatnonzero(fold_of(songs["artist_key"].to_numpy(zero_copy_only=False)) == HELD_OUT)
    corrected = np.isin(np.arange(len(songs)), [held[0], *np.setdiff1d(np.arange(len(songs)), held)[:5]])
    songs = songs.append_column("weight", pa.array(np.where(corrected, 4, 1)))
    songs = songs.append_column("judged", pa.array(~corrected))
    once = replace(tiny_models.HYPERPARAMETERS, epochs=1)
    artifact = trained(Registry(tmp_path / "artifacts"), base, table=songs, hyperparameters=once).artifact
    assert artifact.manifest.config["trained_rows"] == len(songs) - len(held) + 5 * 3
    names = songs["song_id"].to_numpy(zero_copy_only=False)
    judged = [Predictions.load(artifact.path / file).ids for file in (HELD_OUT_FILE, VALIDATION)]
    assert set(judged[0]) == set(names[held[1:]])
    assert not set(judged[1]) & set(names[corrected])
    assert len(set(judged[1])) == len(judged[1])
