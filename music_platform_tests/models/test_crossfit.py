"""Cross-fitting: nothing a row's own unit says reaches its score, calibration or threshold."""

import dataclasses

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import log_loss

from music_platform.features.splits import fold_of
from music_platform.models.crossfit import calibration, majority, train
from music_platform.models.scorers.linear import LinearHyperparameters
from music_platform.tasks import TASKS
from music_platform_tests.support.training_rows import training_rows

PLAIN = LinearHyperparameters()


@pytest.fixture(scope="module")
def single():
    return train(TASKS["genre_pt"], training_rows(), PLAIN)


@pytest.fixture(scope="module")
def multi():
    return train(TASKS["genre"], training_rows(), PLAIN)


def test_single_label_answers_one_label_and_beats_the_majority(single):
    p = single.predictions
    assert (p.selected.sum(axis=1) == 1).all()
    assert (p.selected.argmax(axis=1) == p.scores.argmax(axis=1)).all()
    assert (p.truth & p.selected).sum() > 0.9 * len(p.ids)
    assert (p.truth & p.baseline).sum() < 0.5 * len(p.ids)
    assert single.thresholds.tolist() == [0, 0, 0]


def test_units_never_lie_in_two_folds(single):
    p = single.predictions
    assert (p.folds == fold_of(p.units)).all()
    assert len(np.unique(p.folds)) == 5


def test_what_a_row_is_labelled_does_not_reach_the_model_that_scores_it(multi):
    rows, honest = training_rows(), multi.predictions
    held = np.flatnonzero(honest.folds == 2)
    lies = rows.truth.copy()
    lies[held] = np.roll(lies[held], 1, axis=1)
    misled = train(TASKS["genre"], dataclasses.replace(rows, truth=lies), PLAIN).predictions
    for label in range(3):
        order = np.argsort(honest.scores[held, label])
        assert np.diff(misled.scores[held, label][order]).min() > -1e-6


def test_multi_label_selects_by_the_thresholds_of_other_folds(multi):
    p = multi.predictions
    assert ((multi.thresholds > 0) & (multi.thresholds < 1)).all()
    for label in range(3):
        for fold in range(5):
            scores, chosen = p.scores[p.folds == fold, label], p.selected[p.folds == fold, label]
            assert scores[chosen].min() > scores[~chosen].max()
    assert (p.selected == p.truth).mean() > 0.9


def test_unknown_labels_are_neither_selected_nor_trained_on():
    rows = training_rows()
    known = rows.known.copy()
    known[::2, 0] = False
    masked = dataclasses.replace(rows, known=known, truth=rows.truth & known)
    p = train(TASKS["genre"], masked, PLAIN).predictions
    assert not p.selected[::2, 0].any()
    assert p.scores[::2, 0][rows.truth[::2, 0]].mean() > 0.7


def test_training_twice_gives_the_same_and_reports_progress(single):
    lines = []
    again = train(TASKS["genre_pt"], training_rows(), PLAIN, lines.append)
    np.testing.assert_array_equal(again.predictions.scores, single.predictions.scores)
    np.testing.assert_array_equal(again.model.coefficients, single.model.coefficients)
    assert len(lines) == 7
    assert lines[1] == "genre_pt/linear: fold 1 of 5"


def test_a_fold_without_a_label_is_survived():
    rows = training_rows(90)
    folds = fold_of(rows.units)
    truth = rows.truth & ((folds == 0)[:, None] | np.array([True, True, False]))
    p = train(TASKS["genre"], dataclasses.replace(rows, truth=truth), PLAIN).predictions
    assert p.scores[folds == 0, 2].max() < 0.5


def test_calibration_undoes_a_known_distortion():
    random = np.random.default_rng(0)
    logits = random.normal(size=(4000, 1)) * 2
    truth = random.random((4000, 1)) < expit(logits)
    scale, offset = calibration(truth, np.ones_like(truth), logits * 3 + 1, single=False)
    assert np.isclose(scale[0], 1 / 3, rtol=0.1)
    assert np.isclose(offset[0], -1 / 3, atol=0.1)


def test_calibration_of_single_labels_lowers_the_loss_and_keeps_the_best():
    random = np.random.default_rng(0)
    logits = random.normal(size=(3000, 3))
    which = (logits + random.gumbel(size=logits.shape)).argmax(axis=1)
    truth = which[:, None] == np.arange(3)
    scale, offset = calibration(truth, np.ones_like(truth), logits * 5, single=True)
    np.testing.assert_allclose(scale, 0.2, rtol=0.1)
    assert not offset.any()
    assert log_loss(which, np.full((3000, 3), 1 / 3)) > 1


def test_a_label_that_its_logits_speak_against_is_not_turned_round():
    truth = np.array([[True], [True], [False], [False]])
    scale, offset = calibration(truth, np.ones_like(truth), np.array([[-1.0], [-2], [1], [2]]), single=False)
    assert (scale[0], offset[0]) == (1, 0)


def test_majority_takes_common_labels_or_else_the_most_frequent_known_one():
    folds = np.array([0, 0, 1, 1, 1, 1])
    truth = np.array([[0, 0, 1], [0, 0, 1], [1, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 1]], bool)
    known = np.ones_like(truth)
    known[1, 0] = False
    assert majority(truth, known, folds, single=False)[:2].tolist() == [
        [True, False, False],
        [False, True, False],
    ]
    assert majority(truth, np.ones_like(truth), folds, single=True)[0].tolist() == [True, False, False]
