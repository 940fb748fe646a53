"""Bootstrap intervals that resample split units (artist, template, article), not rows.

Rows of one artist resemble each other, so resampling rows would make intervals too narrow. Sums per unit are
enough for F1 and its kin: a resample is a vector of unit counts, and its figure one matrix product away.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RESAMPLES = 1000
_BATCH = 50


def unit_index(units: NDArray) -> tuple[NDArray[np.int64], int]:
    """Number the units: (n,) index of each row's unit, and how many units there are."""
    names, index = np.unique(units, return_inverse=True)
    return index, len(names)


def sum_by_unit(columns: Array, index: NDArray[np.int64], units: int) -> Array:
    """Sum rows (n, m) into units (U, m)."""
    return np.stack([np.bincount(index, column, units) for column in columns.T], axis=1)


def unit_draws(units: int, resamples: int = RESAMPLES, seed: int = 0) -> Iterator[Array]:
    """Yield batches (b, U): how often each unit is drawn in each of `resamples` resamples with replacement.

    A single unit says nothing about spread: its draws are NaN, and so is every figure made from them.
    """
    random = np.random.default_rng(seed)
    for start in range(0, resamples, _BATCH):
        size = min(_BATCH, resamples - start)
        draws = random.integers(units, size=(size, units)) + units * np.arange(size)[:, None]
        counts = np.bincount(draws.ravel(), minlength=size * units).reshape(size, units).astype(float)
        yield counts if units > 1 else counts * np.nan


def resampled_sums(sums: Array, resamples: int = RESAMPLES, seed: int = 0) -> Array:
    """Column sums (B, m) of B resamples of the units of `sums` (U, m)."""
    return np.concatenate([draw @ sums for draw in unit_draws(len(sums), resamples, seed)])


def interval(value: float | Array, resampled: Array) -> dict[str, float | None]:
    """The figure with its 95 % percentile interval (Efron 1979): value, low, high; None where undefined.

    Args:
        value: the figure on all units, a scalar.
        resampled: (B,) the figure on each resample; undefined ones are left out.
    """
    finite = resampled[np.isfinite(resampled)]
    if not np.isfinite(value) or len(finite) < 2:
        return {"value": float(value) if np.isfinite(value) else None, "low": None, "high": None}
    low, high = np.percentile(finite, [2.5, 97.5])
    return {"value": float(value), "low": float(low), "high": float(high)}
