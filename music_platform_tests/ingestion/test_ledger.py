"""The ledger: what is queued, what is known, the limits, and songs that land once and with every genre."""

import gzip
import json
import sqlite3

import pytest

from music_platform.ingestion.export import export_songs
from music_platform.ingestion.landing import Landing
from music_platform.ingestion.ledger import Ledger
from music_platform.ingestion.outcomes import Answer, Outcome
from music_platform.ingestion.readers import ignored_columns, read
from music_platform.ingestion.records import Page, Visit
from music_platform.schema import KINDS

ORIGIN = "http://letras.test"
STYLE = Page(f"{ORIGIN}/estilos/mpb/", "letras", "style", style="mpb")
ROCK = Page(f"{ORIGIN}/estilos/rock/", "letras", "style", style="rock")


def artist(name, style="mpb"):
    return Page(f"{ORIGIN}/{name}/", "letras", "artist", style=style)


def song(of, name):
    return Page(f"{of.url}{name}/", "letras", "song", parent=of.url)


def visit(page, outcome=Outcome.LISTING, found=(), genres=(), **more):
    row = None
    if outcome is Outcome.SONG:
        row = {"title": page.url, "artist": "A", "lyrics": "uma linha", "genres": "[]", "language": None}
        row |= {"album": None, "year": None}
    answer = Answer(page.url, b"abc", 200, page.url, **more)
    return Visit(page, answer, outcome, "0" * 64, 1, song=row, found=found, genres=genres)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(path):
    ledger = Ledger(path)
    yield ledger
    ledger.close()


def crawl_songs(ledger, outcome=Outcome.SONG, names=("um", "dois"), identity="plan", days=30):
    """A whole crawl of one artist of one style; the crawl's number and the songs it asked for."""
    crawl, one = ledger.open_crawl(identity, [STYLE], days), artist("a")
    ledger.record(crawl, visit(STYLE, found=[one]))
    ledger.record(crawl, visit(one, found=[song(one, name) for name in names]))
    asked = []
    while page := ledger.next_page(crawl, "letras"):
        asked.append(page)
        ledger.record(crawl, visit(page, outcome))
    return crawl, asked


def test_pages_are_asked_for_listings_first(ledger):
    one = artist("a")
    crawl = ledger.open_crawl("plan", [song(one, "um"), one, STYLE], 30)
    order = []
    while page := ledger.next_page(crawl, "letras"):
        order.append(page.kind)
        ledger.record(crawl, visit(page))
    assert order == ["style", "artist", "song"]
    assert ledger.next_page(crawl, "vagalume") is None


def test_an_unfinished_crawl_goes_on_and_a_finished_one_does_not(ledger, path):
    crawl = ledger.open_crawl("plan", [STYLE, ROCK], 30)
    ledger.record(crawl, visit(STYLE))
    ledger.close()
    again = Ledger(path)
    assert again.open_crawl("plan", [STYLE, ROCK], 30) == crawl
    assert again.next_page(crawl, "letras") == ROCK
    assert again.open_crawl("other plan", [], 30) != crawl
    again.finish_crawl(crawl)
    new = again.open_crawl("plan", [STYLE, ROCK], 30)
    assert new != crawl
    assert again.next_page(new, "letras") == STYLE
    again.close()


def test_known_songs_are_not_asked_for_again_until_they_are_old(ledger):
    crawl, first = crawl_songs(ledger)
    ledger.finish_crawl(crawl)
    crawl, second = crawl_songs(ledger, names=("um", "dois", "tres"))
    assert [page.url[-5:-1] for page in first + second] == ["a/um", "dois", "tres"]
    assert ledger.counts(crawl)["song"] == {"song": 3}
    ledger.finish_crawl(crawl)
    ledger.db.execute("UPDATE visits SET fetched_at = datetime('now', '-31 days') WHERE url LIKE '%um/'")
    assert [page.url[-3:] for page in crawl_songs(ledger)[1]] == ["um/"]


def test_another_plan_does_not_ask_for_known_songs(ledger):
    crawl_songs(ledger, identity="one")
    assert crawl_songs(ledger, identity="two")[1] == []


