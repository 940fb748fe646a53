"""The fold of a row, by hash of its split unit, so that no row changes sides as data grows."""

import hashlib
from collections.abc import Sequence

import numpy as np

FOLDS = 5
HELD_OUT = 0
"""The fold that encoders and studies of hyperparameters never see."""


def fold_of(units: Sequence[str] | np.ndarray, folds: int = FOLDS) -> np.ndarray:
    """The fold of each unit: `(n,)` int64 in `0..folds-1`; equal units share a fold, whatever else is there.

    Raises:
        ValueError: fewer than two folds.
    """
    if folds < 2:
        raise ValueError(f"folds is {folds}; at least 2 are needed")
    unique, positions = np.unique(np.asarray(units, dtype=str), return_inverse=True)
    hashed = [int.from_bytes(hashlib.blake2b(unit.encode(), digest_size=8).digest(), "big") % folds for unit in unique]
    return np.asarray(hashed, dtype=np.int64)[positions]
