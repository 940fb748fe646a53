"""The weight of a blend. That a blend is served as it was judged is tested in `encoders/test_encoder_training.py`."""

from dataclasses import replace

import numpy as np
import pytest

from music_platform.models import blend_training
from music_platform.models.blend_training import fitted, mixed
from music_platform.models.scorers.scorer import log_odds, probabilities
from music_platform_tests.support.evaluation_samples import predictions

CHOSEN = np.arange(100, 300)


@pytest.fixture(autouse=True)
def few_weights(monkeypatch):
    """Every weight that is tried costs a calibration."""
    monkeypatch.setattr(blend_training, "_WEIGHTS", np.array([0.0, 0.15, 0.35, 0.5, 0.65, 0.85, 1.0]))


def parts(single, first, second):
    """Predictions of all rows and, in another order, of some of them, whose errors have nothing in common."""
    return predictions(single=single, skill=first), predictions(single=single, skill=second, seed=9).at(CHOSEN)


@pytest.mark.parametrize("single", [True, False])
def test_the_better_part_weighs_more(single):
    assert fitted(*parts(single, 0.1, 4.0), single=single)[0] > 0.8
    assert fitted(*parts(single, 4.0, 0.1), single=single)[0] < 0.2


@pytest.mark.parametrize("single", [True, False])
def test_two_equal_parts_are_better_together(single):
    simple, deep = parts(single, 1.0, 1.0)
    share, scale, offset, thresholds = fitted(simple, deep, single=single)
    assert 0.3 <= share <= 0.7
    assert thresholds.any() != single
    ours = probabilities(
        mixed(simple.scores[CHOSEN], deep.scores, share, single=single) * scale + offset, single=single
    )

    def error(scores):
        return ((scores - deep.truth) ** 2).mean()

    assert error(ours) < min(error(deep.scores), error(simple.scores[CHOSEN]))


def test_rows_are_matched_by_their_ids():
    simple, deep = parts(True, 1.0, 1.0)
    turned = simple.at(np.arange(len(simple.ids))[::-1])
    np.testing.assert_array_equal(fitted(simple, deep, single=True)[1], fitted(turned, deep, single=True)[1])


def test_a_label_unknown_in_a_row_says_nothing_about_the_weight():
    simple, deep = parts(False, 1.0, 1.0)
    known = deep.known.copy()
    known[::2, 0] = False
    masked = replace(deep, known=known)
    lies = replace(masked, truth=np.where(known, deep.truth, ~deep.truth))
    assert fitted(simple, masked, single=False)[0] == fitted(simple, lies, single=False)[0]


@pytest.mark.parametrize("single", [True, False])
def test_log_odds_undo_probabilities(single):
    scores = predictions(single=single).scores
    again = probabilities(log_odds(scores, single=single), single=single)
    np.testing.assert_allclose(again, scores, atol=1e-5)
    assert np.isfinite(log_odds(np.array([[0.0, 1.0]], np.float32), single=single)).all()
