"""Own wordings are filled with names of the catalogue, their slots are right, and landed utterances come first."""

import json
from collections import Counter
from typing import Any

import pytest

from music_platform.features import wordings
from music_platform.features.catalogue import catalogue
from music_platform.features.utterances import utterances
from music_platform.tables import TABLES
from music_platform.tasks import INTENTS
from music_platform_tests.support.raw_rows import accepted, evaluated, raw

SONGS = accepted(
    catalogue,
    raw(
        "catalogue",
        {"title": "Cold Harbour (Ao Vivo)", "artist": "Ana Vento feat. Céu", "popularity": 50.0},
        {"title": "Lanterna - Remix", "artist": "Os Faróis; Mar"},
    ),
)


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return evaluated(wordings.wordings, SONGS)


@pytest.fixture(scope="module")
def judged() -> list[dict[str, Any]]:
    """The utterances where nothing is landed: own wordings alone."""
    return evaluated(utterances, raw("utterances"), SONGS)


def named(row: dict[str, Any], slot: str) -> set[str]:
    return {s["value"].lower() for s in json.loads(row["slots"]) if s["name"] == slot}


def test_every_intent_has_wordings_in_three_languages(rows: list[dict[str, Any]]) -> None:
    assert {(row["lang"], row["intent"]) for row in rows} == {(x, i) for x in ("en", "es", "pt") for i in INTENTS}
    assert len({(row["lang"], row["template"]) for row in rows}) > 1_500
    assert len({row["row_id"] for row in rows}) == len(rows)


def test_no_wording_is_there_twice_or_means_two_things(rows: list[dict[str, Any]]) -> None:
    times = Counter((row["lang"], row["template"]) for row in rows)
    assert max(times.values()) == max(wordings.FILLS.values())
    intents = {(row["lang"], row["template"], row["intent"]) for row in rows}
    assert len(intents) == len(times)


def test_slots_lie_where_they_say_and_no_place_is_left(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        assert not {"{", "}"} & {*row["text"]}
        for slot in json.loads(row["slots"]):
            assert row["text"][slot["start"] : slot["end"]] == slot["value"]


def test_names_are_those_of_the_catalogue_without_versions_and_guests(rows: list[dict[str, Any]]) -> None:
    invented = {name.lower() for pair in wordings._INVENTED for name in pair}
    assert set.union(*(named(row, "song") for row in rows)) - invented == {"cold harbour", "lanterna"}
    assert set.union(*(named(row, "artist") for row in rows)) - invented == {"ana vento", "os faróis"}


def test_names_are_typed_in_lower_case_too_and_with_quotes(rows: list[dict[str, Any]]) -> None:
    texts = [row["text"] for row in rows if named(row, "song")]
    assert 0.4 < sum(text.lower() == text for text in texts) / len(texts) < 0.7
    assert 0.2 < sum(any(mark in text for mark in "\"“'") for text in texts) / len(texts) < 0.7


def test_a_wording_is_one_template_however_it_is_typed(rows: list[dict[str, Any]]) -> None:
    same = [row for row in rows if row["template"] == "quien canta <song>"]
    assert len(same) == wordings.FILLS["other"]
    assert len({row["text"] for row in same}) > 1


def test_without_a_catalogue_names_are_invented() -> None:
    rows = evaluated(wordings.wordings, accepted(catalogue, raw("catalogue")))
    assert set.union(*(named(row, "artist") for row in rows)) == {artist.lower() for _, artist in wordings._INVENTED}


def test_the_same_catalogue_gives_the_same_rows(rows: list[dict[str, Any]]) -> None:
    assert evaluated(wordings.wordings, SONGS.take([1, 0])) == rows


def test_a_landed_utterance_comes_before_a_wording(judged: list[dict[str, Any]]) -> None:
    assert {row["rejected"] is None for row in judged} == {True, False}
    text = next(row["text"] for row in judged if row["slots"] == "[]" and row["rejected"] is None)
    both = evaluated(utterances, raw("utterances", {"text": text.upper(), "intent": "other", "lang": "en"}), SONGS)
    landed = next(row for row in both if row["source"] != wordings.WORDINGS)
    assert landed["rejected"] is None
    assert sum(row["rejected"] == f"the row is a duplicate of {landed['row_id']}" for row in both) >= 1


def test_filled_templates_keep_their_columns(judged: list[dict[str, Any]]) -> None:
    assert [*judged[0]] == [column.name for column in TABLES["utterances"].columns] + ["rejected"]
    assert wordings.filled("play {song} now", {"song": "Mar"}) == (
        "play Mar now",
        [{"name": "song", "value": "Mar", "start": 5, "end": 8}],
    )
