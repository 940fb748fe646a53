"""Exports and data sets as people have them: one small invented file of each is read by its own names of columns."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from music_platform.cli.docs import SETS
from music_platform.ingestion.column_names import table
from music_platform.ingestion.readers import ignored_columns, read, reading_of
from music_platform.schema import KINDS

ID = "0aB" * 7 + "1"
AUDIO = {"danceability": 0.5, "speechiness": 0.1, "instrumentalness": 0.0, "valence": 0.4, "tempo": 101.5}
NUMBERS = "0.5,0.1,0,0.4,101.5"
EXPORTIFY = (
    "Track URI,Track Name,Artist Name(s),Album Name,Release Date,Duration (ms),Popularity,Explicit,Genres,Energy,Key,"
    "Loudness,Mode,Acousticness,Liveness,Time Signature,Danceability,Speechiness,Instrumentalness,Valence,Tempo\n"
    'spotify:track:aa1,Lamp Oil,"Ona Reed,Tin Sparrow",Wick,2016-03-04,201000,31,true,"slow folk,chamber",0.3,7,-9,1,'
    f"0.8,0.1,3,{NUMBERS}\n"
)
KAGGLE_114K = (
    ",track_id,artists,album_name,track_name,danceability,speechiness,instrumentalness,valence,tempo,track_genre\n"
    f"0,aa1,Ona Reed;Tin Sparrow,Wick,Lamp Oil,{NUMBERS},folk\n"
)
KAGGLE_1921 = (
    "id,name,artists,explicit,year,release_date,danceability,speechiness,instrumentalness,valence,tempo\n"
    f'{ID},Lamp Oil,"[\'Ona Reed\', ""Tin\'s Sparrow""]",0,1931,1931-05-01,{NUMBERS}\n'
)
SPOTIFY_FEATURES = (
    "genre,artist_name,track_name,track_id,key,mode,time_signature,danceability,speechiness,instrumentalness,valence,"
    f"tempo\nFolk,Ona Reed,Lamp Oil,aa1,D#,Minor,3/4,{NUMBERS}\n"
)
SONG = {
    "title": "Lamp Oil",
    "primary_artist": {"name": "Ona Reed", "id": 3},
    "album": {"name": "Wick"},
    "lyrics": "the wick is low",
    "release_date": "2016-03-04",
    "url": "https://example.org/lamp-oil",
}
READ: dict[str, tuple[str, str, Any, dict[str, Any]]] = {
    "Exportify": (
        "tracks",
        "my_list.csv",
        EXPORTIFY,
        {**AUDIO, "track_id": "aa1", "track_name": "Lamp Oil", "artists": "Ona Reed, Tin Sparrow", "album": "Wick",
         "year": 2016, "duration_ms": 201000, "explicit": True, "genre": "slow folk", "time_signature": 3},
    ),
    "TuneMyMusic": (
        "catalogue",
        "list.csv",
        "\ufeffTrack name,Artist name,Album,Playlist name,Type,ISRC,Spotify - id\n"
        "Lamp Oil,Ona Reed,Wick,L,Playlist,,aa1\n",
        {"title": "Lamp Oil", "artist": "Ona Reed", "album": "Wick", "track_id": "aa1"},
    ),
    "Kaggle 114k Spotify tracks (`dataset.csv`)": (
        "tracks",
        "dataset.csv",
        KAGGLE_114K,
        {**AUDIO, "track_id": "aa1", "artists": "Ona Reed, Tin Sparrow", "album": "Wick", "genre": "folk"},
    ),
    "Kaggle Spotify 1921-2020 (`data.csv`)": (
        "tracks",
        "data.csv",
        KAGGLE_1921,
        {**AUDIO, "track_id": ID, "track_name": "Lamp Oil", "artists": "Ona Reed, Tin's Sparrow", "year": 1931,
         "explicit": False},
    ),
    "Kaggle Ultimate Spotify Tracks (`SpotifyFeatures.csv`)": (
        "tracks",
        "SpotifyFeatures.csv",
        SPOTIFY_FEATURES,
        {**AUDIO, "artists": "Ona Reed", "genre": "Folk", "key": 3, "mode": 0, "time_signature": 3},
    ),
    "LyricsGenius (`.json`)": (
        "lyrics",
        "Lyrics_OnaReed.json",
        json.dumps({"name": "Ona Reed", "songs": [SONG]}),
        {"title": "Lamp Oil", "artist": "Ona Reed", "album": "Wick", "lyrics": "the wick is low", "year": 2016},
    ),
    "Tables of lyrics": (
        "lyrics",
        "lyric.csv",
        "song,artist_name,text,tag\nLamp Oil,Ona Reed,the wick is low,folk\n",
        {"title": "Lamp Oil", "artist": "Ona Reed", "lyrics": "the wick is low", "genres": ["folk"]},
    ),
    "AG News (`train.csv`)": (
        "articles",
        "train.csv",
        "Class Index,Title,Description\n4,A lamp,It is lit.\n1,A vote,It is held.\n",
        {"label": "Sci/Tech", "title": "A lamp", "text": "It is lit."},
    ),
}  # fmt: skip


@pytest.fixture
def rows(tmp_path: Path) -> Callable[..., Any]:
    """Writes a file and reads it as a kind."""

    def run(kind: str, name: str, content: str) -> Any:
        (tmp_path / name).write_text(content, "utf-8")
        return read(KINDS[kind], tmp_path / name, landed_at=datetime(2026, 1, 1, tzinfo=UTC))

    return run


def test_every_documented_set_is_read_here():
    assert [name for name, *_ in SETS] == list(READ)


@pytest.mark.parametrize(("kind", "name", "content", "expected"), READ.values(), ids=READ)
def test_a_set_is_read_as_it_is(rows, kind, name, content, expected):
    found = rows(kind, name, content)
    first = found.to_pylist()[0]
    assert {column: first[column] for column in expected} == expected
    assert (first["problems"], first["unread"]) == ([], [])


def test_what_is_left_out_is_told(rows):
    assert ignored_columns(rows(*READ["TuneMyMusic"][:3])) == ("ISRC", "Playlist name", "Type")
    reading = reading_of(rows(*READ["Kaggle Spotify 1921-2020 (`data.csv`)"][:3]))
    assert reading.passed_over == {"release_date": "year"}
    assert reading.mapped == {"id": "track_id", "name": "track_name"}


def test_a_columns_own_name_wins_and_then_the_first_of_the_table(rows):
    found = rows("catalogue", "c.csv", "song,Track Name,title,artists,Artist Name(s)\na,b,c,d,e\n")
    assert (found["title"][0].as_py(), found["artist"][0].as_py()) == ("c", "e")
    assert reading_of(found).passed_over == {"song": "title", "Track Name": "title", "artists": "artist"}


@pytest.mark.parametrize("content", [SONG, [SONG], {"songs": [SONG]}, {"tracks": [{"number": 1, "song": SONG}]}])
def test_every_shape_that_lyricsgenius_saves(rows, content):
    (row,) = rows("lyrics", "Lyrics.JSON", json.dumps(content)).to_pylist()
    assert (row["title"], row["artist"], row["year"]) == ("Lamp Oil", "Ona Reed", 2016)


def test_a_number_of_a_row_is_no_identifier(rows):
    found = rows("catalogue", "c.csv", "id,title,artist\n1,Lamp Oil,Ona Reed\n")
    assert (found["track_id"].to_pylist(), found["unread"].to_pylist()) == ([None], [[]])


def test_ag_news_without_a_header_counts_from_one(rows):
    found = rows("articles", "train.csv", '"3","A lamp","It is lit."\n"2","A race","It is run."\n')
    assert found["label"].to_pylist() == ["Business", "Sports"]
    assert found["row_id"].to_pylist()[0].endswith(":1")


@pytest.mark.parametrize(
    ("written", "artists"),
    [
        ("Ona Reed,Tin Sparrow", "Ona Reed, Tin Sparrow"),
        ("10,000 Lamps", "10,000 Lamps"),
        ("Oil, Wick & Flame", "Oil, Wick & Flame"),
        ("Oil, Wick & Flame;Ona Reed", "Oil, Wick & Flame; Ona Reed"),
    ],
)
def test_artists_of_an_export_keep_their_own_commas(rows, written, artists):
    found = rows("catalogue", "c.csv", f'Track Name,Artist Name(s)\nLamp Oil,"{written}"\n')
    assert found["artist"].to_pylist() == [artists]


def test_every_name_of_the_table_leads_to_a_column_of_its_kind():
    for row in table():
        columns = {column.name for column in KINDS[row.kind].columns} | {"genre"}
        assert row.column in columns
        assert row.name not in columns or row.kind != row.column
