"""The zero-shot baseline: similarity to descriptions, the rows of the fine-tuned candidates, no learning."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from music_platform.features.splits import HELD_OUT
from music_platform.models.encoders import zero_shot
from music_platform.models.making import Made
from music_platform.models.predictions import HELD_OUT_FILE, Predictions
from music_platform.models.training import train
from music_platform.storage.registry import Registry
from music_platform.tasks import INTENTS
from music_platform_tests.support import tiny_models, tiny_rows

DESCRIBED = json.loads(Path(zero_shot.__file__).with_suffix(".json").read_text("utf-8"))["intent"]


def made(folder: Path, table: pa.Table, base: str, seconds: float = 9.0) -> Made | None:
    asked = {"table": table, "base_model": base, "seconds": seconds, "hyperparameters": None}
    return train(tiny_models.request(Registry(folder), "intent", "zero_shot", **asked))


def with_column(table: pa.Table, name: str, values: list[str]) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, [values])


def test_there_is_a_description_of_every_intent():
    assert DESCRIBED.keys() == set(INTENTS)


@pytest.mark.slow
def test_a_text_like_a_description_gets_its_label_and_nothing_is_learned(tmp_path):
    """The packaged base model knows the words, which a tiny one does not."""
    table = tiny_rows.utterances(100)
    intents = table["intent"].to_pylist()
    table = with_column(table, "text", [f"please {DESCRIBED[intent]}" for intent in intents])
    new = made(tmp_path / "a", table, "")
    first = Predictions.load(new.artifact.path / HELD_OUT_FILE)
    assert new.is_new
    assert new.artifact.manifest.metrics["accuracy"] == 1.0
    assert set(first.folds) == {HELD_OUT}
    assert made(tmp_path / "a", table, "", seconds=0.0) == Made(new.artifact, is_new=False)

    held = set(first.ids.tolist())
    other = {"add": "clear", "clear": "add"}
    swapped = [
        intent if i in held else other[intent] for i, intent in zip(table["row_id"].to_pylist(), intents, strict=True)
    ]
    second = made(tmp_path / "b", with_column(table, "intent", swapped), "").artifact
    np.testing.assert_array_equal(first.scores, Predictions.load(second.path / HELD_OUT_FILE).scores)


def test_without_a_budget_nothing_is_computed(tmp_path, base):
    assert made(tmp_path, tiny_rows.utterances(), base, seconds=0.0) is None


def test_another_base_model_is_asked_anew(tmp_path, base):
    first = made(tmp_path, tiny_rows.utterances(), base)
    other = made(tmp_path, tiny_rows.utterances(), str(tiny_models.base_folder(tmp_path / "other", "distilbert")))
    assert other.is_new
    assert first.artifact.manifest.fingerprint != other.artifact.manifest.fingerprint
