"""Whatever a site sends is read without an error, and what is read can be stored."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_platform.ingestion.pages import own_path, selector, text_of
from music_platform.ingestion.sites import SITES

FRAGMENTS = [
    '<div class="lyric-original">',
    "<div id=lyrics>",
    "</div>",
    "<p>",
    "<br/>",
    "<!--",
    "-->",
    "<script>",
    "<h1 class='textStyle-primary'>",
    "<a href=/a/b/ class=nameMusic>",
    "<ol id=topMusicList>",
    "<link rel=canonical href='http://[x'>",
    '<script type="application/ld+json">{"inAlbum": {"name": "\\ud800", "datePublished": "1999"}}</script>',
    '<script type="application/ld+json">' + "[" * 5000,
    "&#xD800;&#0;&nbsp;",
    "letra",
]


@pytest.mark.parametrize("site", SITES.values(), ids=list(SITES))
@given(parts=st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=5)), tail=st.binary(max_size=20))
def test_no_page_breaks_a_parser(site, parts, tail):
    url, html = f"https://{site.host}/a/b/", "".join(parts).encode("utf-8", "replace") + tail
    page = site.parse_song(url, html)
    for value in dataclasses.asdict(page).values():
        str(value).encode()
    for path in site.parse_artist(url, html).songs:
        path.encode()
    site.artist_names(url, html)
    site.style_names(url, html)


@pytest.mark.parametrize("site", SITES.values(), ids=list(SITES))
def test_a_page_nested_without_end_is_read(site):
    html = b'<div id=lyrics class="lyric-original">' + b"<b>" * 100_000 + b"fim"
    assert site.parse_song(f"https://{site.host}/a/b/", html).artist == ""


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a<br>b<br/><br/>c", "a\nb\n\nc"),
        ("<p>a</p>b<p>c</p>", "a\n\nb\n\nc"),
        ("a\n  b", "a b"),
        ("<div>a</div>b", "a\nb"),
        ("a<!-- x -->b", "ab"),
        ("a<span class='y no'>x</span>b", "ab"),
        ("a<style>x</style> b", "a b"),
        ("<p></p><p> </p><p>a</p>", "a"),
        ("a&nbsp;b &amp; c", "a b & c"),
    ],
)
def test_text_reads_as_it_looks(html, text):
    (node,) = selector(f"<main>{html}</main>tail".encode()).css("main")
    assert text_of(node, skip="no") == text


def test_paths_off_the_site_are_none():
    url, host = "http://127.0.0.1:1/a/b/", "www.letras.mus.br"
    assert own_path(url, "../c/?x=1#y", host) == "/a/c/"
    assert own_path(url, "https://www.letras.mus.br/c/", host) == "/c/"
    assert own_path(url, "//example.org/c/", host) is None
    assert own_path(url, "mailto:a@b", host) is None
    assert own_path(url, None, host) is None
