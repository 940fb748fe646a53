"""The sites that the crawler knows, behind one interface. Add a site as a module like `letras`, and list it here."""

from collections.abc import Callable
from dataclasses import dataclass

from music_platform.ingestion import letras, vagalume
from music_platform.ingestion.pages import ArtistPage, ParsedPage


@dataclass(frozen=True)
class Site:
    """The paths and parsers of one site; a parser takes the URL that a page came from, and its bytes."""

    name: str
    host: str
    index: str
    style_path: Callable[[str], str]
    artist_path: Callable[[str], str]
    style_names: Callable[[str, bytes], list[str]]
    artist_names: Callable[[str, bytes], list[str]]
    parse_artist: Callable[[str, bytes], ArtistPage]
    parse_song: Callable[[str, bytes], ParsedPage]


SITES: dict[str, Site] = {
    module.NAME: Site(
        module.NAME,
        module.HOST,
        module.INDEX,
        module.style_path,
        module.artist_path,
        module.style_names,
        module.artist_names,
        module.parse_artist,
        module.parse_song,
    )
    for module in (letras, vagalume)
}
