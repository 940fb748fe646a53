"""Figures from arrays, against numbers worked by hand and scikit-learn."""

import json

import numpy as np
import pytest
from sklearn import metrics as sk

from music_platform.evaluation import metrics
from music_platform_tests.support.evaluation_samples import predictions


def totals(truth, selected, known=None, *, single=False):
    known = np.ones_like(truth) if known is None else known
    sums = metrics.count_columns(truth, selected, known).sum(axis=0)
    return metrics.total_figures(sums, (truth & known).any(axis=0), single=single)


def test_f1_and_accuracy_of_four_rows_worked_by_hand():
    truth = np.array([[1, 0], [1, 1], [0, 1], [0, 0]], bool)
    selected = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], bool)
    figures = totals(truth, selected)
    # label 0: tp 1, fp 1, fn 1; label 1: tp 2, fp 0, fn 0; rows 0 and 3 are all right
    assert figures["macro_f1"] == pytest.approx((0.5 + 1.0) / 2)
    assert figures["micro_f1"] == pytest.approx(6 / 8)
    assert figures["accuracy"] == pytest.approx(2 / 4)
    classes = metrics.class_figures(metrics.count_columns(truth, selected, np.ones_like(truth)).sum(axis=0))
    assert classes["precision"].tolist() == [0.5, 1.0]
    assert classes["recall"].tolist() == [0.5, 1.0]


def test_unknown_cells_count_neither_for_nor_against():
    truth = np.array([[1, 0], [1, 0], [0, 1]], bool)
    selected = np.array([[1, 1], [1, 0], [0, 1]], bool)
    known = np.array([[1, 0], [1, 1], [1, 1]], bool)
    assert totals(truth, selected)["macro_f1"] == pytest.approx((1 + 2 / 3) / 2)
    assert totals(truth, selected, known)["macro_f1"] == 1
    assert totals(truth, selected, known)["accuracy"] == 1


@pytest.mark.parametrize("skill", [0.0, 1.0, 3.0])
def test_single_label_figures_equal_scikit_learn(skill):
    p = predictions(skill=skill)
    true, answered = p.truth.argmax(axis=1), p.selected.argmax(axis=1)
    figures = totals(p.truth, p.selected, single=True)
    assert figures["macro_f1"] == pytest.approx(sk.f1_score(true, answered, average="macro"))
    assert figures["micro_f1"] == pytest.approx(sk.f1_score(true, answered, average="micro"))
    assert figures["accuracy"] == pytest.approx(sk.accuracy_score(true, answered))
    assert figures["mcc"] == pytest.approx(sk.matthews_corrcoef(true, answered))
    confusion = metrics.confusion(p.truth, p.selected, p.known)["selected"]
    assert (confusion == sk.confusion_matrix(true, answered)).all()


def test_multi_label_figures_equal_scikit_learn():
    p = predictions(single=False)
    figures = totals(p.truth, p.selected)
    assert figures["macro_f1"] == pytest.approx(sk.f1_score(p.truth, p.selected, average="macro"))
    assert figures["accuracy"] == pytest.approx(sk.accuracy_score(p.truth, p.selected))
    assert "mcc" not in figures


def test_mcc_of_a_constant_answer_is_zero():
    p = predictions()
    assert totals(p.truth, p.baseline, single=True)["mcc"] == 0


def test_roc_auc_with_ties_weights_and_unknown_cells_equals_scikit_learn():
    p = predictions(single=False)
    scores = np.round(p.scores, 1)
    known = np.random.default_rng(3).random(p.truth.shape) < 0.7
    weights = np.random.default_rng(4).integers(0, 3, (2, len(p.ids))).astype(float)
    areas = metrics.roc_auc(p.truth, scores, known, weights)
    for label in range(len(p.labels)):
        rows = known[:, label]
        expected = [sk.roc_auc_score(p.truth[rows, label], scores[rows, label], sample_weight=w[rows]) for w in weights]
        assert areas[:, label] == pytest.approx(expected)


def test_roc_auc_of_a_label_without_negatives_is_undefined():
    ones = np.ones((3, 1), bool)
    assert np.isnan(metrics.roc_auc(ones, np.zeros((3, 1)), ones, np.ones((1, 3)))).all()


def test_threshold_curve_meets_the_figure_at_its_threshold():
    p = predictions(single=False)
    curve = metrics.threshold_curve(p.truth, p.scores, p.known, np.ones(len(p.labels), bool))
    (at_half,) = curve[metrics.THRESHOLDS == 0.5]
    assert at_half == pytest.approx(totals(p.truth, p.selected)["macro_f1"])


def test_calibration_worked_by_hand():
    truth = np.array([[1, 0], [0, 1], [1, 0], [1, 0]], bool)
    scores = np.array([[0.95, 0.05], [0.95, 0.05], [0.65, 0.35], [0.65, 0.35]])
    known = np.ones_like(truth)
    result = metrics.calibration(truth, scores, known, single=True)
    # said 0.95 and right in 1 of 2; said 0.65 and right in 2 of 2
    assert result["ece"] == pytest.approx((2 * 0.45 + 2 * 0.35) / 4)
    assert result["brier"] == pytest.approx((0.05**2 + 0.95**2 + 2 * 0.35**2) / 4)
    assert [b["rows"] for b in result["bins"]] == [0, 0, 0, 0, 0, 0, 2, 0, 0, 2]
    assert result["bins"][9]["share"] == 0.5


def test_calibration_of_a_sure_score_falls_into_the_last_bin_and_the_mask_counts():
    truth, scores = np.array([[True, False]]), np.array([[1.0, 0.9]])
    known = np.array([[True, False]])
    result = metrics.calibration(truth, scores, known, single=False)
    assert result["brier"] == 0
    assert result["bins"][9]["rows"] == 1


def test_confused_pairs_need_both_labels_known():
    truth = np.array([[1, 0], [1, 0]], bool)
    selected = np.array([[0, 1], [0, 1]], bool)
    known = np.array([[1, 1], [1, 0]], bool)
    pairs = metrics.confusion(truth, selected, known)
    assert pairs["confused"].tolist() == [[0, 1], [0, 0]]
    assert pairs["known"].tolist() == [[2, 1], [0, 0]]


def test_as_json_leaves_only_what_json_knows():
    value = {1: np.float32(0.5), "a": (np.nan, np.int64(3)), "b": np.array([[True], [False]]), "c": None}
    assert json.loads(json.dumps(metrics.as_json(value))) == {
        "1": 0.5,
        "a": [None, 3],
        "b": [[True], [False]],
        "c": None,
    }
