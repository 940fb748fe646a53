"""Vagalume.com.br: the paths of the site, and the parsers of its pages, minified and unquoted, in old layouts too.

Pure functions. Elements are matched by id or class token.
"""

import re

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

NAME = "vagalume"
HOST = "www.vagalume.com.br"
INDEX = "/browse/style/"

_LYRICS = ("div#lyrics", "#lyr_original")
_TITLES = ("#lyricContent h1", "h1")
_ARTISTS = ("#lyricContent h2 a", "a[data-target=artBody]", "h2 a")
_SONGS = "ol#alfabetMusicList a.nameMusic, ol#topMusicList a.nameMusic, ul.tracks li a, ol.artTops li a"
_LANGUAGES = {"1": "pt", "2": "en", "3": "es"}
_AGE_GATE = re.compile(r"Confirmação de Idade\b.*?(?:Sou maior de 18 anos|\Z)", re.DOTALL | re.IGNORECASE)


def style_path(style: str) -> str:
    """The page that lists the artists of a style."""
    return f"/browse/style/{style}.html"


def artist_path(artist: str) -> str:
    """The page that lists the songs of an artist."""
    return f"/{artist}/"


def style_names(url: str, html: bytes) -> list[str]:
    """Slugs of the styles that the index page links to."""
    paths = links(selector(html), 'a[href*="/browse/style/"]', url, HOST)
    return [match[1] for path in paths if (match := re.fullmatch(r"/browse/style/([^/]+)\.html", path))]


def artist_names(url: str, html: bytes) -> list[str]:
    """Slugs of the artists on a style's page."""
    paths = links(selector(html), "div.moreNamesContainer ul.namesColumn li a", url, HOST)
    return [parts[0] for parts in map(segments, paths) if len(parts) == 1]


def parse_artist(url: str, html: bytes) -> ArtistPage:
    """The artist's own songs, without players and translations, and the genres that the page tags the artist with."""
    page = selector(html)
    artist = segments(own_path(url, url, HOST) or "/")[:1]
    paths = []
    for path in links(page, _SONGS, url, HOST):
        parts = segments(path)
        if len(parts) == 2 and parts[:1] == artist and _is_song(parts[1]):
            paths.append(path)
    genres = (" ".join(name.split()) for name in page.css("ul.subHeaderTags li a").xpath("string()").getall())
    return ArtistPage(tuple(paths), tuple(dict.fromkeys(filter(None, genres))))


def _is_song(name: str) -> bool:
    return name.endswith(".html") and not name.endswith("-traducao.html")


def parse_song(url: str, html: bytes) -> ParsedPage:
    """A song page without the text of its age gate; `url` is that of the answer, after redirects."""
    page = selector(html)
    block = first(page, _LYRICS)
    text = text_of(block) if block is not None else ""
    lyrics, gates = _AGE_GATE.subn("", text)
    album, year = recording(page)
    translated = (own_path(url, url, HOST) or "").endswith("-traducao.html")
    return ParsedPage(
        title=line_of(page, _TITLES),
        artist=line_of(page, _ARTISTS),
        lyrics=lyrics.strip(),
        canonical=own_path(url, page.css('link[rel="canonical"]').xpath("@href").get(), HOST),
        language=_language(page),
        album=album,
        year=year,
        translation=translated or (block is None and bool(page.css("div#lyricsPair"))),
        instrumental=bool(page.css(".instrumental-icon")),
        age_gate=gates > 0,
        missing=bool(page.css("div.errorContentBg")),
    )


def _language(page: Selector) -> str | None:
    data = " ".join(page.css("script#vData::text").getall())
    if (match := re.search(r"""langID["']?\s*:\s*["']?(\d+)""", data)) and match[1] in _LANGUAGES:
        return _LANGUAGES[match[1]]
    flag = page.css("#songTab li a i.lang").xpath("@class").get()
    return "pt" if flag and "langBg-bra" in flag.split() else None
