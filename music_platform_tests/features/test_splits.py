"""Folds depend on the unit alone, and are about equally large."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from music_platform.features.splits import fold_of


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(), max_size=30), st.lists(st.text(), max_size=30))
def test_a_unit_keeps_its_fold_as_data_grows(units: list[str], more: list[str]) -> None:
    assert np.array_equal(fold_of(units), fold_of([*units, *more])[: len(units)])


def test_folds_are_fixed_and_about_equally_large() -> None:
    assert fold_of(["ana vento", "ceu", "os farois", "mar", "ana vento"]).tolist() == [2, 4, 2, 3, 2]
    sizes = np.bincount(fold_of([f"unit {number}" for number in range(5000)]), minlength=5)
    assert sizes.min() > 900
    assert len(sizes) == 5
    assert fold_of([], folds=3).shape == (0,)


def test_one_fold_is_no_split() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        fold_of(["a"], folds=1)