@pytest.mark.parametrize(("outcome", "hours", "asked"), [("error", 0, 2), ("blocked", 1, 0), ("blocked", 25, 2)])
def test_passing_trouble_is_asked_for_again_soon(ledger, outcome, hours, asked):
    crawl, _ = crawl_songs(ledger, Outcome(outcome))
    ledger.finish_crawl(crawl)
    ledger.db.execute("UPDATE visits SET fetched_at = datetime('now', ?)", (f"-{hours} hours",))
    assert len(crawl_songs(ledger)[1]) == asked


def test_a_listing_is_recalled_on_its_day_with_all_that_was_found_on_it(ledger):
    one, names = artist("a"), ("um", "dois", "tres")
    crawl = ledger.open_crawl("plan", [STYLE], 30)
    assert not ledger.recall(crawl, STYLE, 1, None)
    ledger.record(crawl, visit(STYLE, found=[one]))
    ledger.record(crawl, visit(one, found=[song(one, name) for name in names]), room=1)
    assert [ledger.next_page(crawl, "letras"), ledger.counts(crawl)["song"]] == [song(one, "um"), {"pending": 1}]
    ledger.record(crawl, visit(song(one, "um"), Outcome.SONG))
    crawl = ledger.open_crawl("other plan", [STYLE], 30)
    assert not ledger.recall(crawl, STYLE, 0, None)
    assert ledger.recall(crawl, STYLE, 1, None)
    assert ledger.next_page(crawl, "letras") == one
    assert ledger.room(crawl, one, 2, None) == 2
    assert ledger.recall(crawl, one, 1, 2)
    assert ledger.next_page(crawl, "letras") == song(one, "dois")
    assert ledger.counts(crawl) == {
        "style": {"listing": 1},
        "artist": {"listing": 1},
        "song": {"song": 1, "pending": 1},
    }
    ledger.db.execute("UPDATE visits SET fetched_at = date('now', '-1 day') || 'T23:59:59+00:00'")
    assert not ledger.recall(crawl, STYLE, 1, None)
    assert ledger.recall(crawl, STYLE, 2, None)


@pytest.mark.parametrize(("outcome", "recalled"), [("not_found", True), ("blocked", True), ("error", False)])
def test_a_listing_that_was_not_read_is_recalled_unless_the_trouble_passes(ledger, outcome, recalled):
    crawl = ledger.open_crawl("plan", [STYLE], 30)
    ledger.record(crawl, visit(STYLE, Outcome(outcome)))
    ledger.finish_crawl(crawl)
    crawl = ledger.open_crawl("plan", [STYLE], 30)
    assert ledger.recall(crawl, STYLE, 1, None) is recalled
    assert ledger.counts(crawl) == {"style": {outcome if recalled else "pending": 1}}


def test_a_visit_that_does_not_settle_leaves_a_row_and_the_page_to_ask_for(ledger):
    one = artist("a")
    crawl = ledger.open_crawl("plan", [STYLE, song(one, "um")], 30)
    for page in (STYLE, song(one, "um")):
        ledger.record(crawl, visit(page, Outcome.BLOCKED), settle=False)
    assert ledger.open_crawl("plan", [], 30) == crawl
    assert not ledger.recall(crawl, STYLE, 1, None)
    assert ledger.counts(crawl) == {"style": {"pending": 1}, "song": {"pending": 1}}
    assert [tuple(row) for row in ledger.db.execute("SELECT outcome FROM visits")] == [("blocked",)] * 2


def test_an_interrupted_record_leaves_nothing(ledger):
    crawl, one = ledger.open_crawl("plan", [STYLE], 30), artist("a")
    ledger.record(crawl, visit(STYLE, found=[one]))
    broken = visit(song(one, "um"), Outcome.SONG)
    broken.song["lyrics"] = None
    before = list(ledger.db.iterdump())
    with pytest.raises(sqlite3.IntegrityError):
        ledger.record(crawl, broken)
    assert list(ledger.db.iterdump()) == before


