"""Songs: merged across sources with every provenance kept, versioned by day."""

from datetime import date, datetime
from functools import partial
from typing import Any

import pyarrow as pa

from music_platform.features.songs import genre_trend, song_sources, songs, unknown_genres
from music_platform.features.text import song_id
from music_platform.tables import TABLES
from music_platform_tests.support.raw_rows import accepted, evaluated, raw

VERSE = "a slow lamp is on the river and you are my only boat in the night of the long road home"


def row(
    artist: str = "Ana Vento", title: str = "Barco", lyrics: str = VERSE, day: int = 1, **more: Any
) -> dict[str, Any]:
    return {
        "artist": artist,
        "title": title,
        "lyrics": lyrics,
        "fetched_at": datetime(2025, 3, day, 23, 59),
        "source": "north",
        "genres": ["rock"],
        **more,
    }


def merged(*rows: dict[str, Any], as_of: date | None = None) -> list[dict[str, Any]]:
    table = accepted(song_sources, raw("lyrics", *rows))
    return sorted(evaluated(partial(songs, as_of=as_of), table), key=lambda song: song["title"])


def test_a_source_row_is_cleaned_and_filled() -> None:
    (source,) = evaluated(
        song_sources,
        raw(
            "lyrics",
            row("ana-vento", "Barco (Ao Vivo)", f"[Coro]\n{VERSE} (2x)", genres=["R&B", "Rock", "zouk love"]),
        ),
    )
    assert source["rejected"] is None
    assert source["lyrics"] == VERSE
    assert source["language"] == "en"
    assert source["genres"] == ["r-b", "rock"]
    assert source["unknown_genres"] == ["zouk love"]
    assert source["words"] == len(VERSE.split())
    assert source["extracted_on"] == date(2025, 3, 1)
    assert [*source] == [column.name for column in TABLES["song_sources"].columns] + ["rejected"]


def test_rows_that_are_no_songs_say_why() -> None:
    reasons = [
        source["rejected"]
        for source in evaluated(
            song_sources,
            raw(
                "lyrics",
                row(lyrics="slow lamp"),
                row(lyrics="lamp " * 1501),
                row(lyrics="(Instrumental)"),
                row(artist="Genius Notes"),
                {**row(), "lyrics": None},
                {**row(), "artist": None},
                row(title=" "),
                row(problems=["year: 'x' is not a whole number"], year=None),
                row(year=99999),
            ),
        )
    ]
    assert reasons == [
        "lyrics: the word count 2 is outside the limits; a value from 20 to 1500 is allowed",
        "lyrics: the word count 1501 is outside the limits; a value from 20 to 1500 is allowed",
        "lyrics: the text says that the song is instrumental",
        "artist: 'Genius Notes' is a site, not an artist",
        "lyrics: the value is missing; a text is required",
        "artist: the value is missing; a text is required",
        "title: the text is empty; at least one character is required",
        "year: 'x' is not a whole number",
        "year: 99999 is outside the limits; a value from 1000 to 2100 is allowed",
    ]


def test_the_same_row_landed_again_is_a_duplicate_and_another_day_is_a_version() -> None:
    rows = evaluated(song_sources, raw("lyrics", row(), row(), row(day=2), row(genres=["pop"]), row(source="south")))
    assert [source["rejected"] for source in rows] == [None, "the row is a duplicate of f:1", None, None, None]


def test_one_song_across_sources_keeps_all_it_knows() -> None:
    (song,) = merged(
        row(
            "ana-vento",
            "Barco (Ao Vivo)",
            f"{VERSE} again",
            day=2,
            source="south",
            genres=["mpb"],
            album="Mar",
        ),
        row("Ana Vento", "Barco", f"{VERSE} again and again", day=2, source="north", genres=["rock"]),
        row(
            "Ana Vento",
            "Barco",
            f"{VERSE} for the longest time of all",
            day=1,
            source="north",
            genres=["pop"],
        ),
        row("Os Faróis", "Luz", f"light {VERSE}", source="south", genres=["samba"]),
    )[:1]
    assert song["title"] == "Barco"
    assert song["lyrics"].endswith("again and again")
    assert song["genres"] == ["mpb", "pop", "rock"]
    assert song["genre_scope"] == ["mpb", "pop", "rock", "samba"]
    assert song["sources"] == ["north", "south"]
    assert (song["first_extracted_on"], song["extracted_on"]) == (date(2025, 3, 1), date(2025, 3, 2))
    assert song["rejected"] is None
    assert [*song] == [*(column.name for column in TABLES["songs"].columns), "row_id", "rejected"]


