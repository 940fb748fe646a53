"""Invents tracks with audio features, drawn from a few styles that go with genre."""

import numpy as np
import pyarrow as pa

from music_platform.sample.songs import Artist, artists, title
from music_platform.sample.vocabulary import chance, pick
from music_platform.tasks import CLUSTER_FEATURES

ROWS = 5_000

FEATURES = (*CLUSTER_FEATURES, "energy", "acousticness", "liveness")

STYLES = {
    "talk": ((0.72, 0.32, 0.02, 0.50, 104, 0.66, 0.18, 0.20), ("rap", "funk")),
    "dance": (
        (0.78, 0.07, 0.05, 0.74, 124, 0.78, 0.16, 0.15),
        ("reggaeton", "pagode", "forro", "samba", "pop"),
    ),
    "calm": ((0.42, 0.04, 0.55, 0.22, 84, 0.26, 0.80, 0.12), ("mpb", "gospel", "r-b")),
    "loud": ((0.40, 0.06, 0.10, 0.38, 152, 0.90, 0.06, 0.30), ("heavy-metal", "rock")),
    "song": ((0.58, 0.04, 0.02, 0.48, 112, 0.62, 0.42, 0.24), ("sertanejo", "country")),
}
"""A style's mean of each feature, and the genres at home in it."""

SPREADS = (0.10, 0.04, 0.10, 0.15, 14, 0.12, 0.14, 0.08)

AT_HOME = 0.7
"""Share of a genre's tracks in the style where it is at home; the others are in any."""

NAMES = {"rap": "Hip-Hop", "r-b": "R&B", "forro": "Forró", "mpb": "MPB", "heavy-metal": "Metal"}
"""Genre -> its spelling in the source, where that is not the slug."""


def _style_of(genre: str, rng: np.random.Generator) -> int:
    homes = [at for at, (_, genres) in enumerate(STYLES.values()) if genre in genres]
    return homes[0] if homes and rng.random() < AT_HOME else int(rng.integers(len(STYLES)))


def _features(styles: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Features of tracks: (n,) style numbers to (n, 8), in the order of `FEATURES`."""
    means = np.array([mean for mean, _ in STYLES.values()])
    values = rng.normal(means[styles], SPREADS)
    unit = [at for at, name in enumerate(FEATURES) if name != "tempo"]
    values[:, unit] = np.clip(np.abs(values[:, unit]), 0, 1)
    return values.round(4)


def _names(rng: np.random.Generator, count: int) -> tuple[list[str], list[str], list[Artist]]:
    leads = [pick(rng, artists()) for _ in range(count)]
    guests = [pick(rng, artists()).name if rng.random() < 0.08 else "" for _ in range(count)]
    credited = [f"{lead.name};{guest}" if guest else lead.name for lead, guest in zip(leads, guests, strict=True)]
    return [title(rng, lead.language) for lead in leads], credited, leads


def tracks(size: float = 1.0) -> pa.Table:
    """The tracks: 5,000 at size 1; under 10 % are repeated, incomplete or out of range.

    Returns:
        A table with the columns of the `tracks` kind; tempo is text, as a source that writes "n/a" leaves it.
    """
    rng = chance("tracks")
    count = max(300, round(ROWS * size))
    titles, credited, leads = _names(rng, count)
    values = _features(np.array([_style_of(lead.genres[0], rng) for lead in leads]), rng)
    versions = rng.choice(count, count // 50, replace=False)
    for at in versions:
        titles[at] += pick(rng, (" - Remastered", " (Ao Vivo)", " - Radio Edit"))
    columns: dict[str, np.ndarray] = {name: values[:, at].copy() for at, name in enumerate(FEATURES)}
    missing, wrong = np.split(rng.choice(count, int(count * 0.035), replace=False), [int(count * 0.02)])
    for name, rows in zip(CLUSTER_FEATURES, np.array_split(missing, len(CLUSTER_FEATURES)), strict=True):
        columns[name][rows] = np.nan
    columns["danceability"][wrong[::3]] = 1.7
    columns["tempo"][wrong[1::3]] = 0
    tempo = [None if np.isnan(beat) else f"{beat:.3f}" for beat in columns["tempo"]]
    for at in wrong[2::3]:
        tempo[at] = "n/a"
    known = rng.random(count) < 0.6
    genres = [NAMES.get(lead.genres[0], lead.genres[0]) for lead in leads]
    table = pa.table(
        {
            "track_id": [f"smp{at:019d}" for at in range(count)],
            "track_name": titles,
            "artists": credited,
            "album": [title(rng, lead.language) for lead in leads],
            "genre": [genre if is_known else None for genre, is_known in zip(genres, known, strict=True)],
            "popularity": rng.integers(0, 101, count),
            "year": rng.integers(1970, 2026, count),
            "explicit": rng.random(count) < 0.1,
            **{name: pa.array(columns[name], from_pandas=True) for name in FEATURES if name != "tempo"},
            "tempo": tempo,
            "loudness": rng.normal(-8, 3, count).clip(-40, 0).round(3),
            "key": rng.integers(-1, 12, count),
            "mode": rng.integers(0, 2, count),
            "duration_ms": rng.integers(120_000, 330_000, count),
            "time_signature": rng.choice([3, 4, 4, 4, 5], count),
        }
    )
    # A repeated row is the one before it: exported twice, or the same recording under another identifier.
    repeated = rng.choice(np.arange(1, count, 2), int(count * 0.03), replace=False)
    origin = np.arange(count)
    origin[repeated] -= 1
    identifiers = origin.copy()
    identifiers[repeated[::2]] += 1
    return table.take(origin).set_column(0, "track_id", table["track_id"].take(identifiers))
