"""Windows, pooling and the exported graph, on tiny encoders."""

import numpy as np
import pytest
from scipy.special import softmax

from music_platform.models.encoders.export import export, reading
from music_platform.models.encoders.finetune import Finetuned, scores
from music_platform.models.encoders.network import predict
from music_platform.models.encoders.start import EncoderHyperparameters
from music_platform.models.scorers.encoder import EncoderScorer
from music_platform.models.scorers.windows import windowed, windows
from music_platform_tests.support import tiny_models
from music_platform_tests.support.tiny_rows import WORDS

HYPERPARAMETERS = EncoderHyperparameters(length=12, overlap=3, windows=4)


@pytest.fixture
def untrained(base: str) -> Finetuned:
    return tiny_models.untrained(base, 3, HYPERPARAMETERS)


def test_windows_overlap_carry_special_tokens_and_are_at_most_so_many():
    text = " ".join(WORDS)
    cutter = windowed(tiny_models.tokenizer(), 7, 2)
    ((*cut, last), short, none) = windows(cutter, [text, "sol", ""], 9)
    assert [len(window) for window in cut] == [7, 7, 7]
    assert all(window[0] == 2 and window[-1] == 3 for window in (*cut, last))
    assert cut[0][-3:-1] == cut[1][1:3]
    assert (last[-2], len(short), none) == (3 + len(WORDS), 1, [[2, 3]])
    assert windows(cutter, [text], 2) == [cut[:2]]
    assert windows(type(cutter).from_str(cutter.to_str()), [text], 9) == [[*cut, last]]


def test_a_long_text_has_the_mean_logits_of_its_windows(untrained):
    text = " ".join(WORDS * 2)
    cut = windows(untrained.tokenizer, [text, "sol mar"], 4)
    assert [len(w) for w in cut] == [4, 1]
    single = predict(untrained.model, [[window] for window in cut[0]], 0, exact=True)
    assert np.ptp(single, axis=0).max() > 1e-3
    expected = np.average(single, axis=0, weights=[len(window) for window in cut[0]])
    np.testing.assert_allclose(scores(untrained, [text, "sol mar"], exact=True)[0], expected, atol=1e-6)


def test_padding_and_order_change_nothing(untrained):
    texts = ["sol", " ".join(WORDS), "mar rua noite", "hey " * 40]
    together = scores(untrained, texts, exact=True)
    np.testing.assert_allclose(together, np.concatenate([scores(untrained, [t], exact=True) for t in texts]), atol=1e-6)
    np.testing.assert_allclose(together[::-1], scores(untrained, texts[::-1], exact=True), atol=1e-6)


@pytest.mark.slow
def test_a_network_of_another_kind_is_exported_and_answers_as_in_torch(tmp_path):
    """A BERT is exported in `scorers/test_encoder.py`."""
    done = tiny_models.untrained(str(tiny_models.base_folder(tmp_path / "base", "distilbert")), 3, HYPERPARAMETERS)
    export(done, tmp_path)
    assert {path.name for path in tmp_path.glob("*.*")} == {"encoder.xml", "encoder.bin", "tokenizer.json"}
    entry = reading(done, np.full(3, 2.0), np.zeros(3), single=True)
    assert (entry.max_tokens, entry.overlap, entry.max_windows) == (12, 3, 4)
    scorer = EncoderScorer.of(tmp_path, entry, 3, "f32")
    for texts in (["sol"], ["hey " * 60], ["la vem", " ".join(WORDS * 2), "", "rain"]):
        logits = scores(done, texts, exact=True)
        assert np.abs(scorer.logits(texts) - logits).max() < 1e-3  # the weights are in float16
        assert np.abs(scorer.scores(texts) - softmax(2 * logits, axis=1)).max() < 1e-3
