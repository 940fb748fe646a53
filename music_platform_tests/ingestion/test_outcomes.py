"""Each kind of page that is no song has its own outcome, and too many bad ones fail a crawl."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_platform.ingestion.outcomes import Answer, Outcome, listing_outcome, song_outcome, verdict
from music_platform.ingestion.pages import ParsedPage

PATH = "/banda-inventada/cancao/"
TAKEDOWN = "Essa música foi removida em razão de solicitação do(s) titular(es) da obra."


def answer(status=200, final=PATH, **more):
    return Answer(PATH, status=status, final_path=final, **more)


def page(**more):
    return ParsedPage(**{"title": "Canção", "artist": "Banda", "lyrics": "uma linha\noutra linha", **more})


@pytest.mark.parametrize(
    ("given_answer", "given_page", "outcome"),
    [
        (answer(), page(), "song"),
        (answer(), page(canonical=PATH), "song"),
        (answer(), page(age_gate=True), "song"),
        (answer(final="/outro-nome/cancao/"), page(), "song"),
        (answer(final="/banda-inventada/outra/"), page(), "other_song"),
        (answer(final="/banda-inventada/"), page(), "other_song"),
        (answer(final="/"), page(), "other_song"),
        (answer(), page(canonical="/banda-inventada/outra/"), "other_song"),
        (answer(), page(lyrics=TAKEDOWN), "takedown"),
        (answer(), page(lyrics=TAKEDOWN.replace(" ", "\n", 3)), "takedown"),
        (answer(), page(lyrics="(Instrumental)"), "instrumental"),
        (answer(), page(lyrics="[ Música  instrumental ]"), "instrumental"),
        (answer(), page(lyrics="", instrumental=True), "instrumental"),
        (answer(), page(lyrics="", age_gate=True), "age_gate"),
        (answer(), page(lyrics=""), "empty"),
        (answer(), page(lyrics="..."), "empty"),
        (answer(), page(title=""), "empty"),
        (answer(), page(translation=True), "translation"),
        (answer(), page(missing=True), "not_found"),
        (answer(302, "/banda-inventada/outra/"), ParsedPage(), "other_song"),
        (answer(302, PATH), ParsedPage(), "error"),
        (answer(404), ParsedPage(), "not_found"),
        (answer(403), ParsedPage(), "blocked"),
        (answer(429), ParsedPage(), "blocked"),
        (answer(503, body=b"<title>Just a moment...</title>"), ParsedPage(), "blocked"),
        (answer(body=b"<title>Just a moment...</title>"), ParsedPage(), "blocked"),
        (answer(body=b"<form id=h-captcha>"), ParsedPage(), "blocked"),
        (answer(body=b"captcha"), page(), "song"),
        (answer(500), ParsedPage(), "error"),
        (answer(None, ""), ParsedPage(), "error"),
        (answer(None, "", trouble="redirect: elsewhere"), ParsedPage(), "redirect"),
        (answer(None, "", robots="denied"), ParsedPage(), "robots_denied"),
    ],
)
def test_every_page_has_its_outcome(given_answer, given_page, outcome):
    assert song_outcome(given_answer, given_page) == outcome


def test_a_listing_without_links_is_bad():
    assert listing_outcome(answer(), 3) == "listing"
    assert listing_outcome(answer(), 0) == "empty"
    assert listing_outcome(answer(body=b"Just a moment"), 0) == "blocked"
    assert listing_outcome(answer(404), 0) == "not_found"


def test_natures():
    good = {o for o in Outcome if o.nature == "good"}
    neutral = {o for o in Outcome if o.nature == "neutral"}
    assert good == {"song", "listing"}
    assert neutral == {"instrumental", "takedown", "translation", "robots_denied", "skipped"}
    assert Outcome.ERROR.rest_days == 0
    assert Outcome.SONG.rest_days is None


def test_more_than_a_fifth_of_bad_pages_fails_the_crawl():
    assert verdict({"song": {"song": 80, "blocked": 20}}) is None
    reason = verdict({"artist": {"listing": 9}, "song": {"song": 79, "blocked": 20, "empty": 1}})
    assert reason == "21 of 100 song pages are bad, more than 20%: 20 blocked, 1 empty"


def test_neutral_pages_count_as_asked_and_skipped_ones_do_not():
    assert verdict({"song": {"song": 5, "instrumental": 5, "empty": 2}}) is None
    assert verdict({"artist": {"listing": 1, "empty": 1, "skipped": 100}}) is not None


@given(st.dictionaries(st.sampled_from([*map(str, Outcome), "pending"]), st.integers(0, 50)))
def test_a_verdict_needs_a_bad_page(outcomes):
    bad = sum(n for name, n in outcomes.items() if name != "pending" and Outcome(name).nature == "bad")
    assert bad or verdict({"song": outcomes}) is None
