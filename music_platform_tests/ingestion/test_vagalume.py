"""Vagalume pages: minified, unquoted, gated, old and new."""

import pytest

from music_platform.ingestion import vagalume
from music_platform.ingestion.pages import ArtistPage

URL = "https://www.vagalume.com.br/banda-inventada/cancao-de-teste.html"
GATE = (
    "Confirmação de Idade Esta letra possui restrição de idade , "
    "você deve ter mais que 18 anos para acessá-la. Sou maior de 18 anos"
)


def song(lyric="Primeira linha<br>segunda<br><br>Outra estrofe", extra=""):
    return (
        f"<html><head><link rel=canonical href={URL}></head><body>"
        "<div id=lyricContent class=col1-2-1><h1>Canção de Teste</h1>"
        f"<h2><a href=/banda-inventada/ data-target=artBody>Banda Inventada</a></h2>{extra}"
        f"<div id=lyrics data-plugin=x>{lyric}</div>"
        "<small id=author>Compositores: A</small></div></body></html>"
    ).encode()


def test_a_song_is_read_line_by_line():
    page = vagalume.parse_song(URL, song())
    assert page.lyrics == "Primeira linha\nsegunda\n\nOutra estrofe"
    assert (page.title, page.artist) == ("Canção de Teste", "Banda Inventada")
    assert page.canonical == "/banda-inventada/cancao-de-teste.html"


def test_an_old_page_is_read():
    html = b"<h1>T</h1><h2><a href=/a/>A</a></h2><div id=lyr_original><div>uma<br>duas</div></div>"
    page = vagalume.parse_song(URL, html)
    assert (page.title, page.artist, page.lyrics) == ("T", "A", "uma\nduas")


@pytest.mark.parametrize(
    ("extra", "language"),
    [
        ('<ul id=songTab><li><a href=/x><i class="lang langBg-bra"></i>Original</a></li></ul>', "pt"),
        ('<ul id=songTab><li><a href=/x><i class="lang langBg-eng"></i>O</a></li></ul>', None),
        ('<script id=vData>window.vData={"langID":2,"x":1};</script>', "en"),
        ("<script id=vData>window.vData={langID:'3'};</script>", "es"),
        ('<script id=vData>window.vData={"langID":17};</script>', None),
        ("", None),
    ],
)
def test_the_language_is_what_the_site_says(extra, language):
    assert vagalume.parse_song(URL, song(extra=extra)).language == language


def test_the_age_gate_is_cut_from_the_lyrics():
    page = vagalume.parse_song(URL, song(f"uma linha<br>duas<br>{GATE}"))
    assert page.lyrics == "uma linha\nduas"
    assert page.age_gate


def test_an_age_gate_in_pieces_alone_leaves_no_lyrics():
    gate = "<div><h3>Confirmação de Idade</h3><p>Esta letra</p><a>Sou maior de 18 anos</a></div>"
    page = vagalume.parse_song(URL, song(gate))
    assert page.lyrics == ""
    assert page.age_gate


def test_marks_of_pages_without_lyrics():
    assert vagalume.parse_song(URL, song(extra="<div class=instrumental-icon></div>")).instrumental
    assert vagalume.parse_song(URL, b"<div class='x errorContentBg'>Ops</div>").missing
    plain = vagalume.parse_song(URL, song())
    assert not any((plain.instrumental, plain.missing, plain.age_gate, plain.translation))


def test_translations_are_flagged():
    pair = b"<div id=lyricsPair><div><span class=orig>a</span><span class=trad>b</span></div></div>"
    assert vagalume.parse_song(URL, pair).translation
    assert vagalume.parse_song(URL.replace(".html", "-traducao.html"), song()).translation


def test_songs_and_genres_of_an_artist():
    html = b"""<h1 class=darkBG><a href=/banda-inventada/>B</a></h1>
    <ul class=subHeaderTags><li><a href=/browse/style/mpb.html>MPB</a>
    <li><a href=/x>Bossa  Nova</a></ul>
    <ol id=topMusicList><li><a class=nameMusic href=/banda-inventada/um.html>Um</a></ol>
    <ol id=alfabetMusicList>
    <li><a class=nameMusic href=/banda-inventada/dois.html>Dois</a>
    <a href=/banda-inventada/dois.html#play>o</a>
    <li><a class=nameMusic href=/banda-inventada/um.html>Um</a>
    <a class=nameMusic href=/banda-inventada/um.html#play></a>
    <li><a class=nameMusic href=/banda-inventada/um-traducao.html>x</a>
    <li><a class=nameMusic href=/outra/tres.html>x</a>
    <li><a class=nameMusic href=/banda-inventada/discografia/>x</a></ol>"""
    found = vagalume.parse_artist("http://127.0.0.1:1/banda-inventada/", html)
    assert found == ArtistPage(("/banda-inventada/um.html", "/banda-inventada/dois.html"), ("MPB", "Bossa Nova"))


def test_an_artist_without_songs_is_empty():
    assert vagalume.parse_artist("https://www.vagalume.com.br/a/", b"<h1 class=darkBG><a>A</a></h1>") == ArtistPage()


def test_artists_of_a_style_with_unquoted_slashes():
    names = b"<ul class=namesColumn><li><a href=/um/>1</a><li><a href=/dois/>2</a></ul>"
    html = b"<div class=moreNamesContainer>" + names + b"</div>"
    url = "https://www.vagalume.com.br" + vagalume.style_path("samba")
    assert vagalume.artist_names(url, html) == ["um", "dois"]


def test_styles_of_the_index():
    html = b"<a href=/browse/style/samba.html>S</a><a href=/browse/style/>x</a><a href=/browse/style/x.js>x</a>"
    assert vagalume.style_names("https://www.vagalume.com.br/browse/style/", html) == ["samba"]
