"""Accepted corrections as rows: whose place they take, what they weigh, and that no figure is of them."""

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from music_platform.models.corrected import corrected
from music_platform.models.crossfit import train
from music_platform.models.rows import TASKS, rows
from music_platform.models.scorers.linear import Settings, count, fit
from music_platform_tests.support import tiny_models


def songs(n: int = 80) -> pa.Table:
    """Songs by 40 artists whose half of the vocabulary gives their genre."""
    draw, half = np.random.default_rng(5), len(tiny.WORDS) // 2
    label = [i // 2 % 2 for i in range(n)]
    return pa.table(
        {
            "song_id": [f"{i:016x}" for i in range(n)],
            "artist_key": [f"artist {i // 2}" for i in range(n)],
            "language": ["pt"] * n,
            "lyrics": [" ".join(tiny.WORDS[j] for j in draw.integers(0, half, 12) + half * which) for which in label],
            "genres": [[["rap", "samba"][which]] for which in label],
            "genre_scope": [["rap", "samba"]] * n,
        }
    )  # fmt: skip


def fixed(*given: tuple[int, str, str, list[str]]) -> pa.Table:
    """Accepted corrections: the day of the decision, text, label, ids of songs."""
    names = ("decided_at", "lyrics", "labels", "song_ids", "language", "correction_id")
    columns = [[datetime(2025, 5, day), text, [label], ids, "pt", "7"] for day, text, label, ids in given]
    schema = pa.schema(
        zip(names, (pa.timestamp("us"), pa.string(), *[pa.list_(pa.string())] * 2, *[pa.string()] * 2), strict=True)
    )
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in columns], schema)


def test_without_corrections_the_songs_are_as_they_are() -> None:
    assert corrected(songs(), fixed(), 3) == songs()


def test_the_last_correction_of_a_text_counts() -> None:
    one = f"{3:016x}"
    table = corrected(
        songs(),
        fixed(
            (2, "x", "samba", [one]), (1, "x", "rap", [one]), (1, "new words", "rap", []), (3, "New words!", "mpb", [])
        ),
        4,
    )
    rest, last = table.slice(0, 79), table.slice(79).to_pylist()
    assert set(rest["weight"].to_pylist()) == {1}
    assert all(rest["judged"].to_pylist())
    assert one not in rest["song_id"].to_pylist()
    assert [(row["artist_key"][:10], row["genres"], row["weight"], row["judged"]) for row in last] == [
        ("artist 1", ["samba"], 4, False),
        ("correction", ["mpb"], 4, False),
    ]
    assert last[0]["genre_scope"] == ["mpb", "rap", "samba"]


@pytest.mark.parametrize("task", ["genre", "genre_pt"])
def test_what_only_trains_is_in_no_figure_and_moves_the_model(task: str) -> None:
    new = "beat flow road blue rain hey yeah beat flow"
    table = corrected(songs(), fixed((1, new, "rap", []), (1, "x", "rap", [f"{2:016x}"])), 50)
    learned, plain = rows(TASKS[task], table), rows(TASKS[task], songs())
    after, before = train(TASKS[task], learned), train(TASKS[task], plain)
    assert set(before.predictions.ids) - set(after.predictions.ids) == {f"{2:016x}"}
    assert not any(identity.startswith("corrections") for identity in after.predictions.ids)
    at = learned.labels.index("rap")
    assert after.model.scores([new])[0, at] > before.model.scores([new])[0, at] + 0.2


def test_a_weight_is_as_many_copies() -> None:
    settings, draw = Settings(char_ngrams=(2, 2), min_df=1, balanced=False), np.random.default_rng(1)
    texts = [" ".join(draw.choice(tiny.WORDS, 5)) for _ in range(30)]
    truth = np.stack([draw.random(30) < 0.5, draw.random(30) < 0.5], axis=1)
    weights = np.where(np.arange(30) < 3, 4, 1)
    known = np.ones_like(truth)
    once = fit(count(texts, settings), ("a", "b"), truth, known, settings, single=False, weights=weights)
    copied = np.repeat(np.arange(30), weights)
    blocks = [block.rows(copied) for block in count(texts, settings)]
    many = fit(blocks, ("a", "b"), truth[copied], known[copied], settings, single=False)
    assert (once.scores(texts).argmax(axis=1) == many.scores(texts).argmax(axis=1)).mean() > 0.8
    plain = fit(count(texts, settings), ("a", "b"), truth, known, settings, single=False)
    right = np.where(truth, 1, -1)[:3]
    assert ((once.scores(texts) - plain.scores(texts))[:3] * right).mean() > 0.01
