"""Invented rows in the few words that the networks of `tiny_models` know. Neither torch nor a tokenizer is imported."""

import numpy as np
import pyarrow as pa

from music_platform.models.rows import Rows

WORDS = ["la", "vem", "sol", "mar", "rua", "noite", "dança", "hey", "yeah", "beat", "flow", "road", "blue", "rain"]
HALF = len(WORDS) // 2
"""The words before this place speak for the first of two labels, the others for the second."""


def songs(n: int = 160, genres: tuple[str, str] = ("rap", "samba")) -> pa.Table:
    """Portuguese songs, two of each artist, whose half of the vocabulary gives their genre."""
    draw = np.random.default_rng(5)
    label = draw.integers(0, 2, n)
    return pa.table(
        {
            "song_id": [f"{i:016x}" for i in range(n)],
            "artist_key": [f"artist {i // 2}" for i in range(n)],
            "language": ["pt"] * n,
            "lyrics": [_text(draw, which, 12) for which in label],
            "genres": [[genres[which]] for which in label],
            "genre_scope": [sorted(genres)] * n,
        }
    )


def utterances(n: int = 160) -> pa.Table:
    """Requests of two intents, each in words of its own half of the vocabulary."""
    draw = np.random.default_rng(5)
    label = draw.integers(0, 2, n)
    return pa.table(
        {
            "row_id": [f"row {i:04}" for i in range(n)],
            "template": [f"template {i // 2}" for i in range(n)],
            "lang": ["en"] * n,
            "source": [f"source {i % 3 // 2}" for i in range(n)],
            "text": [_text(draw, which, 6) for which in label],
            "intent": [["add", "clear"][which] for which in label],
        }
    )


def rows(*, single: bool, n: int = 48, longest: int = 30) -> Rows:
    """Texts whose first half of the vocabulary speaks for the first label, and cells of which some are unknown."""
    draw = np.random.default_rng(3)
    label = draw.integers(0, 2, n)
    texts = [_text(draw, which, int(draw.integers(4, longest))) for which in label]
    truth = np.eye(2, dtype=bool)[label]
    known = np.ones_like(truth)
    if not single:
        known[::7, 1] = False
    return Rows(
        labels=("sunny", "blue"),
        ids=np.array([f"row {i}" for i in range(n)]),
        texts=np.array(texts, object),
        units=np.array([f"unit {i // 2}" for i in range(n)]),
        groups=np.full(n, "en"),
        sources=np.full(n, ""),
        truth=truth & known,
        known=known,
        weights=np.ones(n, int),
        judged=np.ones(n, bool),
        languages={},
        left_out={},
        dropped={},
    )


def _text(draw: np.random.Generator, label: int, length: int) -> str:
    return " ".join(WORDS[i] for i in draw.integers(0, HALF, length) + HALF * label)
