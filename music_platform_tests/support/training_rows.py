"""Invented songs, texts and training rows for the tests of models that count words."""

import numpy as np
import pyarrow as pa

from music_platform.models.rows import Rows

PT, EN = ["forro", "rap", "samba"], ["rap", "rock"]
"""The genres that Portuguese songs, and English ones, could have."""
NAMES = ("forro", "rap", "samba")
WORDS = {
    "samba": "roda pandeiro morro cavaquinho avenida bamba",
    "rap": "rima beat rua quebrada flow mic",
    "forro": "sanfona xote baiao zabumba arraial sertao",
}
COMMON = "amor noite céu coração você vida mar sonho tempo saudade"


def songs(*groups: tuple[int, str, list[str], list[str]]) -> pa.Table:
    """A songs table of `(count, language, genres, scope)` groups, one artist per song."""
    table = [
        {"language": language, "genres": genres, "genre_scope": scope}
        for count, language, genres, scope in groups
        for _ in range(count)
    ]
    for i, row in enumerate(table):
        row |= {"song_id": f"{i:016x}", "artist_key": f"artist {i}", "lyrics": f"la {i}"}
    return pa.Table.from_pylist(table)


def invented(n: int = 120, seed: int = 0, names: tuple[str, ...] = ("rap", "samba")) -> tuple[list[str], np.ndarray]:
    """Texts that share most words and lean to their label in the rest; (n, L) truth."""
    random = np.random.default_rng(seed)
    which = random.integers(len(names), size=n)
    texts = [
        " ".join([*random.choice(COMMON.split(), 12), *random.choice(WORDS[names[label]].split(), 4)])
        for label in which
    ]
    return texts, which[:, None] == np.arange(len(names))


def training_rows(n: int = 300, *, seed: int = 0) -> Rows:
    """Rows of three labels, three of each artist."""
    texts, truth = invented(n, seed, NAMES)
    return Rows(
        labels=NAMES,
        ids=np.array([f"{i:016x}" for i in range(n)], object),
        texts=np.array(texts, object),
        units=np.array([f"artist {i // 3}" for i in range(n)], object),
        groups=np.full(n, "pt", object),
        sources=np.full(n, "", object),
        truth=truth,
        known=np.ones_like(truth),
        weights=np.ones(n, int),
        judged=np.ones(n, bool),
        languages={name: ["pt"] for name in NAMES},
        left_out={},
        dropped={},
    )
