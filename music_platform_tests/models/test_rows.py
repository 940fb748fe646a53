"""The training rows of a task: labels, scopes, languages, what is left out, and their hash."""

from dataclasses import fields, replace

import numpy as np
import pyarrow as pa
import pytest

from music_platform.errors import InputError
from music_platform.models.rows import Rows, rows
from music_platform.tasks import TASKS
from music_platform_tests.support.training_rows import EN, PT, songs, training_rows

OTHER = {
    "labels": ("forro", "rap", "pagode"),
    "languages": {"forro": ["en"]},
    "left_out": {"polka": 3},
    "dropped": {"without a label": 1},
}


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
    with pytest.raises(
        InputError,
        match=r"^genre_pt: (no|only 1) label has songs of 20 or more artists; 2 labels are needed, so land more$",
    ):
        rows(TASKS["genre_pt"], table)


@pytest.mark.parametrize("name", [field.name for field in fields(Rows)])
def test_every_field_of_the_rows_is_in_the_hash(name):
    rows = training_rows(30)
    value = getattr(rows, name)
    other = ~value if name in ("truth", "known", "judged") else OTHER.get(name, np.roll(value, 1))
    if name == "weights":
        other = value + 1
    if name in ("groups", "sources"):
        other = np.full(30, "en", object)
    assert replace(rows, **{name: other}).hash != rows.hash
    assert training_rows(30).hash == rows.hash


def test_texts_that_move_over_a_border_change_the_hash():
    rows = training_rows(30)
    one, other = (np.array([*pair, *rows.texts[2:]], object) for pair in (("a\0b", "c"), ("a", "b\0c")))
    assert replace(rows, texts=one).hash != replace(rows, texts=other).hash
