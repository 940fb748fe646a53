"""The parsed pages of both sites, and the functions that take text and links out of HTML.

Pure functions of bytes. The selectors of a site are in `letras` and `vagalume`; `outcomes` decides what a page means.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree
from parsel import Selector

PARSER_VERSION = 1
"""Raise it whenever a parser reads the same bytes differently; every visit in the ledger carries it."""

_EDGES = {"p": "\n\n", **dict.fromkeys(("br", "div", "li", "h1", "h2", "h3"), "\n")}
_SILENT = {"script", "style", "template"}


@dataclass(frozen=True)
class ParsedPage:
    """A song page: its texts, and the marks that decide its outcome.

    `lyrics` has a line break between lines and a blank line between stanzas; `canonical` is the path that the page
    gives as its own.
    """

    title: str = ""
    artist: str = ""
    lyrics: str = ""
    canonical: str | None = None
    genres: tuple[str, ...] = ()
    language: str | None = None
    album: str | None = None
    year: int | None = None
    translation: bool = False
    instrumental: bool = False
    age_gate: bool = False
    missing: bool = False


@dataclass(frozen=True)
class ArtistPage:
    """The paths of an artist's songs in the order of the page, and the genres that the page names."""

    songs: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()


def selector(html: bytes) -> Selector:
    """A selector over the page, whose bytes are decoded as UTF-8 whatever encoding they declare."""
    return Selector(text=html.decode("utf-8", "replace").replace("\0", ""), type="html")


def text_of(node: Selector, skip: str = "") -> str:
    """The text under `node` as a reader sees it: lines at br and blocks, a blank line between paragraphs.

    Args:
        node: an element.
        skip: the class token of nested elements to leave out.
    """
    lines = [" ".join(line.split()) for line in "".join(_pieces(node.root, skip)).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _pieces(element: Any, skip: str) -> Iterator[str]:
    # It is not recursive, because a hostile page may nest deeper than Python's stack.
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        silent = not isinstance(node.tag, str) or node.tag in _SILENT or skip in node.get("class", "").split()
        edge = "" if silent else _EDGES.get(node.tag, "")
        if event == "start" and silent:
            walk.skip_subtree()
        elif event == "start":
            yield edge + _spaced(node.text)
        else:
            yield edge if node.tag != "br" else ""
            yield _spaced(node.tail) if node is not element else ""


def _spaced(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


def first(page: Selector, queries: Iterable[str]) -> Selector | None:
    """The first element that any of the CSS queries, in their order, finds with text in it."""
    for query in queries:
        for node in page.css(query):
            if text_of(node):
                return node
    return None


def line_of(page: Selector, queries: Iterable[str]) -> str:
    """The text of `first` on one line, "" when there is none."""
    node = first(page, queries)
    return " ".join(text_of(node).split()) if node is not None else ""


def own_path(url: str, href: str | None, host: str) -> str | None:
    """The path that `href` leads to if it stays on the site (the host of `url`, or `host`), else None."""
    if href is None:
        return None
    try:
        target = urlsplit(urljoin(url, href.strip()))
    except ValueError:
        return None
    if target.scheme not in ("http", "https") or target.netloc not in (urlsplit(url).netloc, host):
        return None
    return target.path or "/"


def links(page: Selector, query: str, url: str, host: str) -> list[str]:
    """The paths of the links that the CSS query finds and that stay on the site, each once, in page order."""
    paths = (own_path(url, href, host) for href in page.css(query).xpath("@href").getall())
    return list(dict.fromkeys(path for path in paths if path))


def segments(path: str) -> list[str]:
    """The parts of a path: "/a/b/" is ["a", "b"]."""
    return [unquote(part) for part in path.split("/") if part]


def recording(page: Selector) -> tuple[str | None, int | None]:
    """Album and year from the page's schema.org MusicRecording, where it has one."""
    for script in page.css('script[type="application/ld+json"]::text').getall():
        try:
            data = json.loads(script)
        except (ValueError, RecursionError):
            continue
        for item in data if isinstance(data, list) else [data]:
            album = item.get("inAlbum") if isinstance(item, dict) else None
            if isinstance(album, dict):
                year = re.match(r"\d{4}", str(album.get("datePublished", "")))
                name = album.get("name")
                name = name.encode("utf-8", "replace").decode() if isinstance(name, str) else None
                return name, int(year.group()) if year else None
    return None, None
