"""An encoder as a candidate: artifact, predictor, comparison with the linear one, and what trains it again."""

import copy
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import torch
from music_platform.models.candidates import Request

from music_platform import settings
from music_platform.errors import InputError
from music_platform.evaluation.assess import assess_text
from music_platform.features.splits import fold_of
from music_platform.models import blend_training as blend
from music_platform.models import candidates
from music_platform.models import linear_training as training
from music_platform.models.encoders import contract, encoder_training
from music_platform.models.encoders.encoder_training import HELD_OUT
from music_platform.models.encoders.export import export, reading
from music_platform.models.encoders.start import Settings
from music_platform.models.predictions import VALIDATION, Predictions
from music_platform.models.rows import TASKS
from music_platform.models.scorers.predictor import Predictor
from music_platform.serving.bundle import write_bundle
from music_platform.storage.registry import Registry
from music_platform_tests.support import tiny_models

pytestmark = pytest.mark.slow
SETTINGS = Settings(epochs=3, batch=16, length=32, body_lr=1e-2, head_lr=5e-2, validation=0.2, patience=9)
BUDGET = 600.0


@pytest.fixture(autouse=True)
def base(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("MUSIC_PLATFORM_BASE_MODEL", str(tiny.base_folder(tmp_path_factory.mktemp("base"))))
    monkeypatch.setitem(contract.LIMITS, "speed", 0.0)  # of a tiny network, on a machine that runs tests


def table(n: int = 160) -> pa.Table:
    """Portuguese songs whose half of the vocabulary gives their genre."""
    rng = np.random.default_rng(5)
    half = len(tiny.WORDS) // 2
    label = rng.integers(0, 2, n)
    words = [rng.integers(0, half, 12) + half * which for which in label]
    return pa.table(
        {
            "song_id": [f"{i:016x}" for i in range(n)],
            "artist_key": [f"artist {i // 2}" for i in range(n)],
            "language": ["pt"] * n,
            "lyrics": [" ".join(tiny.WORDS[i] for i in chosen) for chosen in words],
            "genres": [[["rap", "samba"][i]] for i in label],
            "genre_scope": [["rap", "samba"]] * n,
        }
    )


def train(registry, task="genre_pt", budget=BUDGET, rows=None, chosen=SETTINGS, recipe=encoder_training.ENCODER):
    checkpoints = registry.root.parent / "checkpoints"
    asked = Request(registry, task, rows or table(), budget, checkpoints, settings=chosen)
    return encoder_training.train(asked, recipe)


def train_linear(registry, task):
    return training.train(Request(registry, task, table(), 0, registry.root))[0]


def weak_linear(registry):
    """A linear model that an encoder beats: it answers what the baseline does."""
    linear = train_linear(registry, "genre_pt")
    weak = Predictions.load(linear.path / "predictions.npz")
    weak = replace(weak, selected=weak.baseline)
    manifest = {key: value for key, value in linear.manifest.items() if key not in ("version", "created_at")}
    registry.set_current(
        registry.save("genre_pt", "linear", lambda folder: weak.save(folder / "predictions.npz"), manifest)
    )


@pytest.mark.parametrize("task", ["genre", "genre_pt"])
def test_an_encoder_is_trained_judged_served_and_compared(tmp_path, task):
    registry = Registry(tmp_path / "artifacts")
    linear = train_linear(registry, task)
    artifact, trained = train(registry, task)
    manifest = artifact.manifest
    assert trained
    assert (manifest["stopped"], len(manifest["history"]), manifest["rows"]) == ("epochs", 3, 160)
    assert manifest["metrics"]["macro_f1"] > 0.9
    assert len(manifest["base"]["sha256"]) == 64
    assert set(linear.manifest) <= set(manifest)
    assert not list((tmp_path / "checkpoints").iterdir())

    ours, theirs = (Predictions.load(a.path / "predictions.npz") for a in (artifact, linear))
    held = fold_of(theirs.units) == HELD_OUT
    assert ours.ids.tolist() == theirs.ids[held].tolist()
    assert (ours.truth == theirs.truth[held]).all()
    assert (ours.baseline == theirs.baseline[held]).all()

    folder = write_bundle(tmp_path / "bundle", {task: artifact.path})
    lyrics = dict(zip(table()["song_id"].to_pylist(), table()["lyrics"].to_pylist(), strict=True))
    decision = Predictor.load(folder / "models" / task).decide([lyrics[i] for i in ours.ids.tolist()])
    np.testing.assert_allclose(decision.scores, ours.scores, atol=0.05)

    assessed = assess_text(registry, TASKS[task], ("linear", "encoder"), tmp_path / "reports")
    candidates = assessed.metrics["candidates"]
    assert {name: entry["rows"] for name, entry in candidates.items()} == {"linear": 160, "encoder": int(held.sum())}
    assert assessed.metrics["champion"] == "linear"
    page = (assessed.folder / "index.html").read_text("utf-8")
    assert "encoder" in page
    assert not assess_text(registry, TASKS[task], ("linear", "encoder"), tmp_path / "reports").changed


@pytest.mark.parametrize("task", ["genre", "genre_pt"])
def test_a_blend_is_made_of_both_judged_and_served(tmp_path, task):
    registry = Registry(tmp_path / "artifacts")
    asked = Request(registry, task, table(), 0, tmp_path)
    assert blend.train(asked) is None
    linear = train_linear(registry, task)
    assert blend.train(asked) is None
    encoder, _ = train(registry, task)
    artifact, trained = blend.train(asked)
    assert trained
    assert not blend.train(asked)[1]
    assert artifact.manifest["config"]["parts"] == {"linear": linear.id, "encoder": encoder.id}
    assert 0 <= artifact.manifest["config"]["encoder_weight"] <= 1

    ours, theirs = (Predictions.load(a.path / "predictions.npz") for a in (artifact, encoder))
    validation = Predictions.load(encoder.path / VALIDATION)
    assert ours.ids.tolist() == theirs.ids.tolist()
    assert not set(ours.units.tolist()) & set(validation.units.tolist())

    folder = write_bundle(tmp_path / "bundle", {task: artifact.path})
    predictor = Predictor.load(folder / "models" / task)
    lyrics = dict(zip(table()["song_id"].to_pylist(), table()["lyrics"].to_pylist(), strict=True))
    decision = predictor.decide([lyrics[i] for i in ours.ids.tolist()])
    np.testing.assert_allclose(decision.scores, ours.scores, atol=0.1)  # the served linear part has seen these rows
    assert not list(folder.rglob("*.npz"))

    assessed = assess_text(registry, TASKS[task], ("linear", "encoder", "blend"), tmp_path / "reports")
    assert set(assessed.metrics["candidates"]["blend"]["difference"]) == {"majority", "linear", "encoder"}
    assert assessed.metrics["champion"] == "linear"
    fewer = table().slice(0, 150)
    assert blend.train(replace(asked, table=fewer)) is None


def test_an_encoder_that_beats_the_linear_model_becomes_champion(tmp_path):
    registry = Registry(tmp_path / "artifacts")
    weak_linear(registry)
    artifact, _ = train(registry)
    assert artifact.manifest["contract"]["broken"] == []
    assessed = assess_text(registry, TASKS["genre_pt"], ("linear", "encoder"), tmp_path / "reports")
    assert assessed.metrics["champion"] == "encoder"
    assert registry.champion("genre_pt") == artifact


@pytest.mark.parametrize("minutes", ["-1", "nan", "inf", "long"])
def test_a_budget_that_is_no_time_is_refused(monkeypatch, minutes):
    monkeypatch.setenv("MUSIC_PLATFORM_BUDGET", minutes)
    with pytest.raises(InputError, match=f"MUSIC_PLATFORM_BUDGET: '{minutes}' can't be used"):
        settings.Settings.read()


def test_the_held_out_fold_decides_nothing_about_the_model(tmp_path):
    rows = table()
    first, _ = train(Registry(tmp_path / "a" / "artifacts"), "genre", rows=rows)
    held = fold_of(np.array(rows["artist_key"].to_pylist(), object)) == HELD_OUT
    garbled = ["hey hey" if out else text for out, text in zip(held, rows["lyrics"].to_pylist(), strict=True)]
    place = rows.schema.get_field_index("lyrics")
    second, _ = train(Registry(tmp_path / "b" / "artifacts"), "genre", rows=rows.set_column(place, "lyrics", [garbled]))
    for part in ("history", "encoder", "thresholds"):
        assert first.manifest[part] == second.manifest[part]
    assert first.manifest["metrics"] != second.manifest["metrics"]


def test_what_is_known_is_not_trained_again(tmp_path, monkeypatch):
    registry = Registry(tmp_path / "artifacts")
    assert train(registry, budget=0) is None
    artifact, _ = train(registry)
    monkeypatch.setattr(encoder_training, "finetune", None)
    for budget in (0, BUDGET, 2 * BUDGET):
        registry.clear_current("genre_pt", "encoder")
        assert train(registry, budget=budget) == (artifact, False)
        assert registry.current("genre_pt", "encoder") == artifact
    changed = table(150), replace(SETTINGS, epochs=2)
    assert train(registry, budget=0, rows=changed[0]) is None
    assert train(registry, budget=0, chosen=changed[1]) is None


def test_another_base_model_is_trained_anew(tmp_path, monkeypatch):
    registry = Registry(tmp_path / "artifacts")
    first, _ = train(registry)
    monkeypatch.setenv("MUSIC_PLATFORM_BASE_MODEL", str(tiny.base_folder(tmp_path / "other", "distilbert")))
    second, trained = train(registry)
    assert trained
    assert first.manifest["fingerprint"] != second.manifest["fingerprint"]


def test_a_raised_budget_goes_on_and_ends_as_an_unbroken_training(tmp_path):
    registry = Registry(tmp_path / "artifacts")
    stopped, _ = train(registry, budget=1e-9)
    assert stopped.manifest["stopped"] == "budget"
    (checkpoint,) = (tmp_path / "checkpoints").iterdir()
    step = torch.load(checkpoint, weights_only=True)["step"]
    assert step == 1
    assert train(registry, budget=1e-9) == (stopped, False)
    assert train(registry, budget=0) == (stopped, False)
    more, trained = train(registry, budget=BUDGET)
    assert (trained, more.manifest["stopped"]) == (True, "epochs")
    unbroken, _ = train(Registry(tmp_path / "unbroken" / "artifacts"))
    assert more.manifest["history"] == unbroken.manifest["history"]
    assert registry.current("genre_pt", "encoder") == more
    assert train(registry, budget=1e-9) == (more, False)
    assert not list((tmp_path / "checkpoints").iterdir())


def test_the_state_of_earlier_rows_is_removed(tmp_path):
    registry = Registry(tmp_path / "artifacts")
    train(registry, budget=1e-9)
    train(registry, "genre", budget=1e-9)
    train(registry, budget=1e-9, rows=table(150))
    assert sorted(path.name.split("-")[0] for path in (tmp_path / "checkpoints").iterdir()) == ["genre", "genre_pt"]


def with_other_weights(finetuned, folder):
    """An export that went wrong: the head answers the other label."""
    swapped = copy.deepcopy(finetuned)
    with torch.no_grad():
        swapped.model.head.weight.neg_()
        swapped.model.head.bias.neg_()
    export(swapped, folder)


def with_other_calibration(finetuned, scale, offset, *, single):
    return reading(finetuned, scale, offset - [999.0, 0.0], single=single)


@pytest.mark.parametrize(
    ("save", "told"), [(with_other_weights, reading), (export, with_other_calibration)], ids=["weights", "scores"]
)
def test_a_model_whose_export_went_wrong_is_shown_but_never_champion(tmp_path, monkeypatch, save, told):
    registry = Registry(tmp_path / "artifacts")
    weak_linear(registry)
    monkeypatch.setattr(encoder_training, "reading", told)
    recipe = replace(encoder_training.ENCODER, save=save)
    artifact, _ = train(registry, recipe=recipe)
    found = artifact.manifest["contract"]
    assert artifact.manifest["metrics"]["macro_f1"] > 0.9
    assert found["flips"] > 0.3
    assert "of labels flip against torch" in found["broken"][0]
    assert train(registry, recipe=recipe) == (artifact, False)

    assessed = assess_text(registry, TASKS["genre_pt"], ("linear", "encoder"), tmp_path / "reports")
    assert (assessed.metrics["champion"], assessed.metrics["unserved"]) == ("linear", ["encoder"])
    assert found["broken"][0] in (assessed.folder / "index.html").read_text("utf-8")
    with pytest.raises(InputError, match="genre_pt/cascade: its encoder breaks the contract"):
        candidates.train("cascade", Request(registry, "genre_pt", table(), 0, registry.root))


def test_rows_that_only_train_are_read_as_often_as_they_weigh_and_never_judged(tmp_path):
    songs = table()
    held = np.flatnonzero(fold_of(songs["artist_key"].to_numpy(zero_copy_only=False)) == HELD_OUT)
    corrected = np.isin(np.arange(len(songs)), [held[0], *np.setdiff1d(np.arange(len(songs)), held)[:5]])
    songs = songs.append_column("weight", pa.array(np.where(corrected, 4, 1)))
    songs = songs.append_column("judged", pa.array(~corrected))
    artifact, _ = train(Registry(tmp_path / "artifacts"), rows=songs, chosen=replace(SETTINGS, epochs=1))
    assert artifact.manifest["config"]["trained_rows"] == len(songs) - len(held) + 5 * 3
    names = songs["song_id"].to_numpy(zero_copy_only=False)
    judged = [Predictions.load(artifact.path / file).ids for file in ("predictions.npz", VALIDATION)]
    assert set(judged[0]) == set(names[held[1:]])
    assert not set(judged[1]) & set(names[corrected])
    assert len(set(judged[1])) == len(judged[1])