def test_one_text_under_two_titles_is_one_song_unless_artists_differ() -> None:
    titles = [
        song["title"]
        for song in merged(row(), row(title="Barco Azul", lyrics=VERSE.upper()), row("Os Faróis", "Covered"))
    ]
    assert len(titles) == 2
    assert "Covered" in titles


def test_titles_and_texts_link_songs_over_several_steps() -> None:
    verses = [f"{VERSE} {ending}" for ending in ("one", "two", "three")]
    titles = ("Barco", "Rio", "Noite")
    # Barco - one - Rio - two - Noite - three: whichever row came first, its title is the song's.
    links = [(titles[0], verses[0]), (titles[1], verses[0]), (titles[1], verses[1]), (titles[2], verses[1])]
    links += [(titles[2], verses[2])]
    artists = [f"Artist {first}" for first in range(len(links))]
    rows = [
        row(artist, title, verse, day=1 if place == first else 2)
        for first, artist in enumerate(artists)
        for place, (title, verse) in enumerate(links)
    ]
    found = {song["artist"]: song["song_id"] for song in merged(*rows)}
    assert found == {artist: song_id(artist, links[first][0]) for first, artist in enumerate(artists)}


def test_a_songs_id_stays_when_rows_of_other_titles_arrive() -> None:
    titles = ("Rio", "Barco", "Estrada", "Casa")
    first = [row(f"Artist of {title}", "Noite") for title in titles]
    before = {song["artist"]: song["song_id"] for song in merged(*first)}
    after = merged(*first, *(row(f"Artist of {title}", title, day=2) for title in titles))
    assert {song["artist"]: song["song_id"] for song in after} == before
    assert len(after) == len(titles)


def test_every_page_and_title_of_a_source_is_kept_and_still_one_song() -> None:
    rows = (
        row(url="north/barco"),
        row(title="Barco (Ao Vivo)", url="north/barco"),
        row(url="north/barco-2"),
        row(url="north/barco"),
    )
    sources = evaluated(song_sources, raw("lyrics", *rows))
    assert [source["rejected"] for source in sources] == [None, None, None, "the row is a duplicate of f:1"]
    assert len(merged(*rows)) == 1


def test_songs_are_readable_as_of_a_past_day() -> None:
    rows = (
        row(),
        row(lyrics=f"{VERSE} changed", day=3, source="south", genres=["pop"]),
        row(title="Novo", lyrics=f"new {VERSE}", day=3),
    )
    (before,) = merged(*rows, as_of=date(2025, 3, 2))
    assert (before["lyrics"], before["genre_scope"], before["extracted_on"]) == (
        VERSE,
        ["rock"],
        date(2025, 3, 1),
    )
    after = merged(*rows, as_of=date(2025, 3, 3))
    assert [song["title"] for song in after] == ["Barco", "Novo"]
    assert after == merged(*rows)


def test_a_song_without_known_genres_has_its_sources_scope() -> None:
    song, _ = merged(row(genres=None), row(title="Outra", lyrics=f"other {VERSE}", genres=["rock"]))
    assert (song["genres"], song["genre_scope"]) == ([], ["rock"])
    (alone,) = merged(row(genres=None))
    assert (alone["genres"], alone["genre_scope"]) == ([], [])


def test_the_order_of_rows_does_not_matter() -> None:
    rows = [row(day=day, source=source, lyrics=f"{VERSE} {source}") for day in (1, 2) for source in ("a", "b", "c")]
    table = accepted(song_sources, raw("lyrics", *rows))
    back = table.take(pa.array(range(table.num_rows - 1, -1, -1)))
    assert evaluated(songs, table) == evaluated(songs, back)


