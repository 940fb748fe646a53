"""Finding songs of an invented catalogue: what comes first, what is forgiven, what does no harm."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from music_platform.serving.catalogue.ranking import MATCHES
from music_platform.serving.catalogue.search import CatalogueSearch, Song
from music_platform_tests.support.catalogue_samples import CATALOGUE, TRACKS, built


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> CatalogueSearch:
    path = tmp_path_factory.mktemp("catalogue") / "catalogue.sqlite"
    built(path)
    return CatalogueSearch(path)


def ids(hits: list) -> list[str]:
    return [hit.song.track_id for hit in hits]


@pytest.mark.parametrize(
    ("query", "first", "match"),
    [
        ("paper lanterns", "c01", "exact"),
        ("PÁPER   lanterns!", "c01", "exact"),
        ("paperlanterns", "c01", "exact"),
        ("grey herons paper lanterns", "c04", "exact"),
        ("paper lanterns the grey herons", "c04", "exact"),
        ("paper lanterns live", "c03", "exact"),
        ("Paper Lanterns - Remastered 2015", "c02", "exact"),
        ("paper lant", "c01", "prefix"),
        ("coracao de areia", "c06", "exact"),
        ("???", "c11", "exact"),
        ("ppaer lanterns grey hreons", "c04", "corrected"),
        ("papr lantern ana vael", "c01", "corrected"),
        ("tinwhistle bleus", "c07", "corrected"),
        ("tin whi stle bleus", "c07", "corrected"),
        ("nigth fery quill", "c08", "corrected"),
        ("that lantern keeper song", "c12", "fuzzy"),
        ("crossings night ferry", "c08", "prefix"),
    ],
)
def test_free_text_finds_the_song_and_says_how(catalogue: CatalogueSearch, query: str, first: str, match: str) -> None:
    hits = catalogue.search(query)
    assert (hits[0].song.track_id, hits[0].match) == (first, match)
    assert (hits[0].score == 1) == (match == "exact")


@pytest.mark.parametrize(
    ("title", "artist", "first"),
    [
        ("paper lanterns", "ana vale", "c01"),
        ("paper lanterns", "The Grey Herons", "c04"),
        ("paper lanterns", "otto quill", "c01"),
        ("paper lanterns", "grey heron", "c04"),
        ("paper lanterns (live)", "ana vale", "c03"),
        ("papr lantrens", "gery herons", "c04"),
        ("tin whistle blues", "mara fenn", "c07"),
        ("night ferry", "mara fenn", "c08"),
        ("night ferry", "otto quill feat. mara fenn", "c08"),
        ("night ferry", "ana vale", "c09"),
        ("xx", "q9", "c13"),
        ("???", "!!!", "c11"),
    ],
)
def test_title_and_artist_are_found_whoever_is_named(
    catalogue: CatalogueSearch, title: str, artist: str, first: str
) -> None:
    assert ids(catalogue.find(title, artist))[0] == first


def test_versions_of_a_song_are_one_and_the_plain_one_stands_for_them(catalogue: CatalogueSearch) -> None:
    hits = catalogue.find("paper lanterns")
    assert ids(hits)[:2] == ["c01", "c04"]
    assert not {"c02", "c03"} & set(ids(hits))
    assert ids(catalogue.find("paper lanterns (live)", "ana vale")).count("c01") == 0


def test_exact_comes_before_beginnings_and_title_before_popularity(catalogue: CatalogueSearch) -> None:
    hits = catalogue.find("paper")
    assert ids(hits)[0] == "c05"
    assert ids(hits)[1:] == ["c01", "c04"]
    assert [hit.match for hit in hits] == ["exact", "prefix", "prefix"]
    assert [MATCHES.index(hit.match) for hit in hits] == sorted(MATCHES.index(hit.match) for hit in hits)


def test_of_an_artist_alone_the_most_popular_songs_come_first(catalogue: CatalogueSearch) -> None:
    assert ids(catalogue.find(artist="The Grey Herons")) == ["c04", "c12", "t03"]
    assert ids(catalogue.find(artist="grey heron", limit=2)) == ["c04", "c12"]
    assert set(ids(catalogue.find(artist="mara fenn"))) == {"c07", "c08"}
    assert ids(catalogue.search("ana vale"))[:2] == ["c10", "c01"]


def test_a_recording_of_both_tables_is_one_song_with_the_facts_of_both(catalogue: CatalogueSearch) -> None:
    assert catalogue.song("c01") == Song(
        "c01", "Paper Lanterns", "Ana Vale, Otto Quill", "Harbour Lights", 1998, 70.0, 201_000
    )
    assert catalogue.song("c06") == Song("c06", "Coração de Areia", "Léo Marinho", "Maré Alta", 2010, 57.0, 187_000)
    assert catalogue.song("t02") is None
    assert catalogue.song("\ud800") is None


def test_versions_tell_the_albums_of_a_song(catalogue: CatalogueSearch) -> None:
    versions = catalogue.versions("c03")
    assert [song.track_id for song in versions] == ["c02", "c01", "c03"]
    assert min(song.year for song in versions if song.year) == 1998
    assert catalogue.versions("nothing") == []


@pytest.mark.parametrize(
    ("name", "first", "songs", "albums", "match"),
    [
        ("the grey herons", "The Grey Herons", 3, 1, "exact"),
        ("grey herons", "The Grey Herons", 3, 1, "exact"),
        ("grye heron", "The Grey Herons", 3, 1, "corrected"),
        ("ana vale", "Ana Vale", 3, 3, "exact"),
        ("mara fenn", "Mara Fenn", 2, 2, "exact"),
        ("mara", "Mara Fenn", 2, 2, "prefix"),
        ("q9", "Q9", 1, 1, "exact"),
    ],
)
def test_artists_are_found_and_counted(
    catalogue: CatalogueSearch, name: str, first: str, songs: int, albums: int, match: str
) -> None:
    hit = catalogue.artists(name)[0]
    assert (hit.name, hit.songs, hit.albums, hit.match) == (first, songs, albums, match)


def test_what_is_like_nothing_finds_nothing(catalogue: CatalogueSearch) -> None:
    for nothing in ("", " ", "zzgrbl", "\0", "...", "zzgrbl wqxv"):
        assert catalogue.search(nothing) == []
        assert catalogue.find(nothing, nothing) == []
        assert catalogue.artists(nothing) == []


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_no_more_than_asked_for(catalogue: CatalogueSearch, limit: int) -> None:
    assert len(catalogue.search("paper lant", limit)) == min(limit, 2)
    assert len(catalogue.artists("ana", limit)) <= limit


@settings(max_examples=150, deadline=2_000)
@example("\" OR title : * ^NEAR(a b, 2) -{x} + '; DROP TABLE songs")
@example("AND OR NOT NEAR")
@example("a" * 20_000)
@example("paper lanterns " * 1_500)
@example("\ud83d paper \x00 lanterns \u202e")
@given(st.text(max_size=300))
def test_any_text_is_harmless(catalogue: CatalogueSearch, text: str) -> None:
    for hits in (catalogue.search(text), catalogue.find(text, text), catalogue.find("", text), catalogue.find(text)):
        assert all(0 <= hit.score <= 1 and hit.match in MATCHES for hit in hits)
        assert len({hit.song.track_id for hit in hits}) == len(hits)
    assert all(hit.songs >= 1 for hit in catalogue.artists(text))


LETTERS = "abcdefghijklmnopqrstuvwxyz"


@settings(max_examples=150, deadline=2_000)
@given(st.data())
def test_one_slip_in_title_and_artist_is_forgiven(catalogue: CatalogueSearch, data: st.DataObject) -> None:
    track, title, artist = data.draw(
        st.sampled_from(
            [
                ("c12", "lantern keeper", "the grey herons"),
                ("c07", "tin whistle blues", "otto quill"),
                ("t03", "granite morning", "the grey herons"),
            ]
        )
    )
    slipped = [_slip(data, text) for text in (title, artist)]
    assert ids(catalogue.find(*slipped))[:1] == [track], slipped
    assert ids(catalogue.search(" ".join(slipped)))[:1] == [track], slipped


def _slip(data: st.DataObject, text: str) -> str:
    place = data.draw(st.integers(0, len(text) - 2))
    letter, kind = data.draw(st.sampled_from(LETTERS)), data.draw(st.integers(0, 3))
    before, here, after = text[:place], text[place], text[place + 1 :]
    return (
        before + after,
        before + letter + here + after,
        before + letter + after,
        before + after[0] + here + after[1:],
    )[kind]


def test_many_threads_get_their_own_answers(catalogue: CatalogueSearch) -> None:
    asked = [(title, artist, track) for track, title, artist, *_ in [*CATALOGUE, *TRACKS[2:]]] * 8
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda one: ids(catalogue.find(one[0], one[1]))[0], asked))
    assert found == [track for *_, track in asked]


def test_the_file_can_not_be_written_by_who_searches(catalogue: CatalogueSearch) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        catalogue._database.execute("DELETE FROM songs")
