"""Thresholds: F1 over the grid and the best one, with unknown labels masked."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import f1_score

from music_platform.models.thresholds import GRID, best_thresholds, f1_over


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
