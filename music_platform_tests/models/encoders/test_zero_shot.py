"""The zero-shot baseline: similarity to descriptions, the rows of the fine-tuned candidates, no learning."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from music_platform.models.candidates import Request

from music_platform.models.encoders import zero_shot
from music_platform.models.encoders.encoder_training import HELD_OUT
from music_platform.models.predictions import Predictions
from music_platform.storage.registry import Registry
from music_platform.tasks import INTENTS
from music_platform_tests.support import tiny_models

DESCRIBED = json.loads(Path(zero_shot.__file__).with_suffix(".json").read_text("utf-8"))["intent"]


def made(folder: Path, table: pa.Table, seconds: float = 9.0):
    done = zero_shot.train(Request(Registry(folder), "intent", table, seconds, folder))
    return done and (Predictions.load(done[0].path / "predictions.npz"), done)


def with_column(table: pa.Table, name: str, values: list[str]) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, [values])


def test_there_is_a_description_of_every_intent():
    assert DESCRIBED.keys() == set(INTENTS)


@pytest.mark.slow
def test_a_text_like_a_description_gets_its_label_and_nothing_is_learned(tmp_path):
    table = tiny_rows.utterances()
    table = with_column(table, "text", [f"please {DESCRIBED[intent]}" for intent in table["intent"].to_pylist()])
    first, (artifact, computed) = made(tmp_path / "a", table)
    assert computed
    assert artifact.manifest["metrics"]["accuracy"] == 1.0
    assert set(first.folds) == {HELD_OUT}
    assert made(tmp_path / "a", table, seconds=0.0)[1] == (artifact, False)

    held = set(first.ids.tolist())
    other = {"add": "clear", "clear": "add"}
    swapped = [
        intent if i in held else other[intent]
        for i, intent in zip(table["row_id"].to_pylist(), table["intent"].to_pylist(), strict=True)
    ]
    second, _ = made(tmp_path / "b", with_column(table, "intent", swapped))
    np.testing.assert_array_equal(first.scores, second.scores)


@pytest.mark.usefixtures("base")
def test_without_a_budget_nothing_is_computed(tmp_path):
    assert made(tmp_path, tiny_rows.utterances(), seconds=0.0) is None


@pytest.fixture
def base(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("MUSIC_PLATFORM_BASE_MODEL", str(tiny_models.base_folder(tmp_path_factory.mktemp("base"))))


@pytest.mark.usefixtures("base")
def test_another_base_model_is_asked_anew(tmp_path, monkeypatch):
    _, (artifact, _) = made(tmp_path, tiny_rows.utterances())
    monkeypatch.setenv("MUSIC_PLATFORM_BASE_MODEL", str(tiny_models.base_folder(tmp_path / "other", "distilbert")))
    _, (other, computed) = made(tmp_path, tiny_rows.utterances())
    assert computed
    assert replace(artifact, manifest={}) != replace(other, manifest={})
