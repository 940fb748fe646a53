"""LoRA as a candidate: what it trains, that merging changes nothing, resume, serving, and what the report says."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from music_platform.models.candidates import Request

from music_platform.evaluation.assess import assess_text
from music_platform.models import linear_training as training
from music_platform.models.encoders import encoder_training, lora
from music_platform.models.encoders.adapter import merged
from music_platform.models.encoders.finetune import _Trainer, finetune
from music_platform.models.encoders.network import predict
from music_platform.models.encoders.start import Settings
from music_platform.models.predictions import Predictions
from music_platform.models.rows import TASKS
from music_platform.models.scorers.predictor import Predictor
from music_platform.models.scorers.windows import windows
from music_platform.storage.registry import Registry
from music_platform_tests.support import tiny_models

SEEN = np.arange(48)
SETTINGS = Settings(
    epochs=3, batch=16, length=32, body_lr=3e-2, head_lr=5e-2, validation=0.2, patience=9, rank=2, alpha=8
)


@pytest.fixture(autouse=True)
def base(tmp_path_factory, monkeypatch):
    folder = tiny_models.base_folder(tmp_path_factory.mktemp("base"))
    monkeypatch.setenv("MUSIC_PLATFORM_BASE_MODEL", str(folder))
    return str(folder)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def tuned(path, **changes):
    return finetune(TASKS["topic"], tiny_rows.rows(single=True), SEEN, replace(SETTINGS, **changes), checkpoint=path)


@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_merged_weights_give_the_adapters_logits(tmp_path, kind):
    done = tuned(tmp_path / "state.pt", base=str(tiny_models.base_folder(tmp_path / kind, kind)))
    cut = windows(done.tokenizer, tiny_rows.rows(single=True).texts, 1)
    adapters = predict(done.model, cut, done.pad, exact=True)
    plain = copy.deepcopy(done.model)
    plain.base = plain.base.unload()
    assert np.abs(predict(plain, cut, done.pad, exact=True) - adapters).max() > 1e-2, "the adapters learned something"
    done.model.base = merged(done.model.base)
    assert not any("lora" in name for name, _ in done.model.named_parameters())
    np.testing.assert_allclose(predict(done.model, cut, done.pad, exact=True), adapters, atol=1e-4)


def test_only_adapters_and_head_are_trained_and_kept(tmp_path):
    from music_platform.models.encoders import base_model

    done = tuned(tmp_path / "state.pt")
    kept = torch.load(tmp_path / "state.pt", weights_only=True)
    assert {name.split(".")[-2] for name in kept["network"] if name.startswith("base.")} == {"default"}
    assert {name for name in kept["best"] if not name.startswith("base.")} == {"head.weight", "head.bias"}
    before = base_model.load().network.state_dict()
    after = done.model.base.unload().state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert done.cost["trained"] == sum(tensor.numel() for tensor in kept["best"].values())
    assert 0 < done.cost["trained"] < done.cost["parameters"] / 2
    assert done.cost["peak_bytes"] > 1e7


class KilledError(Exception):
    """In place of a kill."""


def test_a_run_cut_off_within_an_epoch_ends_as_an_unbroken_one(tmp_path, monkeypatch):
    unbroken = tuned(tmp_path / "whole.pt")
    step, taken = _Trainer.step, []

    def dying(self, chosen, steps):
        taken.append(chosen)
        if len(taken) == 5:
            raise KilledError
        step(self, chosen, steps)

    monkeypatch.setattr(_Trainer, "step", dying)
    settings = replace(SETTINGS)
    with pytest.raises(KilledError):
        finetune(TASKS["topic"], tiny_rows.rows(single=True), SEEN, settings, checkpoint=tmp_path / "cut.pt", every=0.0)
    resumed = tuned(tmp_path / "cut.pt")
    assert resumed.history == unbroken.history
    theirs = unbroken.model.state_dict()
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in resumed.model.state_dict().items())


@pytest.mark.slow
def test_it_is_trained_judged_served_and_compared(tmp_path):
    registry, table = Registry(tmp_path / "artifacts"), tiny_rows.utterances()
    asked = Request(registry, "intent", table, 600.0, tmp_path / "checkpoints", settings=SETTINGS)
    training.train(replace(asked, settings=None))
    encoder_training.train(replace(asked, seconds=1e-9, settings=replace(SETTINGS, rank=0)))
    lines: list[str] = []
    artifact, trained = lora.train(replace(asked, progress=lines.append))
    assert trained
    assert artifact.manifest["candidate"] == "lora"
    assert artifact.manifest["metrics"]["accuracy"] > 0.9
    assert any(line.startswith("intent/lora: epoch 2 of 3") for line in lines)
    assert [path.name.split("-")[1] for path in (tmp_path / "checkpoints").iterdir()] == ["encoder"]
    assert lora.train(replace(asked, seconds=0.0)) == (artifact, False)
    assert lora.train(replace(asked, seconds=0.0, settings=replace(SETTINGS, rank=3))) is None

    ours = Predictions.load(artifact.path / "predictions.npz")
    texts = dict(zip(table["row_id"].to_pylist(), table["text"].to_pylist(), strict=True))
    decision = Predictor.load(artifact.path).decide([texts[i] for i in ours.ids.tolist()])
    np.testing.assert_allclose(decision.scores, ours.scores, atol=0.05)

    assessed = assess_text(registry, TASKS["intent"], ("linear", "encoder", "lora", "zero_shot"), tmp_path / "reports")
    assert assessed.metrics["candidates"]["lora"]["cost"] == artifact.manifest["cost"]
    share = artifact.manifest["cost"]["trained"] / artifact.manifest["cost"]["parameters"]
    assert f"{share:.2%}" in (assessed.folder / "index.html").read_text("utf-8")


def test_it_has_settings_and_so_is_no_encoder_by_another_name():
    assert all(settings.rank > 0 for settings in lora.SETTINGS.values())
