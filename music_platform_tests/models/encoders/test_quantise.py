"""An encoder in int8: refused where it can't be made; small, close to torch, and served where it can."""

import numpy as np
import pytest

from music_platform.errors import InputError
from music_platform.models.encoders import quantise
from music_platform.models.encoders.export import export, reading
from music_platform.models.encoders.finetune import scores
from music_platform.models.encoders.start import Settings
from music_platform.models.scorers.encoder import EncoderRunner
from music_platform.models.scorers.windows import windows
from music_platform_tests.support import tiny_models


def test_int8_is_an_option_that_says_what_it_needs(monkeypatch):
    monkeypatch.setattr(quantise, "find_spec", lambda name: None)
    assert not quantise.is_wanted()
    monkeypatch.setenv("MUSIC_PLATFORM_PRECISION", "int8")
    with pytest.raises(InputError, match=r"MUSIC_PLATFORM_PRECISION: int8 needs NNCF; pip install .*\[int8\]"):
        quantise.is_wanted()
    monkeypatch.setattr(quantise, "find_spec", lambda name: name)
    assert quantise.is_wanted()
    monkeypatch.setenv("MUSIC_PLATFORM_PRECISION", "int4")
    with pytest.raises(InputError, match="MUSIC_PLATFORM_PRECISION: 'int4' can't be used"):
        quantise.is_wanted()


def test_a_quantised_encoder_is_smaller_and_answers_nearly_as_torch(tmp_path):
    pytest.importorskip("nncf", reason="the extra int8 is not installed")
    model = tiny_models.untrained(str(tiny_models.base_folder(tmp_path / "base")), 2, Settings(length=16, overlap=0))
    export(model, tmp_path)
    size = (tmp_path / "encoder.bin").stat().st_size
    texts = tiny_rows.rows(single=True).texts.tolist()
    quantise.quantise(tmp_path, windows(model.tokenizer, texts, 1))
    assert (tmp_path / "encoder.bin").stat().st_size < 0.75 * size
    manifest = {"labels": ["sunny", "blue"], "encoder": reading(model, np.ones(2), np.zeros(2), single=True)}
    runner = EncoderRunner.of(tmp_path, manifest)
    assert runner.precision == "int8"
    logits = scores(model, texts, exact=True)
    assert np.abs(runner.logits(texts) - logits).max() < 0.3 * np.ptp(logits)
