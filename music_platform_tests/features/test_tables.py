"""Tracks, utterances, articles, catalogue: values are filled in, bad rows are rejected, the best duplicate survives."""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from music_platform.features import wordings
from music_platform.features.articles import articles
from music_platform.features.catalogue import catalogue
from music_platform.features.text import text_key, track_hash
from music_platform.features.tracks import tracks
from music_platform.features.utterances import read_slots, utterances
from music_platform.tables import TABLES
from music_platform_tests.support.raw_rows import accepted, evaluated, raw


def track(**more: Any) -> dict[str, Any]:
    return {
        "track_id": "t1",
        "track_name": "Barco",
        "artists": "Ana Vento",
        "danceability": 0.5,
        "speechiness": 0.1,
        "instrumentalness": 0.0,
        "valence": 0.4,
        "tempo": 120.0,
        **more,
    }


@pytest.fixture(scope="module", autouse=True)
def few_wordings() -> Iterator[None]:
    """Fewer of the platform's own wordings, which no test here looks at."""
    with pytest.MonkeyPatch.context() as patch:
        drawn = wordings._drawn()[::200]
        patch.setattr(wordings, "_drawn", lambda: drawn)
        yield


NO_SONGS = accepted(catalogue, raw("catalogue"))


def landed(table: pa.Table) -> list[dict[str, Any]]:
    """The judged rows of the utterances in `table`, without own wordings."""
    return [row for row in evaluated(utterances, table, NO_SONGS) if row["source"] != wordings.WORDINGS]


@pytest.mark.parametrize("transform", [tracks, utterances, articles, catalogue])
def test_columns_are_those_of_the_schema(transform: Any) -> None:
    name = transform.__name__
    (row,) = landed(raw(name, {})) if name == "utterances" else evaluated(transform, raw(name, {}))
    assert [*row] == [column.name for column in TABLES[name].columns] + ["rejected"]
    assert "is required" in row["rejected"] or "the word count 0" in row["rejected"]


def test_tracks_are_filled() -> None:
    given, filled = evaluated(
        tracks,
        raw(
            "tracks",
            track(genre="Hip-Hop", artists="Léo Vento; Céu"),
            track(track_id=" ", genre="Zouk Love", tempo=99.0),
        ),
    )
    assert (given["track_id"], given["genre"], given["artist_key"]) == ("t1", "rap", "leo vento")
    assert (filled["track_id"], filled["genre"]) == (track_hash("Barco", "Ana Vento"), "zouk-love")
    assert given["rejected"] is filled["rejected"] is None


TRACKS: list[tuple[dict[str, Any], str | None]] = [
    ({"tempo": 39.9}, "tempo: 39.9 is outside the limits; a value from 40 to 250 is allowed"),
    ({"valence": 1.01}, "valence: 1.01 is outside the limits; a value from 0 to 1 is allowed"),
    ({"danceability": None}, "danceability: the value is missing"),
    ({"valence": float("inf")}, "valence: the value is not a finite number"),
    ({"key": 12}, "key: 12 is outside the limits; a value from -1 to 11 is allowed"),
    ({"track_name": None}, "track_name: the value is missing"),
    ({"artists": ""}, "artists: the text is empty"),
    ({"genre": "ロック"}, None),
]


@pytest.fixture(scope="module")
def judged_tracks() -> list[dict[str, Any]]:
    return evaluated(tracks, raw("tracks", *(track(**more) for more, _ in TRACKS)))


@pytest.mark.parametrize("place", range(len(TRACKS)), ids=[str(more) for more, _ in TRACKS])
def test_tracks_out_of_range_say_why(place: int, judged_tracks: list[dict[str, Any]]) -> None:
    found, reason = judged_tracks[place]["rejected"], TRACKS[place][1]
    assert found is None if reason is None else found.startswith(reason)


def test_duplicate_tracks() -> None:
    rows = evaluated(
        tracks,
        raw(
            "tracks",
            track(popularity=10.0),
            track(popularity=50.0, tempo=90.0),
            track(track_id="t2", track_name="Canto", valence=0.90001),
            track(track_id="t3", track_name="canto (Remastered 2011)", valence=0.90002, genre="rock"),
            track(track_id="t4", track_name="Canto - Remix", valence=0.9),
            track(track_id="t5", track_name="Canto", valence=0.8),
        ),
    )
    assert [row["rejected"] for row in rows] == [
        "the row is a duplicate of f:2",
        None,
        "the row is a duplicate of f:4",
        None,
        None,
        None,
    ]


def said(text: str | None = "Add Barco to my list", intent: str | None = "add", **more: Any) -> dict[str, Any]:
    return {"text": text, "intent": intent, **more}


