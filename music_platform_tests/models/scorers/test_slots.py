"""The scorer of slots: names in a text, files of texts, and broken files that are refused."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from music_platform.errors import InputError
from music_platform.models.request import Request
from music_platform.models.scorers.slot_features import MODEL
from music_platform.models.scorers.slots import SlotTagger
from music_platform.models.slot_training import CrfHyperparameters
from music_platform.models.training import train
from music_platform.serving.batch import predict_file
from music_platform.serving.bundle import write_bundle
from music_platform.serving.engine import Engine, NoModelError
from music_platform.storage.registry import Artifact, Registry
from music_platform.tasks import TASKS
from music_platform_tests.support.slot_samples import catalogue, utterances


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    registry, chosen = Registry(tmp_path_factory.mktemp("slots")), CrfHyperparameters(iterations=15)
    request = Request(registry, TASKS["slots"], "crf", utterances(100), hyperparameters=chosen, names=catalogue())
    return train(request).artifact


def test_names_are_found_without_quotes_and_in_any_case(artifact: Artifact) -> None:
    tagger = SlotTagger.load(artifact.path)
    for text in ("add salt by mara quill to gym", "add Salt by Mara Quill to gym"):
        (tagged,) = tagger.tag([text])
        assert [s.name for s in tagged.slots] == ["song", "artist", "playlist"]
        assert all(s.value == text[s.start : s.end] for s in tagged.slots)
        assert 0.5 < tagged.score <= 1
        assert not tagged.uncertain
    assert [(t.slots, t.score) for t in tagger.tag(["", "¿?"])] == [((), 1.0)] * 2


def test_a_bundle_tags_as_its_artifact(artifact: Artifact, tmp_path: Path) -> None:
    engine = Engine(write_bundle(tmp_path / "bundle", {"slots": artifact.path}))
    engine.warm()
    texts = ["remove walk the harbour from road trip"]
    assert engine.tagger("slots").tag(texts) == SlotTagger.load(artifact.path).tag(texts)
    assert engine.models("t").models[0].labels == ["song", "artist", "playlist"]
    assert not (tmp_path / "bundle" / "models" / "slots" / "predictions.npz").exists()
    with pytest.raises(NoModelError):
        Engine(write_bundle(tmp_path / "empty", {})).tagger("slots")


def test_a_file_of_texts_is_tagged_row_by_row(artifact: Artifact, tmp_path: Path) -> None:
    registry = Registry(artifact.path.parents[2])
    registry.promote(artifact, "test")
    pq.write_table(pa.table({"text": ["play salt", None, " "], "slots": [1, 2, 3]}), tmp_path / "in.parquet")
    assert predict_file(registry, "slots", tmp_path / "in.parquet", tmp_path / "out.parquet") == 3
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.column_names == ["text", "slots", "score", "uncertain", "model_version", "error"]
    first, missing, empty = table.to_pylist()
    assert json.loads(first["slots"]) == [{"name": "song", "value": "salt", "start": 5, "end": 9}]
    assert (first["model_version"], first["error"]) == (artifact.id, None)
    assert (missing["slots"], missing["score"], missing["error"]) == (None, None, "text: is missing; text is required")
    assert empty["error"] == "text: is empty; text is required"


def test_a_broken_model_is_refused(artifact: Artifact, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read as JSON"):
        SlotTagger.load(tmp_path)
    for file in artifact.path.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    whole = (artifact.path / MODEL).read_bytes()
    for broken in (b"", whole[:-10], b"pickle" + whole):
        (tmp_path / MODEL).write_bytes(broken)
        with pytest.raises(InputError, match="the file is no whole model of crfsuite"):
            SlotTagger.load(tmp_path)
    (tmp_path / MODEL).unlink()
    with pytest.raises(InputError, match="the slot tagger can't be read"):
        SlotTagger.load(tmp_path)
