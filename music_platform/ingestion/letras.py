"""Letras.mus.br: the paths of the site, and the parsers of its pages in every layout since before 2023.

Pure functions. Elements are matched by class token, never by the whole class string.
"""

from parsel import Selector

from music_platform.ingestion.pages import (
    ArtistPage,
    ParsedPage,
    first,
    line_of,
    links,
    own_path,
    recording,
    segments,
    selector,
    text_of,
)

NAME = "letras"
HOST = "www.letras.mus.br"
INDEX = "/estilos/"

_LYRICS = ("div.lyric-original", "div.cnt-letra", "article")
_TITLES = ("h1.textStyle-primary", "h1.head-title", "div.cnt-head_title h1")
_ARTISTS = (
    "h2.textStyle-secondary",
    "h2.head-subtitle",
    "div.cnt-head_title h2",
    "div.cnt-head_title span",
)
_TRANSLATIONS = "div.lyric-translation, div.cnt-trad_l, div.cnt-trad_r"
_SONGS = "li.songList-table-row a.songList-table-songName, ul.cnt-list-songs li a, li.cnt-list-row a, a.song-name"
_NO_SONG = {
    "mais-acessadas",
    "mais_acessadas.html",
    "biografia",
    "discografia",
    "fotos",
    "ouvir",
    "ouvir.html",
    "playlists",
    "estilos",
    "traducao.html",
}


def style_path(style: str) -> str:
    """The page that lists all artists of a style."""
    return f"/estilos/{style}/todosartistas.html"


def artist_path(artist: str) -> str:
    """The page that lists all songs of an artist."""
    return f"/{artist}/mais_acessadas.html"


def style_names(url: str, html: bytes) -> list[str]:
    """Slugs of the styles that the index page links to."""
    paths = links(selector(html), 'a[href*="/estilos/"]', url, HOST)
    return [parts[1] for parts in map(segments, paths) if len(parts) == 2 and parts[0] == "estilos"]


def artist_names(url: str, html: bytes) -> list[str]:
    """Slugs of the artists on a style's page."""
    paths = links(selector(html), "ul.cnt-list li a", url, HOST)
    return [parts[0] for parts in map(segments, paths) if len(parts) == 1 and parts[0] not in _NO_SONG]


def parse_artist(url: str, html: bytes) -> ArtistPage:
    """The artist's own songs; index links, albums, audio pages and other artists' songs are left out."""
    page = selector(html)
    artist = segments(own_path(url, url, HOST) or "/")[:1]
    paths = []
    for path in links(page, _SONGS, url, HOST):
        parts = segments(path)
        if len(parts) == 2 and parts[:1] == artist and not _NO_SONG.intersection(parts):
            paths.append(path)
    return ArtistPage(tuple(paths))


def parse_song(url: str, html: bytes) -> ParsedPage:
    """A song page of any layout; `url` is that of the answer, after redirects."""
    page = selector(html)
    block = first(page, _LYRICS)
    album, year = recording(page)
    translated = (own_path(url, url, HOST) or "").endswith("/traducao.html")
    return ParsedPage(
        title=line_of(page, _TITLES),
        artist=line_of(page, _ARTISTS),
        lyrics=_stanzas(block) if block is not None else "",
        canonical=own_path(url, page.css('link[rel="canonical"]').xpath("@href").get(), HOST),
        genres=tuple(page.css("div.breadcrumb a::text").getall()[1:2]),
        album=album,
        year=year,
        translation=translated or (block is None and bool(page.css(_TRANSLATIONS))),
    )


def _stanzas(block: Selector) -> str:
    paragraphs = block.css("p") or [block]
    return "\n\n".join(filter(None, (text_of(stanza, skip="lyricAnnotation") for stanza in paragraphs)))
