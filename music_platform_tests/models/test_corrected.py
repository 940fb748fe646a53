"""Accepted corrections as rows: they take the place of songs, weigh more, and are in no figure."""

from datetime import datetime

import pyarrow as pa
import pytest

from music_platform.models.corrected import corrected
from music_platform.models.crossfit import train
from music_platform.models.rows import rows
from music_platform.models.scorers.linear import LinearHyperparameters
from music_platform.tasks import TASKS
from music_platform_tests.support.tiny_rows import songs


def fixed(*given: tuple[int, str, str, list[str]]) -> pa.Table:
    """Accepted corrections: the day of the decision, text, label, ids of songs."""
    names = ("decided_at", "lyrics", "labels", "song_ids", "language", "correction_id")
    columns = [[datetime(2025, 5, day), text, [label], ids, "pt", "7"] for day, text, label, ids in given]
    schema = pa.schema(
        zip(names, (pa.timestamp("us"), pa.string(), *[pa.list_(pa.string())] * 2, *[pa.string()] * 2), strict=True)
    )
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in columns], schema)


def test_without_corrections_the_songs_are_as_they_are() -> None:
    assert corrected(songs(80), fixed(), 3) == songs(80)


def test_the_last_correction_of_a_text_counts() -> None:
    one = f"{3:016x}"
    table = corrected(
        songs(80),
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
    table = corrected(songs(80), fixed((1, new, "rap", []), (1, "x", "rap", [f"{2:016x}"])), 50)
    learned, plain = rows(TASKS[task], table), rows(TASKS[task], songs(80))
    after, before = (train(TASKS[task], found, LinearHyperparameters()) for found in (learned, plain))
    assert set(before.predictions.ids) - set(after.predictions.ids) == {f"{2:016x}"}
    assert not any(identity.startswith("corrections") for identity in after.predictions.ids)
    at = learned.labels.index("rap")
    assert after.model.scores([new])[0, at] > before.model.scores([new])[0, at] + 0.2
