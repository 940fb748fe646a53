"""Thresholds: F1 over the grid and the best one, with unknown labels masked."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import f1_score

from music_platform.models.thresholds import GRID, best_thresholds, calibrated_thresholds, f1, f1_over


@settings(max_examples=30, deadline=None)
@given(
    arrays(bool, (12, 2)),
    arrays(np.float32, (12, 2), elements=st.floats(0, 1, width=32)),
    arrays(bool, (12, 2)),
)
def test_f1_over_agrees_with_scikit_learn_on_the_known_rows(truth, scores, known):
    curves = f1_over(truth, scores, known, GRID[::20])
    for label in range(2):
        seen = known[:, label]
        for i, threshold in enumerate(GRID[::20]):
            expected = 0.0
            if seen.any():
                expected = f1_score(truth[seen, label], scores[seen, label] >= threshold, zero_division=0)
            assert np.isclose(curves[label, i], expected)


def test_best_threshold_separates_and_lies_in_the_middle_of_the_gap():
    scores = np.array([[0.1], [0.2], [0.6], [0.7]], np.float32)
    truth = np.array([[False], [False], [True], [True]])
    assert np.isclose(best_thresholds(truth, scores, np.ones_like(truth))[0], 0.4, atol=0.015)


def test_unknown_rows_do_not_move_a_threshold():
    scores = np.array([[0.1], [0.2], [0.6], [0.7], [0.9]], np.float32)
    truth = np.array([[False], [False], [True], [True], [False]])
    known = np.array([[True], [True], [True], [True], [False]])
    assert best_thresholds(truth, scores, known) == best_thresholds(truth[:4], scores[:4], known[:4])


def test_a_label_without_a_known_positive_gets_one_half():
    truth = np.array([[True], [False]])
    assert best_thresholds(truth, np.zeros((2, 1)), ~truth).tolist() == [0.5]


def test_calibrated_thresholds_calibrated_scores_need_no_truth_and_are_as_good_as_the_best():
    random = np.random.default_rng(0)
    scores = random.beta([0.4, 0.2], [2.0, 4.0], size=(20_000, 2)).astype(np.float32)
    truth, known = random.random(scores.shape) < scores, np.ones(scores.shape, bool)
    ours, best = calibrated_thresholds(scores, known), best_thresholds(truth, scores, known)
    np.testing.assert_allclose(ours, best, atol=0.06)
    assert (f1(truth, scores >= ours, known) >= f1(truth, scores >= best, known) - 0.005).all()


def test_calibrated_thresholds_few_rows_are_steadier_than_those_of_their_truth():
    random = np.random.default_rng(1)
    draws = []
    for _ in range(30):
        scores = random.beta(0.4, 2.0, size=(100, 1)).astype(np.float32)
        truth, known = random.random(scores.shape) < scores, np.ones(scores.shape, bool)
        draws.append((calibrated_thresholds(scores, known)[0], best_thresholds(truth, scores, known)[0]))
    ours, theirs = np.std(draws, axis=0)
    assert ours < theirs / 2


def test_thresholds_look_at_known_cells_only():
    scores = np.array([[0.9, 0.9], [0.1, 0.1], [0.8, 0.8]], np.float32)
    known = np.array([[True, False], [True, False], [False, False]])
    np.testing.assert_allclose(calibrated_thresholds(scores, known), [0.9 / 2, 0.5])
