"""Letras pages of every layout: lyrics line by line, who and what, and only the links that are songs."""

import pytest

from music_platform.ingestion import letras
from music_platform.ingestion.pages import ArtistPage

URL = "https://www.letras.mus.br/banda-inventada/cancao-de-teste/"
LYRIC = "<p>Primeira linha<br/>segunda <b>linha</b></p>\n  <p>Outra\n estrofe<br>fim</p>"
TEXT = "Primeira linha\nsegunda linha\n\nOutra estrofe\nfim"

SINCE_2024 = f"""
<link rel="canonical" href="{URL}">
<div class="title-content"><h1 class="textStyle-primary font">Canção de Teste</h1>
<h2 class="font textStyle-secondary"><a href="/banda-inventada/">Banda Inventada</a></h2></div>
<div class="lyric-original font --lyrics --size18">{LYRIC}</div>"""
OF_2023 = f"""
<h1 class="head-title">Canção de Teste</h1><h2 class="head-subtitle"><a>Banda Inventada</a></h2>
<div class="lyric-original">{LYRIC}</div>"""
UNTIL_2023 = f"""
<div class="breadcrumb"><a>Início</a> <a>MPB</a> <a>Banda Inventada</a></div>
<div class="cnt-head_title"><h1>Canção de Teste</h1><h2><a>Banda Inventada</a></h2></div>
<article><div class="cnt-letra p402_premium">{LYRIC}</div></article>"""
ARTICLE_ONLY = f"""
<div class="cnt-head_title"><h1>Canção de Teste</h1><span>Banda Inventada</span></div>
<article><i>anúncio</i>{LYRIC}</article>"""


@pytest.mark.parametrize("html", [SINCE_2024, OF_2023, UNTIL_2023, ARTICLE_ONLY])
def test_a_song_of_every_layout_is_read_alike(html):
    page = letras.parse_song(URL, html.encode())
    assert (page.title, page.artist, page.lyrics) == ("Canção de Teste", "Banda Inventada", TEXT)
    assert not page.translation


def test_the_breadcrumb_names_the_genre_and_the_record_the_album():
    record = '{"@type": "MusicRecording", "inAlbum": {"name": "Disco Um", "datePublished": "1998-03-01"}}'
    html = f'<script type="application/ld+json">{record}</script>{UNTIL_2023}'
    page = letras.parse_song(URL, html.encode())
    assert (page.genres, page.album, page.year) == (("MPB",), "Disco Um", 1998)


@pytest.mark.parametrize("record", ["{not json", "[1, null]", '{"inAlbum": "a name"}', '{"inAlbum": {"name": 3}}'])
def test_a_strange_record_is_no_error(record):
    html = f'<script type="application/ld+json">{record}</script>{OF_2023}'
    page = letras.parse_song(URL, html.encode())
    assert (page.album, page.year) == (None, None)


def test_annotations_scripts_and_comments_are_no_lyrics():
    lyric = '<p>uma<span class="lyricAnnotation x">nota</span> linha<!-- oculta --><script>var a</script></p>'
    html = f'<div class="lyric-original">{lyric}</div>'
    assert letras.parse_song(URL, html.encode()).lyrics == "uma linha"


def test_the_canonical_path_tells_another_song():
    html = SINCE_2024.replace("cancao-de-teste/", "outra-cancao/")
    assert letras.parse_song(URL, html.encode()).canonical == "/banda-inventada/outra-cancao/"


def test_a_page_elsewhere_has_no_canonical_path():
    html = SINCE_2024.replace("www.letras.mus.br", "example.org")
    assert letras.parse_song(URL, html.encode()).canonical is None


@pytest.mark.parametrize(
    ("url", "html"),
    [
        (f"{URL}traducao.html", SINCE_2024),
        (URL, '<div class="cnt-trad_l"><p>a</p></div><div class="cnt-trad_r"><p>b</p></div>'),
        (URL, '<div class="font lyric-translation"><p>a</p></div>'),
    ],
)
def test_translations_are_flagged(url, html):
    assert letras.parse_song(url, html.encode()).translation


def test_bytes_that_are_no_page_give_an_empty_page():
    for html in (b"", b"\xff\xfe\x00", b"plain text"):
        assert letras.parse_song(URL, html).lyrics == ""


NEW_LIST = """
<li class="songList-table-row --song isVisible" data-id="9">
 <a class="songList-table-playButton" href="/banda-inventada/um/ouvir.html">Tocar</a>
 <a class="songList-table-songName font" href="/banda-inventada/um/"><span>Um</span></a></li>
<li class="songList-table-row --song">
 <a class="songList-table-songName" href="/banda-inventada/44039/">Dois</a></li>
<li class="songList-table-row --song">
 <a class="songList-table-songName" href="/outra-banda/tres/">Três</a></li>
<a class="songList-table-songName" href="/banda-inventada/mais_acessadas.html">Todas as músicas</a>"""
OLD_LIST = """
<ul class="cnt-list cnt-list-songs">
<li class="cnt-list-row -song"><a class="song-name" href="/banda-inventada/um/">
<span>Um</span></a> <a href="/banda-inventada/um/ouvir.html">Ouvir</a></li>
<li><a href="/banda-inventada/44039/">Dois</a></li>
<li><a href="/banda-inventada/discografia/">x</a></li>
<li><a href="/banda-inventada/discografia/disco/">x</a></li>
<li><a href="/banda-inventada/fotos/">x</a></li><li><a href="/estilos/mpb/">x</a></li>
<li><a href="https://example.org/banda-inventada/longe/">x</a></li><li><a href="javascript:void(0)">x</a></li>
<li><a>x</a></li><li><a href="http://[bad/">x</a></li></ul>"""


@pytest.mark.parametrize("html", [NEW_LIST, OLD_LIST])
def test_only_the_artists_own_songs_are_listed(html):
    url = "http://127.0.0.1:5000/banda-inventada/mais_acessadas.html"
    assert letras.parse_artist(url, html.encode()) == ArtistPage(
        ("/banda-inventada/um/", "/banda-inventada/44039/"),
    )


def test_artists_of_a_style():
    html = """<ul class="cnt-list cnt-list--col3">
    <li><a href="/banda-um/">Um</a></li><li><a href="/banda-um/">Um</a></li>
    <li><a href="/mais-acessadas/">Mais</a></li><li><a href="/banda-dois/">Dois</a></li></ul>
    <ul><li><a href="/rodape/">x</a></li></ul>"""
    url = "https://www.letras.mus.br" + letras.style_path("mpb")
    assert letras.artist_names(url, html.encode()) == ["banda-um", "banda-dois"]


def test_styles_of_the_index():
    html = """<ul class="cnt-list cnt-list--col2"><li><a href="/estilos/mpb/">MPB</a></li>
    <li><a href="/estilos/bossa-nova/">Bossa</a></li></ul><a href="/estilos/">Estilos</a>
    <a href="/estilos/mpb/todosartistas.html">x</a>"""
    assert letras.style_names("https://www.letras.mus.br/estilos/", html.encode()) == ["mpb", "bossa-nova"]