def test_trend_and_unknown_genres() -> None:
    table = accepted(
        song_sources,
        raw(
            "lyrics",
            row(genres=["rock", "pop", "zouk love"]),
            row(title="B", lyrics=f"b {VERSE}", genres=["rock", "zouk love"]),
            row(title="C", lyrics=f"c {VERSE}", day=2, genres=["afoxé"]),
            row(title="D", lyrics=f"d {VERSE}", day=2, genres=["pop"]),
        ),
    )
    trend = evaluated(genre_trend, table)
    assert [(t["extracted_on"].day, t["genre"], t["songs"], t["share"], t["rejected"]) for t in trend] == [
        (1, "pop", 1, 0.5, None),
        (1, "rock", 2, 1.0, None),
        (2, "pop", 1, 0.5, None),
    ]
    assert evaluated(unknown_genres, table) == [
        {"name": "afoxé", "source": "north", "songs": 1, "row_id": "afoxé north", "rejected": None},
        {"name": "zouk love", "source": "north", "songs": 2, "row_id": "zouk love north", "rejected": None},
    ]


def credited(*artists: str) -> dict[str, set[str]]:
    """Artist as written -> the keys of its rows, each row with a text of its own."""
    rows = [row(artist, lyrics=f"{VERSE} number {place}") for place, artist in enumerate(artists)]
    found: dict[str, set[str]] = {}
    for one in evaluated(song_sources, raw("lyrics", *rows)):
        found.setdefault(one["artist"], set()).add(one["artist_key"])
    return found


def test_a_band_with_commas_is_no_list_of_artists() -> None:
    found = credited("Salt", "Salt, Rope & Tar", "Rope")
    assert found == {"Salt": {"salt"}, "Salt, Rope & Tar": {"salt rope tar"}, "Rope": {"rope"}}


def test_artists_who_all_occur_alone_are_a_list() -> None:
    assert credited("Salt", "Salt, Rope & Tar", "Rope", "Tar")["Salt, Rope & Tar"] == {"salt"}


def test_a_name_written_last_name_first_is_the_artist_who_occurs_alone() -> None:
    found = credited("Vento, Ana", "Ana Vento", "Ribeiro, Lia")
    assert found["Vento, Ana"] == found["Ana Vento"] == {"ana vento"}
    assert found["Ribeiro, Lia"] == {"ribeiro"}


def test_where_semicolons_part_artists_commas_belong_to_names() -> None:
    assert credited("Rope, Tar; Salt", "Rope, Tar")["Rope, Tar"] == {"rope tar"}
    assert credited("Rope, Tar")["Rope, Tar"] == {"rope"}


OTHER = "a baker hums before the town awakes and folds the bread into an old blue coat that nobody has left to sell"


def test_two_songs_of_one_title_with_other_texts_stay_two() -> None:
    two = [row(title="Intro", album="First Light"), row(title="Intro", lyrics=OTHER, album="Second Light")]
    found = merged(*two)
    assert {song["lyrics"] for song in found} == {VERSE, OTHER}
    assert len({song["song_id"] for song in found}) == 2
    assert song_id("Ana Vento", "Intro") in {song["song_id"] for song in found}
    again = merged(*two, row(title="Intro", lyrics=f"{OTHER} at noon", day=2, album="Second Light"))
    assert {song["song_id"] for song in again} == {song["song_id"] for song in found}


def test_another_text_of_one_page_and_a_version_of_a_text_are_one_song() -> None:
    page = {"url": "https://north.example/ana-vento/intro"}
    (song,) = merged(row(title="Intro", **page), row(title="Intro", lyrics=OTHER, day=2, **page))
    assert song["lyrics"] == OTHER
    (song,) = merged(row(title="Intro"), row(title="Intro (Live)", lyrics=f"good evening my friends {VERSE}", day=2))
    assert song["words"] == len(VERSE.split()) + 4


def test_names_whose_letters_were_decoded_wrongly_are_repaired() -> None:
    (song,) = merged(row("AntÃ´nia Vento", "CanÃ§Ã£o"), row("Antônia Vento", "Canção", day=2))
    assert (song["artist"], song["title"]) == ("Antônia Vento", "Canção")