def test_the_limit_per_style_counts_songs_of_all_its_artists(ledger):
    one, two, both = artist("a"), artist("b"), artist("c")
    crawl = ledger.open_crawl("plan", [STYLE, ROCK], 30)
    ledger.record(crawl, visit(STYLE, found=[one, two, both]))
    ledger.record(crawl, visit(ROCK, found=[artist("c", "rock")]))
    assert ledger.room(crawl, one, None, None) is None
    assert ledger.room(crawl, one, 3, None) == 3
    assert ledger.room(crawl, one, 3, 2) == 2
    ledger.record(crawl, visit(one, found=[song(one, "um"), song(one, "dois"), song(one, "tres")]))
    assert ledger.room(crawl, two, 3, None) == 0
    assert ledger.room(crawl, both, 3, None) == 3
    ledger.skip(crawl, two)
    assert ledger.next_page(crawl, "letras") == both
    assert ledger.counts(crawl)["artist"] == {"listing": 1, "pending": 1, "skipped": 1}


def test_an_artist_named_in_the_plan_has_no_limit_of_a_style(ledger):
    crawl = ledger.open_crawl("plan", [STYLE, artist("a", "")], 30)
    ledger.record(crawl, visit(STYLE, found=[artist("a")]))
    assert ledger.room(crawl, artist("a"), 1, None) is None
    assert ledger.room(crawl, artist("a"), 1, 5) == 5


def landed_rows(landing, name):
    lines = gzip.decompress((landing.root / "lyrics" / name).read_bytes()).decode().splitlines()
    return [json.loads(line) for line in lines]


def test_songs_land_once_with_all_genres_of_their_artist(ledger, tmp_path):
    landing = Landing(tmp_path / "landing")
    crawl, _ = crawl_songs(ledger)
    ledger.record(crawl, visit(ROCK, found=[artist("a", "rock")]))
    ledger.record(crawl, visit(artist("a"), genres=["Bossa Nova"]))
    name = export_songs(ledger, "letras", landing, sample=True)
    rows = landed_rows(landing, name)
    assert [row["url"] for row in rows] == [f"{ORIGIN}/a/dois/", f"{ORIGIN}/a/um/"]
    assert rows[0]["genres"] == ["Bossa Nova", "mpb", "rock"]
    assert rows[0]["source"] == "letras"
    assert rows[0]["fetched_at"].endswith("+00:00")
    assert export_songs(ledger, "letras", landing, sample=True) is None
    assert export_songs(ledger, "vagalume", landing, sample=True) is None


def test_the_reader_takes_an_exported_file_as_it_is(ledger, tmp_path):
    landing = Landing(tmp_path / "landing")
    crawl_songs(ledger)
    export_songs(ledger, "letras", landing, sample=True)
    (file,) = landing.files("lyrics", still=3600)
    table = read(KINDS["lyrics"], file.path, landed_at=file.landed_at)
    assert [row["problems"] for row in table.to_pylist()] == [[], []]
    assert ignored_columns(table) == ()


def test_a_song_lands_again_when_its_artist_gains_a_genre(ledger, tmp_path):
    landing = Landing(tmp_path / "landing")
    crawl, _ = crawl_songs(ledger)
    first = export_songs(ledger, "letras", landing, sample=True)
    ledger.record(crawl, visit(ROCK, found=[artist("a", "rock")]))
    second = export_songs(ledger, "letras", landing, sample=True)
    assert first != second
    assert {tuple(row["genres"]) for row in landed_rows(landing, second)} == {("mpb", "rock")}


def test_killed_between_file_and_mark_the_songs_are_not_doubled(ledger, tmp_path):
    landing = Landing(tmp_path / "landing")
    crawl_songs(ledger)
    name = export_songs(ledger, "letras", landing, sample=True)
    ledger.db.execute("UPDATE songs SET landed = NULL")
    assert export_songs(ledger, "letras", landing, sample=True) == name
    assert [path.name for path in (landing.root / "lyrics").iterdir() if path.suffix == ".gz"] == [name]
    assert next(ledger.unlanded("letras"), None) is None
