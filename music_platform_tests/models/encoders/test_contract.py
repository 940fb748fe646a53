"""The contract of an exported encoder: what keeps it, what breaks it, and that what breaks it is never champion."""

import time

import dagster as dg
import numpy as np
import pytest

from music_platform.definitions import defs
from music_platform.defs.resources import HomeResource
from music_platform.models.encoders import contract
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry

KEPT = {"flips": 0.005, "macro_f1_change": -0.003, "speed": 2.0}


@pytest.mark.parametrize(
    ("change", "fast", "said"),
    [
        ({}, True, []),
        ({"flips": 0.0051}, True, ["0.51% of labels flip against torch, at most 0.50% may"]),
        ({"macro_f1_change": 0.0031}, True, ["macro-F1 changes by 0.0031 against torch, at most by 0.0030 may it"]),
        ({"speed": 1.99}, True, ["a text takes 1.99 times less than in torch, at least 2.0 times wanted"]),
        ({"speed": 0.5}, False, []),
    ],
)
def test_a_limit_is_kept_or_named(change, fast, said):
    assert contract.broken(KEPT | change, fast=fast) == said


def answers(selected, slow=0.0):
    def answer(texts):
        ends = time.process_time() + slow * (len(texts) == 1)
        while time.process_time() < ends:
            pass
        return selected[: len(texts)]

    return answer


def measured(theirs, ours, known=None, *, single=False):
    known = np.ones_like(theirs) if known is None else known
    texts = [f"text {i}" for i in range(len(theirs))]
    return contract.measure(
        answers(theirs, 0.004), answers(ours, 0.001), texts, theirs, known, single=single, fast=True
    )


def test_flips_are_of_known_labels_or_of_best_labels():
    theirs = np.eye(4, dtype=bool)[np.arange(200) % 4]
    ours = theirs.copy()
    ours[0] = [False, True, False, False]
    assert measured(theirs, theirs)["broken"] == []
    assert measured(theirs, ours)["flips"] == 2 / 800
    assert measured(theirs, ours, single=True)["flips"] == 1 / 200
    known = np.ones_like(theirs)
    known[0] = False
    found = measured(theirs, ours, known)
    assert (found["flips"], found["macro_f1_change"]) == (0, 0)
    assert 2 < found["speed"] < 8


def test_a_large_test_set_is_sampled_and_a_small_one_is_not():
    many = np.arange(0, 9_000, 3)
    drawn = contract.sample(many, seed=1)
    assert len(set(drawn.tolist())) == contract.ROWS
    assert set(drawn.tolist()) < set(many.tolist())
    assert (drawn == contract.sample(many, seed=1)).all()
    assert (contract.sample(many[:9], seed=1) == many[:9]).all()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Dagster's own, of nested resources
@pytest.mark.parametrize(
    ("broken", "others", "passed", "goes_on"),
    [([], True, True, True), (["flips"], True, False, True), (["flips"], False, False, False)],
)
def test_the_check_stops_a_run_only_where_nothing_else_answers(tmp_path, monkeypatch, broken, others, passed, goes_on):
    home = Home.at(tmp_path / "home")
    home.prepare()
    monkeypatch.setenv("MUSIC_PLATFORM_HOME", str(home.root))
    registry = Registry(home.artifacts)
    for candidate in ("linear", "encoder") if others else ("encoder",):
        manifest = {"fingerprint": candidate, "contract": KEPT | {"broken": broken}}
        registry.set_current(registry.save("topic", candidate, lambda folder: None, manifest))
    key = dg.AssetKey(["models", "topic_encoder"])
    (check,) = (c for c in defs.asset_checks if c.check_key == dg.AssetCheckKey(key, "contract"))

    @dg.asset(key=key)
    def encoder():
        pass

    @dg.asset(deps=[encoder])
    def report():
        pass

    made = dg.materialize([encoder, report, check], resources={"home": HomeResource()}, raise_on_error=False)
    (evaluation,) = made.get_asset_check_evaluations()
    assert (evaluation.passed, made.success) == (passed, goes_on)
    assert ("report" in {e.asset_key.path[-1] for e in made.get_asset_materialization_events()}) == goes_on
