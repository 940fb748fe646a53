"""Long texts as windows of tokens, and windows as batches. Knows no network: NumPy and `tokenizers` only."""

from collections.abc import Sequence

import numpy as np
from tokenizers import Tokenizer


def windowed(tokenizer: Tokenizer, length: int, overlap: int) -> Tokenizer:
    """A copy that cuts texts into windows of `length` tokens, special ones included, without padding.

    `tokenizer.json` keeps the cut, so that a saved tokenizer reads texts as it did in training.
    """
    cutter = Tokenizer.from_str(tokenizer.to_str())
    cutter.no_padding()
    cutter.enable_truncation(length, stride=overlap)
    return cutter


def windows(tokenizer: Tokenizer, texts: Sequence[str], most: int) -> list[list[list[int]]]:
    """Token ids of the first `most` windows of each text; a text has at least one window."""
    cut = tokenizer.encode_batch(list(texts))
    return [[first.ids, *(rest.ids for rest in first.overflowing[: most - 1])] for first in cut]


def padded(
    texts: Sequence[Sequence[Sequence[int]]], pad: int = 0, width: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Windows of several texts as one batch, padded to the longest of them, or to `width` tokens if that is more.

    Returns:
        Ids and mask, (W, T) int64 each, and the position of each window's text, (W,) int64.
    """
    flat = [window for text in texts for window in text]
    ids = np.full((len(flat), max(width, *map(len, flat))), pad, np.int64)
    mask = np.zeros_like(ids)
    for row, window in enumerate(flat):
        ids[row, : len(window)] = window
        mask[row, : len(window)] = 1
    return ids, mask, np.repeat(np.arange(len(texts)), [len(text) for text in texts])
