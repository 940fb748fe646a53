"""Visits made from answers: the outcome of a page, its song, and the pages that it leads to.

Pure functions. The parsers of a site are in its own module, the rules of outcomes in `outcomes`.
"""

import hashlib
import json
from urllib.parse import urlsplit

from music_platform.ingestion.outcomes import Answer, Outcome, listing_outcome, refusal_of, song_outcome
from music_platform.ingestion.pages import PARSER_VERSION, ArtistPage, ParsedPage
from music_platform.ingestion.plan import CrawlPlan
from music_platform.ingestion.records import Page, Visit
from music_platform.ingestion.sites import SITES, Site


def path_of(url: str) -> str:
    """The path of a ledger URL, which the crawler asks for at the site's base URL."""
    return urlsplit(url).path


def seeds(plan: CrawlPlan) -> list[Page]:
    """The pages that a crawl begins with: the named styles and artists of each site, or its index of styles."""
    pages = []
    for name in plan.sites:
        site, origin = SITES[name], plan.origin(name)
        styles = plan.of_site(plan.styles, name)
        if "*" in styles or not (plan.styles or plan.artists):
            pages.append(Page(origin + site.index, name, "index"))
        pages += [_style(site, origin, style) for style in styles if style != "*"]
        pages += [_artist(site, origin, artist, "") for artist in plan.of_site(plan.artists, name)]
    return pages


def _style(site: Site, origin: str, style: str) -> Page:
    return Page(origin + site.style_path(style), site.name, "style", style=style)


def _artist(site: Site, origin: str, artist: str, style: str) -> Page:
    return Page(origin + site.artist_path(artist), site.name, "artist", style=style)


def visit_of(site: Site, page: Page, answer: Answer, base: str, origin: str) -> Visit:
    """The visit of a page.

    Args:
        site: the site of the page.
        page: the page that the crawler asked for.
        answer: the site's answer.
        base: the URL at which the crawler asks the site, without a slash at its end.
        origin: the URL under which the ledger keeps the site's pages.
    """
    if page.kind == "song":
        return _song_visit(site, page, answer, base)
    url = base + answer.final_path
    readable = refusal_of(answer) is None
    found: list[Page] = []
    artist = ArtistPage()
    if readable and page.kind == "index":
        found = [_style(site, origin, style) for style in site.style_names(url, answer.body)]
    elif readable and page.kind == "style":
        found = [_artist(site, origin, name, page.style) for name in site.artist_names(url, answer.body)]
    elif readable:
        artist = site.parse_artist(url, answer.body)
        found = [Page(origin + path, site.name, "song", parent=page.url) for path in artist.songs]
    return Visit(
        page,
        answer,
        listing_outcome(answer, len(found)),
        _sha256(answer),
        PARSER_VERSION,
        found=found,
        genres=artist.genres,
    )


def _song_visit(site: Site, page: Page, answer: Answer, base: str) -> Visit:
    parsed = ParsedPage()
    if refusal_of(answer) is None:
        parsed = site.parse_song(base + answer.final_path, answer.body)
    outcome = song_outcome(answer, parsed)
    song = None
    if outcome is Outcome.SONG:
        song = {
            "title": parsed.title,
            "artist": parsed.artist,
            "lyrics": parsed.lyrics,
            "genres": json.dumps(parsed.genres, ensure_ascii=False),
            "language": parsed.language,
            "album": parsed.album,
            "year": parsed.year,
        }
    return Visit(page, answer, outcome, _sha256(answer), PARSER_VERSION, song=song)


def robots_visit(answer: Answer, site: str, origin: str) -> Visit:
    """The visit of a site's robots.txt."""
    outcome = Outcome.LISTING if answer.status == 200 else refusal_of(answer) or Outcome.ERROR
    return Visit(Page(f"{origin}/robots.txt", site, "robots"), answer, outcome, _sha256(answer), PARSER_VERSION)


def _sha256(answer: Answer) -> str | None:
    return hashlib.sha256(answer.body).hexdigest() if answer.status is not None else None
