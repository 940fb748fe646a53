"""The bootstrap over units: it covers, it is wider for clustered rows, it repeats."""

import numpy as np
import pytest

from music_platform.evaluation.intervals import (
    interval,
    resampled_sums,
    sum_by_unit,
    unit_draws,
    unit_index,
)


def test_every_resample_draws_as_many_units_as_there_are():
    draws = np.concatenate(list(unit_draws(7, resamples=120, seed=1)))
    assert draws.shape == (120, 7)
    assert (draws.sum(axis=1) == 7).all()
    assert draws.std() > 0


def test_sums_by_unit_worked_by_hand():
    index, units = unit_index(np.array(["b", "a", "b"]))
    assert sum_by_unit(np.array([[1.0, 10], [2, 20], [4, 40]]), index, units).tolist() == [[2, 20], [5, 50]]


def test_resampled_sums_repeat_with_the_seed_and_differ_without():
    sums = np.arange(20.0).reshape(10, 2)
    assert (resampled_sums(sums, 60, seed=3) == resampled_sums(sums, 60, seed=3)).all()
    assert (resampled_sums(sums, 60, seed=3) != resampled_sums(sums, 60, seed=4)).any()


def mean_interval(values, units):
    sums = sum_by_unit(np.column_stack([values, np.ones(len(values))]), *unit_index(units))
    drawn = resampled_sums(sums, 400)
    return interval(values.mean(), drawn[:, 0] / drawn[:, 1])


def test_the_interval_of_a_mean_covers_the_truth_about_95_times_in_100():
    random = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        found = mean_interval(random.normal(size=80), np.arange(80))
        covered += found["low"] <= 0 <= found["high"]
    assert 180 <= covered <= 198


def test_rows_that_repeat_within_a_unit_do_not_narrow_the_interval():
    values = np.random.default_rng(0).normal(size=50)
    once = mean_interval(values, np.arange(50))
    tenfold = mean_interval(np.repeat(values, 10), np.repeat(np.arange(50), 10))
    assert tenfold["high"] - tenfold["low"] == pytest.approx(once["high"] - once["low"])


def test_one_unit_has_no_interval():
    assert mean_interval(np.array([1.0, 2.0]), np.array(["a", "a"])) == {
        "value": 1.5,
        "low": None,
        "high": None,
    }


def test_an_undefined_figure_is_none():
    assert interval(np.nan, np.array([0.1, 0.2])) == {"value": None, "low": None, "high": None}
