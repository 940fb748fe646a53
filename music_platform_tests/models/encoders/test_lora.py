"""LoRA as a candidate: only adapters are trained, merging changes nothing, and it resumes, serves and is reported."""

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from music_platform.evaluation.classification import evaluate_artifacts
from music_platform.evaluation.evidence import gather
from music_platform.evaluation.findings import percent
from music_platform.evaluation.report import write_report
from music_platform.models.encoders import base_model
from music_platform.models.encoders.adapter import merged
from music_platform.models.encoders.finetune import Finetuned, finetune
from music_platform.models.encoders.network import predict
from music_platform.models.encoders.start import EncoderHyperparameters
from music_platform.models.encoders.trainer import Trainer
from music_platform.models.making import Made
from music_platform.models.predictions import HELD_OUT_FILE, Predictions
from music_platform.models.scorers.predictor import Predictor
from music_platform.models.scorers.windows import windows
from music_platform.models.training import train
from music_platform.storage.registry import Registry
from music_platform.tasks import TASKS
from music_platform_tests.support import tiny_models, tiny_rows

SEEN = np.arange(48)
HYPERPARAMETERS = EncoderHyperparameters(
    epochs=3, batch=16, length=32, body_lr=3e-2, head_lr=5e-2, validation=0.2, patience=9, rank=2, alpha=8
)


def tuned(base: str, path: Path, every: float = 120.0) -> Finetuned:
    learned = tiny_rows.rows(single=True)
    return finetune(TASKS["topic"], learned, SEEN, replace(HYPERPARAMETERS, base=base), checkpoint=path, every=every)


@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_merged_weights_give_the_adapters_logits(tmp_path, kind):
    done = tuned(str(tiny_models.base_folder(tmp_path / kind, kind)), tmp_path / "state.pt")
    cut = windows(done.tokenizer, tiny_rows.rows(single=True).texts, 1)
    adapters = predict(done.model, cut, done.pad, exact=True)
    plain = copy.deepcopy(done.model)
    plain.base = plain.base.unload()
    assert np.abs(predict(plain, cut, done.pad, exact=True) - adapters).max() > 1e-2, "the adapters learned something"
    done.model.base = merged(done.model.base)
    assert not any("lora" in name for name, _ in done.model.named_parameters())
    np.testing.assert_allclose(predict(done.model, cut, done.pad, exact=True), adapters, atol=1e-4)


def test_only_adapters_and_head_are_trained_and_kept(tmp_path, base):
    done = tuned(base, tmp_path / "state.pt")
    kept = torch.load(tmp_path / "state.pt", weights_only=True)
    assert {name.split(".")[-2] for name in kept["network"] if name.startswith("base.")} == {"default"}
    assert {name for name in kept["best"] if not name.startswith("base.")} == {"head.weight", "head.bias"}
    before = base_model.load(base).network.state_dict()
    after = done.model.base.unload().state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert done.cost["trained"] == sum(tensor.numel() for tensor in kept["best"].values())
    assert 0 < done.cost["trained"] < done.cost["parameters"] / 2
    assert done.cost["peak_bytes"] > 1e7


class KilledError(Exception):
    """In place of a kill."""


def test_a_run_cut_off_within_an_epoch_ends_as_an_unbroken_one(tmp_path, base, monkeypatch):
    unbroken = tuned(base, tmp_path / "whole.pt")
    step, taken = Trainer.step, []

    def dying(self, chosen, steps):
        taken.append(chosen)
        if len(taken) == 5:
            raise KilledError
        step(self, chosen, steps)

    monkeypatch.setattr(Trainer, "step", dying)
    with pytest.raises(KilledError):
        tuned(base, tmp_path / "cut.pt", every=0.0)
    resumed = tuned(base, tmp_path / "cut.pt")
    assert resumed.history == unbroken.history
    theirs = unbroken.model.state_dict()
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in resumed.model.state_dict().items())


@pytest.mark.slow
def test_it_is_trained_judged_served_and_reported(tmp_path, base):
    registry, table = Registry(tmp_path / "artifacts"), tiny_rows.utterances()
    tiny_models.trained(registry, base, "intent", seconds=1e-9)
    lines: list[str] = []
    asked = tiny_models.request(
        registry, "intent", "lora", hyperparameters=HYPERPARAMETERS, base_model=base, progress=lines.append
    )
    made = train(asked)
    manifest = made.artifact.manifest
    assert made.is_new
    assert (manifest.candidate, manifest.scorer, manifest.broken) == ("lora", "encoder", [])
    assert manifest.metrics["accuracy"] > 0.9
    assert any(line.startswith("intent/lora: epoch 2 of 3") for line in lines)
    assert [path.name.split("-")[1] for path in (tmp_path / "checkpoints").iterdir()] == ["encoder"]
    assert train(replace(asked, seconds=0.0)) == Made(made.artifact, is_new=False)
    assert train(replace(asked, seconds=0.0, hyperparameters=replace(HYPERPARAMETERS, rank=3))) is None

    ours = Predictions.load(made.artifact.path / HELD_OUT_FILE)
    texts = dict(zip(table["row_id"].to_pylist(), table["text"].to_pylist(), strict=True))
    decision = Predictor.load(made.artifact.path).decide([texts[i] for i in ours.ids.tolist()])
    np.testing.assert_allclose(decision.scores, ours.scores, atol=0.05)

    evidence = gather(registry, TASKS["intent"], lambda: None)
    assert evidence.facts["lora"]["cost"] == manifest.cost
    assert 0 < manifest.cost["trained"] < manifest.cost["parameters"] / 2
    assert "lora" not in evidence.unserved
    page = write_report(tmp_path / "report", evaluate_artifacts(evidence), {}).read_text("utf-8")
    assert percent(manifest.cost["trained"] / manifest.cost["parameters"], 2) in page


def test_its_declarations_name_a_rank_so_that_it_is_no_encoder_by_another_name():
    declared = [task.candidates["lora"] for task in TASKS.values() if "lora" in task.candidates]
    assert declared
    assert all(training.hyperparameters["rank"] > 0 for training in declared)
