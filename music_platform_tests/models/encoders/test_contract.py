"""The contract of an exported encoder: which answers keep it, which break it, and that speed decides nothing."""

import time

import numpy as np
import pytest

from music_platform.models.encoders import contract

KEPT = {"flips": 0.005, "macro_f1_change": -0.003, "speed": 0.01}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"flips": 0.0051}, ["0.51% of the labels differ from torch's; at most 0.50% may"]),
        ({"macro_f1_change": 0.0031}, ["macro-F1 differs from torch's by 0.0031; at most 0.0030 is allowed"]),
        ({"speed": 100.0}, []),
    ],
)
def test_a_limit_is_kept_or_named(change, said):
    assert contract.broken(KEPT | change) == said


def answers(selected, slow=0.0):
    """A function that answers `selected`, and takes so many seconds of the processor for a text alone."""

    def answer(texts):
        ends = time.process_time() + slow * (len(texts) == 1)
        while time.process_time() < ends:
            pass
        return selected[: len(texts)]

    return answer


def measured(theirs, ours, known=None, *, single=False, seconds=(0.0, 0.0)):
    known = np.ones_like(theirs) if known is None else known
    texts = [f"text {i}" for i in range(len(theirs))]
    trained, served = (answers(*pair) for pair in zip((theirs, ours), seconds, strict=True))
    return contract.measure(trained, served, texts, theirs, known, single=single)


THEIRS = np.eye(4, dtype=bool)[np.arange(200) % 4]


def test_flips_are_of_known_labels_or_of_best_labels():
    ours = THEIRS.copy()
    ours[0] = [False, True, False, False]
    assert measured(THEIRS, THEIRS)["broken"] == []
    assert measured(THEIRS, ours)["flips"] == 2 / 800
    assert measured(THEIRS, ours, single=True)["flips"] == 1 / 200
    known = np.ones_like(THEIRS)
    known[0] = False
    found = measured(THEIRS, ours, known)
    assert (found["flips"], found["macro_f1_change"]) == (0, 0)


def test_a_slow_export_is_reported_and_not_broken():
    found = measured(THEIRS, THEIRS, seconds=(0.0005, 0.005))
    assert found["speed"] < 1
    assert found["runner_ms"] >= 5
    assert found["broken"] == []


def test_a_fast_export_that_answers_otherwise_is_broken():
    found = measured(THEIRS, np.roll(THEIRS, 1, axis=1), seconds=(0.005, 0.0005))
    assert found["speed"] > 1
    assert len(found["broken"]) == 2


def test_a_large_test_set_is_sampled_and_a_small_one_is_not():
    many = np.arange(0, 9_000, 3)
    drawn = contract.sample(many, seed=1)
    assert len(set(drawn.tolist())) == contract.ROWS
    assert set(drawn.tolist()) < set(many.tolist())
    assert (drawn == contract.sample(many, seed=1)).all()
    assert (contract.sample(many[:9], seed=1) == many[:9]).all()
