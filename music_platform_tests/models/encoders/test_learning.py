"""Validation rows, batches, weights and figures of a fine-tuning run."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from music_platform.models.encoders.learning import batches, judged, mixed, rate, validation_rows, weights


def test_the_validation_share_is_of_whole_units():
    units = np.array([f"artist {i // 5}" for i in range(200)])
    held = validation_rows(units, 0.1)
    assert len(held) == 20
    assert not set(units[held]) & set(np.delete(units, held))
    assert len(validation_rows(units[:10], 0.1)) == 5
    assert set(units[held]) == set(units[::-1][validation_rows(units[::-1], 0.1)])


def test_batches_hold_every_row_once_and_texts_of_similar_length():
    lengths = np.random.default_rng(0).integers(1, 200, 1003)
    made = batches(lengths, 16, seed=1)
    assert sorted(np.concatenate(made)) == list(range(1003))
    assert len(made) == 63
    assert np.mean([np.ptp(lengths[b]) for b in made]) < 20
    assert [b.tolist() for b in made] == [b.tolist() for b in batches(lengths, 16, seed=1)]
    assert [b.tolist() for b in made] != [b.tolist() for b in batches(lengths, 16, seed=2)]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=40), st.integers(0, 12), st.integers(0, 9))
def test_no_source_drowns_the_others_and_all_its_rows_take_their_turn(sources, most, seed):
    names, counts = np.unique(sources, return_counts=True)
    epochs = [mixed(np.array(sources), most, epoch, seed) for epoch in range(40)]
    for read in epochs:
        assert len(set(read.tolist())) == len(read)
        assert dict(zip(*np.unique(np.array(sources)[read], return_counts=True), strict=True)) == {
            name: min(count, most or count) for name, count in zip(names, counts, strict=True)
        }
    assert set(np.concatenate(epochs).tolist()) == set(range(len(sources)))


def test_the_rate_rises_and_falls_linearly():
    rates = [rate(step, 20, 0.25) for step in range(20)]
    assert rates[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert rates[-1] == pytest.approx(1 / 15)
    assert np.diff(rates[5:]) == pytest.approx(-1 / 15)


def test_weights_balance_labels():
    single = np.eye(2, dtype=bool)[[0, 0, 0, 1]]
    known = np.ones_like(single)
    assert weights(single, known, 0.0, single=True) == pytest.approx([1, 1])
    assert weights(single, known, 1.0, single=True) == pytest.approx([2 / 3, 2])
    known[0, 1] = False
    assert weights(single, known, 1.0, single=False) == pytest.approx([1 / 3, 2])
    assert weights(single, known, 0.0, single=False) == pytest.approx([1, 1])


def test_figures_of_one_label_per_row():
    truth = np.eye(3, dtype=bool)[[0, 0, 1, 1]]
    logits = np.array([[2, 1, 0], [0, 1, 0], [0, 1, 0], [0, 3, 0]], float)
    found = judged(logits, truth, np.ones_like(truth), single=True)
    assert found == pytest.approx({"accuracy": 0.75, "f1": (2 / 3 + 4 / 5) / 2, "precision": 5 / 6, "recall": 0.75})


def test_figures_of_many_labels_leave_unknown_cells_out():
    truth = np.array([[True, False], [False, True], [False, False]])
    logits = np.array([[4.0, -4], [-4, 4], [-4, 4]])
    assert judged(logits, truth, np.ones_like(truth), single=False)["precision"] == pytest.approx(0.75)
    known = np.ones_like(truth)
    known[2, 1] = False
    assert set(judged(logits, truth, known, single=False).values()) == {1.0}
