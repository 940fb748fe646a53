"""The local sites over real HTTP: structure of the real ones, truth, throttling, counting."""

import json
import re
import urllib.error
import urllib.request
from collections import Counter

import pytest
from scrapy.selector import Selector

from music_platform.sample.letras import ERAS, era_of, letras
from music_platform.sample.site import serve_site
from music_platform.sample.song_pages import AGE_GATE, OUTCOMES, TAKEDOWN, song_pages
from music_platform.sample.vagalume import NOTHING, vagalume
from music_platform.sample.vocabulary import slug

SIZE = 0.05


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to the test."""

    def redirect_request(self, *args):
        """Follow nothing."""
        return


OPENER = urllib.request.build_opener(NoRedirect)


def get(url):
    """Status, headers and text of a URL."""
    try:
        with OPENER.open(url, timeout=10) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


@pytest.fixture(scope="module")
def site():
    with serve_site(SIZE) as running:
        yield running


def pages(site_name, outcome="song"):
    return [page for page in song_pages(site_name, SIZE) if page.outcome == outcome]


def test_answers_are_the_same_each_time():
    letras_again, vagalume_again = letras(SIZE), vagalume(SIZE)
    assert letras_again == letras(SIZE)
    assert vagalume_again == vagalume(SIZE)


@pytest.mark.parametrize("name", ["letras", "vagalume"])
@pytest.mark.parametrize("size", [SIZE, 1.0])
def test_every_bad_outcome_occurs_and_all_together_stay_under_a_tenth(name, size):
    counts = Counter(page.outcome for page in song_pages(name, size))
    assert set(counts) == {"song", *OUTCOMES[name]}
    assert counts.total() - counts["song"] < 0.1 * counts.total()


def test_the_sites_share_about_four_in_ten_songs_and_hold_live_versions():
    held = [{(page.song.artist.slug, page.song.title) for page in song_pages(name)} for name in ("letras", "vagalume")]
    assert 0.3 < len(held[0] & held[1]) / len(held[0] | held[1]) < 0.5
    live = [page.title for page in song_pages("letras") if page.live]
    assert any(title.endswith("(Ao Vivo)") for title in live)


def test_paths_are_unique_and_songs_are_listed_by_their_artist():
    for name, answers in (("letras", letras(SIZE)), ("vagalume", vagalume(SIZE))):
        every = song_pages(name, SIZE)
        assert len({page.path for page in every}) == len(every)
        for page in every:
            home = answers[f"/{page.song.artist.slug}/"].body
            assert page.path in Selector(text=home).css("a::attr(href)").getall()


def test_pages_that_a_crawler_must_leave_out_are_linked():
    links = Counter()
    for answers in (letras(SIZE), vagalume(SIZE)):
        for answer in answers.values():
            for href in Selector(text=answer.body or "<p>").css("a::attr(href)").getall():
                links.update(
                    re.findall(r"traducao|ouvir|biografia|mais_acessadas|discografia|fotos|#play|contribuicoes", href)
                )
    assert set(links) == {
        "traducao",
        "ouvir",
        "biografia",
        "mais_acessadas",
        "discografia",
        "fotos",
        "#play",
        "contribuicoes",
    }


ERA_SELECTORS = {
    "2024": ("div.lyric-original p::text", "h1.textStyle-primary::text", "h2.textStyle-secondary a::text"),
    "2023": ("div.lyric-original p::text", "h1.head-title::text", "h2.head-subtitle a::text"),
    "2022": ("div.cnt-letra p::text", "div.cnt-head_title h1::text", "div.cnt-head_title h2 a::text"),
}


@pytest.mark.parametrize("era", ERAS)
def test_letras_pages_have_the_structure_of_their_era(era):
    answers, page = letras(SIZE, era=era), pages("letras")[0]
    lyric, title, artist = ERA_SELECTORS[era]
    found = Selector(text=answers[page.path].body)
    assert found.css(title).get() == page.title
    assert found.css(artist).get() == page.song.artist.name
    assert len(found.css(lyric).getall()) >= sum(map(len, page.song.stanzas))
    assert json.loads(found.css("script[type='application/ld+json']::text").get())["inAlbum"]["name"] == page.song.album
    others = [ERA_SELECTORS[other][1] for other in ERAS if other != era]
    assert not any(found.css(other).get() for other in others)
    rows = "li.cnt-list-row a.song-name" if era == "2022" else "li.songList-table-row a.songList-table-songName"
    listing = Selector(text=answers[f"/{page.song.artist.slug}/mais_acessadas.html"].body)
    assert page.path in listing.css(f"{rows}::attr(href)").getall()


def test_every_era_is_exercised_by_default():
    assert {era_of(page.song.artist) for page in pages("letras")} == set(ERAS)


def test_letras_styles_list_every_artist_once():
    answers = letras(SIZE)
    styles = Selector(text=answers["/estilos/"].body).css("ul.cnt-list--col2 a::attr(href)").getall()
    fragments = [answers[f"{style}todosartistas.html"].body for style in styles]
    listed = Counter(
        href
        for body in fragments
        for href in Selector(text=body).css("ul.cnt-list.cnt-list--col3 li a::attr(href)").getall()
    )
    assert set(listed.values()) == {1}
    assert set(listed) == {f"/{page.song.artist.slug}/" for page in song_pages("letras", SIZE)}
    assert "/estilos/hip-hop-rap/" in styles
    assert "/estilos/tecnolambada/" in styles


def test_vagalume_is_minified_has_unquoted_attributes_and_several_genres():
    answers = vagalume(SIZE)
    page = next(page for page in pages("vagalume") if len(page.styles) > 1)
    song, artist = answers[page.path].body, answers[f"/{page.song.artist.slug}/"].body
    assert "\n" not in song
    assert "<div id=lyrics" in song
    assert '<div id="' not in song + artist
    found = Selector(text=song)
    assert found.css("#lyricContent h1::text").get() == page.title
    assert found.css("a[data-target=artBody]::text").get() == page.song.artist.name
    assert found.css("div#lyrics p").get() is None
    links = Selector(text=artist).css("ul.subHeaderTags li a::attr(href)").getall()
    assert links == [f"/browse/style/{style}.html" for style in page.styles]
    for link in links:
        listed = (
            Selector(text=answers[link].body).css("div.moreNamesContainer ul.namesColumn li a::attr(href)").getall()
        )
        assert f"/{page.song.artist.slug}/" in listed


def test_vagalume_says_the_language_and_knows_an_artist_without_lyrics():
    answers = vagalume(SIZE)
    for page in pages("vagalume"):
        code = re.search(r'"langID":(\d)', answers[page.path].body)[1]
        assert code == {"pt": "1", "en": "2", "es": "3"}[page.song.language]
    assert "alfabetMusicList" not in answers[f"/{slug(NOTHING)}/"].body


def test_bad_pages_answer_as_real_ones_do():
    found = {name: {"letras": letras, "vagalume": vagalume}[name](SIZE) for name in OUTCOMES}
    for name, outcomes in OUTCOMES.items():
        for outcome in outcomes:
            for page in pages(name, outcome):
                answer = found[name][page.path]
                line = page.song.stanzas[0][0]
                assert line not in answer.body
                match outcome:
                    case "blocked":
                        assert answer.status == 403
                        assert "Just a moment..." in answer.body
                    case "other_song":
                        assert answer.status == 302
                        assert answer.location != page.path
                        assert answer.location.startswith(f"/{page.song.artist.slug}/")
                        assert found[name][answer.location].status == 200
                    case "takedown":
                        assert TAKEDOWN in answer.body
                    case "age_gate":
                        assert AGE_GATE in answer.body
                    case "instrumental":
                        assert "(Instrumental)" in answer.body
    assert any(page.gated for page in song_pages("vagalume"))


def test_served_pages_name_their_own_address(site):
    page = pages("letras")[3]
    status, headers, body = get(site.url(page))
    if status in (429, 503):
        status, headers, body = get(site.url(page))
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=UTF-8"
    assert Selector(text=body).css("link[rel=canonical]::attr(href)").get() == site.url(page)


def test_a_wrong_address_of_a_known_artist_redirects_and_of_an_unknown_one_is_missing(site):
    artist = pages("letras")[0].song.artist.slug
    status, headers, _ = get(f"{site.letras_url}/{artist}/no-such-song/")
    assert (status, headers["Location"].startswith(f"/{artist}/")) == (302, True)
    assert get(f"{site.letras_url}/nobody-at-all/some-song/")[0] == 404
    status, _, body = get(f"{site.vagalume_url}/nobody-at-all/")
    assert status == 404
    assert "errorContentBg" in body


def test_robots_disallow_listening_and_contributing(site):
    _, headers, text = get(f"{site.letras_url}/robots.txt")
    assert headers["Content-Type"] == "text/plain"
    assert "Disallow: /*ouvir.html" in text
    assert "Disallow: /contribuicoes/" in text
    assert "Disallow: /contribuicoes/" in get(f"{site.vagalume_url}/robots.txt")[2]


def test_throttled_pages_ask_to_wait_once_and_then_answer():
    with serve_site(SIZE) as fresh:
        assert sorted(fresh.throttled.values()) == [429, 429, 503, 503]
        for url, status in fresh.throttled.items():
            first, second = get(url), get(url)
            assert (first[0], first[1]["Retry-After"], second[0]) == (status, "1", 200)


def test_requests_are_counted_per_url_without_the_query():
    with serve_site(SIZE) as fresh:
        urls = [f"{fresh.letras_url}/estilos/", f"{fresh.vagalume_url}/browse/style/"]
        for url in (urls[0], f"{urls[0]}?a=1", urls[1]):
            get(url)
        assert fresh.requests == Counter({urls[0]: 2, urls[1]: 1})


def test_the_sites_are_gone_after_the_block():
    with serve_site(SIZE) as fresh:
        address = fresh.letras_url
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address, timeout=2)
