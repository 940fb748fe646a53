"""An encoder in int8: refused where it can't be made; small, close to torch, and served where it can."""

import numpy as np
import pytest

from music_platform.errors import InputError
from music_platform.models import training
from music_platform.models.encoders import quantise
from music_platform.models.encoders.export import export, reading
from music_platform.models.encoders.finetune import scores
from music_platform.models.encoders.start import EncoderHyperparameters
from music_platform.models.scorers.encoder import EncoderScorer
from music_platform.models.scorers.windows import windows
from music_platform.storage.registry import Registry
from music_platform_tests.support import tiny_models, tiny_rows


def test_int8_without_its_package_is_refused_before_anything_is_trained(monkeypatch, tmp_path, base):
    monkeypatch.setattr(quantise, "find_spec", lambda name: None)
    asked = tiny_models.request(Registry(tmp_path), "genre_pt", "encoder", base_model=base, int8=True)
    with pytest.raises(InputError, match=r"MUSIC_PLATFORM_PRECISION: int8 needs the package nncf; .*\[int8\]"):
        training.train(asked)
    monkeypatch.setattr(quantise, "find_spec", lambda name: name)
    quantise.check_available()


def test_int8_is_trained_anew(encoders, monkeypatch, base):
    monkeypatch.setattr(quantise, "find_spec", lambda name: name)
    asked = tiny_models.request(encoders("genre_pt"), "genre_pt", "encoder", base_model=base, int8=True, seconds=0.0)
    assert training.train(asked) is None


def test_a_quantised_encoder_is_smaller_and_answers_nearly_as_torch(tmp_path, base):
    pytest.importorskip("nncf", reason="the extra int8 is not installed")
    model = tiny_models.untrained(base, 2, EncoderHyperparameters(length=16, overlap=0))
    export(model, tmp_path)
    size = (tmp_path / "encoder.bin").stat().st_size
    texts = tiny_rows.rows(single=True).texts.tolist()
    quantise.quantise(tmp_path, windows(model.tokenizer, texts, 1))
    assert (tmp_path / "encoder.bin").stat().st_size < 0.75 * size
    scorer = EncoderScorer.of(tmp_path, reading(model, np.ones(2), np.zeros(2), single=True), 2)
    assert scorer.precision == "int8"
    logits = scores(model, texts, exact=True)
    assert np.abs(scorer.logits(texts) - logits).max() < 0.3 * np.ptp(logits)
