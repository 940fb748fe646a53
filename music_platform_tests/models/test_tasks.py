"""Tasks as data and their training rows: labels, scopes, languages, what is left out."""

import numpy as np
import pyarrow as pa
import pytest

from music_platform.errors import InputError
from music_platform.models.rows import TASKS, rows
from music_platform.tables import TABLES


def songs(*groups):
    """A songs table of `(count, language, genres, scope)` groups, one artist per song."""
    table = [
        {"language": language, "genres": genres, "genre_scope": scope}
        for count, language, genres, scope in groups
        for _ in range(count)
    ]
    for i, row in enumerate(table):
        row |= {"song_id": f"{i:016x}", "artist_key": f"artist {i}", "lyrics": f"la {i}"}
    return pa.Table.from_pylist(table)


PT, EN = ["forro", "rap", "samba"], ["rap", "rock"]


def test_every_task_names_columns_of_its_table():
    for task in TASKS.values():
        columns = {column.name for column in TABLES[task.table].columns}
        named = {task.id, task.text, task.label, task.unit, task.group, task.language, task.scope} - {None}
        assert named <= columns


def test_a_genre_outside_the_scope_of_a_row_is_unknown():
    found = rows(
        TASKS["genre"],
        songs((25, "pt", ["samba"], PT), (25, "pt", ["rap"], PT), (30, "en", ["rap", "rock"], EN)),
    )
    assert found.labels == ("rap", "rock", "samba")
    assert found.known[0].tolist() == [True, False, True]
    assert found.known[-1].tolist() == [True, True, False]
    assert found.truth[-1].tolist() == [True, True, False]
    assert not (found.truth & ~found.known).any()


def test_a_genre_is_offered_only_for_languages_with_enough_artists():
    table = songs((25, "pt", ["rap"], PT), (25, "pt", ["samba"], PT), (30, "en", ["rock"], EN), (5, "en", ["rap"], EN))
    found = rows(TASKS["genre"], table)
    assert found.languages == {"rap": ["pt"], "rock": ["en"], "samba": ["pt"]}
    english = found.groups == "en"
    assert not found.known[english, found.labels.index("rap")].any()


def test_a_rare_genre_is_reported_and_not_learned():
    table = songs((20, "pt", ["samba"], PT), (20, "pt", ["rap"], PT), (19, "pt", ["forro"], PT))
    found = rows(TASKS["genre"], table)
    assert found.labels == ("rap", "samba")
    assert found.left_out == {"forro": 19}
    single = rows(TASKS["genre_pt"], table)
    assert single.left_out == {"forro": 19}
    assert single.dropped == {"with a label of under 20 units": 19}


def test_artists_count_not_songs():
    table = songs((40, "pt", ["samba"], PT), (20, "pt", ["rap"], PT), (20, "pt", ["forro"], PT))
    one = table.column("artist_key").to_pylist()
    one[:40] = ["the same"] * 40
    table = table.set_column(table.schema.get_field_index("artist_key"), "artist_key", pa.array(one))
    assert rows(TASKS["genre_pt"], table).left_out == {"samba": 1}


def test_songs_in_no_offered_language_or_without_a_genre_are_counted_as_dropped():
    table = songs((20, "pt", ["samba"], PT), (20, "pt", ["rap"], PT), (3, "und", ["samba"], PT), (2, "pt", [], PT))
    found = rows(TASKS["genre"], table)
    assert len(found.ids) == 40
    assert found.dropped == {"without a label": 2, "in a language or scope of no label": 3}


def test_genre_pt_takes_portuguese_songs_with_one_genre():
    table = songs(
        (20, "pt", ["samba"], PT),
        (21, "pt", ["rap"], PT),
        (7, "pt", ["rap", "samba"], PT),
        (9, "en", ["rap"], EN),
    )
    found = rows(TASKS["genre_pt"], table)
    assert found.truth.sum(axis=0).tolist() == [21, 20]
    assert found.known.all()
    assert found.dropped == {"not in pt": 9, "with several labels": 7}
    assert found.left_out == {}


def test_fixed_labels_keep_their_order_and_absent_ones_are_left_out():
    table = pa.Table.from_pylist(
        [
            {
                "row_id": f"{i:03}",
                "text": f"say {i}",
                "intent": intent,
                "lang": "es",
                "template": f"t{i}",
                "source": "speech",
            }
            for i, intent in enumerate(["view"] * 20 + ["add"] * 20)
        ]
    )
    found = rows(TASKS["intent"], table)
    assert found.labels == ("add", "view")
    assert found.left_out == {"remove": 0, "clear": 0, "other": 0}
    assert found.languages == {"add": ["es"], "view": ["es"]}
    assert found.sources.tolist() == ["speech"] * 40


def test_topics_have_no_language():
    table = pa.Table.from_pylist(
        [
            {"article_id": f"{i:03}", "text": f"news {i}", "label": label, "source": "wire"}
            for i, label in enumerate(["World", "Sports"] * 20)
        ]
    )
    assert rows(TASKS["topic"], table).languages == {"World": [], "Sports": []}


def test_the_order_of_the_table_does_not_matter():
    table = songs((20, "pt", ["samba"], PT), (20, "pt", ["rap"], PT))
    shuffled = table.take(np.random.default_rng(0).permutation(len(table)))
    one, two = rows(TASKS["genre"], table), rows(TASKS["genre"], shuffled)
    assert one.ids.tolist() == two.ids.tolist()
    assert (one.truth == two.truth).all()


@pytest.mark.parametrize(
    "table", [songs((19, "pt", ["samba"], PT), (30, "pt", ["rap"], PT)), songs((3, "en", ["rock"], EN))]
)
def test_too_few_labels_are_refused_in_one_line(table):
    with pytest.raises(InputError, match=r"^genre_pt: [01] of \d labels .* at least 2 must$"):
        rows(TASKS["genre_pt"], table)