def test_utterances_are_filled() -> None:
    slots = [
        {"name": "entity_name", "value": "Barco", "start": 4, "end": 9},
        {"name": "Playlist_Owner", "value": "my", "start": 13, "end": 15},
    ]
    named, bare = landed(
        raw(
            "utterances",
            said(intent=" ADD ", slots=json.dumps(slots), lang="EN-us"),
            said("tira essa música", "remove"),
        )
    )
    assert [slot["name"] for slot in json.loads(named["slots"])] == ["song", "playlist_owner"]
    assert json.loads(named["slots"])[0]["start"] == 4
    assert (named["intent"], named["lang"], named["template"]) == (
        "add",
        "en",
        "add <song> to <playlist_owner> list",
    )
    assert (bare["slots"], bare["lang"], bare["template"]) == ("[]", "pt", "tira essa musica")
    assert named["rejected"] is bare["rejected"] is None


UTTERANCES = [
    (said(intent="dance"), "intent: 'dance' is not one of add, remove"),
    (said(" "), "text: the word count 0 is outside the limits"),
    (said("la " * 101), "text: the word count 101 is outside the limits"),
    (said(lang="fr"), "lang: 'fr' is not one of"),
    (said(slots="song"), "slots: 'song' is not a JSON list"),
    (said(slots='{"name": "song"}'), "slots: "),
    (said(slots='[{"name": "song"}]'), "slots: "),
]


@pytest.fixture(scope="module")
def judged_utterances() -> list[dict[str, Any]]:
    return landed(raw("utterances", *(row for row, _ in UTTERANCES)))


@pytest.mark.parametrize("place", range(len(UTTERANCES)))
def test_utterances_that_break_a_rule_say_why(place: int, judged_utterances: list[dict[str, Any]]) -> None:
    assert judged_utterances[place]["rejected"].startswith(UTTERANCES[place][1])


def test_the_utterance_with_slots_survives_its_duplicates() -> None:
    slots = '[{"name": "track", "value": "Barco", "start": 4, "end": 9}]'
    rows = landed(
        raw(
            "utterances",
            said(),
            said("add barco to my list!", slots=slots),
            said("add mar"),
            said("Add Mar", "remove"),
        )
    )
    assert [row["rejected"] for row in rows] == [
        "the row is a duplicate of f:2",
        None,
        None,
        "the row is a duplicate of f:3",
    ]


def test_slots_must_be_a_list_of_named_values() -> None:
    assert read_slots('[{"name": "Track", "value": "x"}]') == [{"name": "song", "value": "x"}]
    with pytest.raises(ValueError):
        read_slots('[{"name": 1, "value": "x"}]')


def news(
    text: str | None = "The harbour firm opened a new pier", label: str | None = "2", **more: Any
) -> dict[str, Any]:
    return {"text": text, "label": label, **more}


def test_labels_are_names_or_places() -> None:
    labels = {"0": "World", "1": "Sports", " 2": "Business", "3": "Sci/Tech", "sci/tech": "Sci/Tech", "WORLD": "World"}
    rows = evaluated(articles, raw("articles", *(news(f"The news of {label!r}", label) for label in labels)))
    assert [(row["label"], row["rejected"]) for row in rows] == [(topic, None) for topic in labels.values()]


def test_articles_are_cleaned_and_joined_to_their_headline() -> None:
    text = "Pier opens The harbour firm #39;s pier"
    first, second = evaluated(
        articles, raw("articles", news("The harbour firm #39;s pier", title="Pier opens"), news())
    )
    assert first["text"] == "Pier opens The harbour firm 's pier"
    assert first["article_id"] == text_key(text.replace("#39;", "'"))
    assert second["text"] == "The harbour firm opened a new pier"


def test_articles_that_break_a_rule_say_why() -> None:
    rows = evaluated(
        articles,
        raw(
            "articles",
            news(label="4"),
            news("Pier opens"),
            news(None, title="Pier opens today"),
            news(),
            news("the HARBOUR firm opened a new pier."),
        ),
    )
    assert [row["rejected"] for row in rows] == [
        "label: '4' is not one of World, Sports, Business, Sci/Tech",
        "text: the word count 2 is outside the limits; a value from 3 to 5000 is allowed",
        "text: the word count 0 is outside the limits; a value from 3 to 5000 is allowed",
        None,
        "the row is a duplicate of f:4",
    ]


def test_the_most_popular_catalogue_row_survives() -> None:
    def row(title: str = "Barco", artist: str = "Ana Vento", **more: Any) -> dict[str, Any]:
        return {"title": title, "artist": artist, **more}

    rows = evaluated(
        catalogue,
        raw(
            "catalogue",
            row(popularity=10.0, track_id="c1"),
            row("BARCO", "ana-vento", popularity=60.0, album="Mar"),
            row("Barco (Ao Vivo)"),
            row("Canto", track_id="c1", popularity=5.0),
            row("Mar"),
            row("Mar", track_id="c9"),
            row(" "),
            row("Sal", popularity=101.0),
        ),
    )
    assert [row["rejected"] for row in rows] == [
        "the row is a duplicate of f:2",
        None,
        None,
        "the row is a duplicate of f:1",
        "the row is a duplicate of f:6",
        None,
        "title: the text is empty; at least one character is required",
        "popularity: 101.0 is outside the limits; a value from 0 to 100 is allowed",
    ]
    assert rows[1]["track_id"] == track_hash("BARCO", "ana-vento")
