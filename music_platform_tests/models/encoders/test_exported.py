"""An export becomes champion only if it answers as in torch; where bf16 changes answers it is served in f32."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import pyarrow as pa
import pytest
from openvino import opset13

from music_platform.evaluation.classification import evaluate_artifacts
from music_platform.evaluation.evidence import gather
from music_platform.models.encoders import encoder_training, exported
from music_platform.models.encoders.encoder_training import Recipe
from music_platform.models.encoders.export import reading
from music_platform.models.encoders.finetune import Finetuned
from music_platform.models.making import Made
from music_platform.models.predictions import HELD_OUT_FILE, Predictions
from music_platform.models.scorers.encoder import EncoderScorer
from music_platform.storage.registry import Artifact, Registry
from music_platform.tasks import TASKS
from music_platform_tests.models.conftest import Encoders
from music_platform_tests.support.tiny_models import trained

pytestmark = pytest.mark.slow
EXPORTED = ("encoder.xml", "encoder.bin", "tokenizer.json")
Save = Callable[[Finetuned, Path], None]


@pytest.fixture
def weak(copied: Encoders) -> Registry:
    """The models of `genre_pt`, with a linear one that answers what the baseline does, so that an encoder beats it."""
    registry = copied("genre_pt")
    linear = registry.current("genre_pt", "linear")
    wrong = Predictions.load(linear.path / HELD_OUT_FILE)
    wrong = replace(wrong, selected=wrong.baseline)
    facts = linear.manifest.model_dump(exclude={"version", "created_at", "task", "candidate", "format"})
    saved = registry.save("genre_pt", "linear", lambda folder: wrong.save(folder / HELD_OUT_FILE), facts)
    registry.set_current(saved)
    registry.clear_current("genre_pt", "blend")
    return registry


def evaluated(registry: Registry) -> dict[str, Any]:
    """The figures of the candidates for `genre_pt` and its champion, as a report has them."""
    return evaluate_artifacts(gather(registry, TASKS["genre_pt"], lambda: pa.table({})))


def test_an_encoder_that_beats_the_linear_model_becomes_champion(weak):
    assert evaluated(weak)["champion"] == "encoder"


@pytest.fixture
def copy_export(encoders: Encoders) -> Save:
    """In place of an export: the files of the shared encoder, whose training is the same and so are its weights."""
    source = encoders("genre_pt").current("genre_pt", "encoder").path

    def save(finetuned: Finetuned, folder: Path) -> None:
        for name in EXPORTED:
            shutil.copyfile(source / name, folder / name)

    return save


@pytest.fixture
def negate_export(copy_export: Save) -> Save:
    """An export that went wrong: every logit has the other sign."""

    def save(finetuned: Finetuned, folder: Path) -> None:
        copy_export(finetuned, folder)
        network = ov.Core().read_model(folder / "encoder.xml")
        (result,) = network.get_results()
        negative = opset13.negative(result.input_value(0))
        negative.output(0).set_names({"logits"})
        result.input(0).replace_source_output(negative.output(0))
        ov.save_model(network, folder / "negated.xml")
        for ending in ("xml", "bin"):
            (folder / f"negated.{ending}").replace(folder / f"encoder.{ending}")

    return save


def with_other_calibration(finetuned: Finetuned, scale: np.ndarray, offset: np.ndarray, *, single: bool):
    return reading(finetuned, scale, offset - [999.0, 0.0], single=single)


@pytest.mark.parametrize("wrong", ["weights", "scores"])
def test_a_model_whose_export_went_wrong_is_shown_but_never_champion(monkeypatch, request, weak, base, wrong):
    save = request.getfixturevalue("negate_export" if wrong == "weights" else "copy_export")
    if wrong == "scores":
        monkeypatch.setattr(encoder_training, "reading", with_other_calibration)
    shutil.rmtree(weak.root / "genre_pt" / "encoder")
    artifact = trained(weak, base, recipe=Recipe(save=save)).artifact
    found = artifact.manifest.contract
    assert artifact.manifest.metrics["macro_f1"] > 0.9
    assert found["flips"] > 0.3
    assert "of the labels differ from torch's; at most 0.50% may" in found["broken"][0]
    assert trained(weak, base, recipe=Recipe(save=save)) == Made(artifact, is_new=False)

    report = evaluated(weak)
    assert report["champion"] == "linear"
    assert found["broken"][0] in report["unserved"]["encoder"]


class InBf16(EncoderScorer):
    """A scorer as on a CPU that computes in bf16, whose rounding turns some answers."""

    turned = 0.2
    """The share of the texts whose best label changes."""

    @classmethod
    def of(cls, folder: Path, reading: Any, labels: int, precision: Any = None, threads: int = 0) -> EncoderScorer:
        """The scorer in f32 where that is asked for."""
        scorer = EncoderScorer.of(folder, reading, labels, "f32", threads)
        if precision != "f32":
            scorer.__class__, scorer.precision, scorer.bf16 = cls, "bf16", True
        return scorer

    def logits(self, texts: Any) -> np.ndarray:
        """The true ones, but the last texts have each other's."""
        logits = super().logits(texts)
        turned = int(len(texts) * self.turned)
        logits[:turned] = logits[:turned, ::-1]
        return logits


@pytest.fixture
def saved(tmp_path, monkeypatch, copy_export: Save, base: str) -> Callable[[Save | None], Artifact]:
    """Trains on a CPU that computes in bf16, and saves by the given function instead of by copying a good export."""
    monkeypatch.setattr(exported, "EncoderScorer", InBf16)
    return lambda save=None: (
        trained(Registry(tmp_path / "artifacts"), base, recipe=Recipe(save=save or copy_export)).artifact
    )


def test_an_export_that_bf16_turns_is_served_in_f32_and_says_so(saved):
    artifact = saved()
    manifest = artifact.manifest
    assert (manifest.broken, manifest.contract["flips"], manifest.contract["precision"]) == ([], 0.0, "f32")
    assert manifest.contract["fallback"].startswith("In bf16 ")
    assert manifest.contract["fallback"].endswith(
        "% of the labels differ from torch's; at most 0.50% may; so it is served in f32."
    )
    assert manifest.encoder.precision == "f32"
    assert EncoderScorer.load(artifact.path).precision == "f32"


def test_an_export_that_keeps_the_contract_in_bf16_stays_in_bf16(saved, monkeypatch):
    monkeypatch.setattr(InBf16, "turned", 0.0)
    manifest = saved().manifest
    assert (manifest.broken, manifest.contract["precision"], manifest.encoder.precision) == ([], "bf16", "bf16")
    assert "fallback" not in manifest.contract


def test_an_export_that_is_wrong_in_f32_too_is_broken(saved, negate_export):
    manifest = saved(negate_export).manifest
    assert len(manifest.broken) == 2
    assert (manifest.contract["precision"], manifest.encoder.precision) == ("f32", "f32")
    assert manifest.contract["fallback"].startswith("In bf16 ")
