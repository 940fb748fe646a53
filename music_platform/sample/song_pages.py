"""The parts that both local lyric sites share: song pages with their truth, answers, and templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from music_platform.sample.songs import Artist, Song, songs
from music_platform.sample.vocabulary import chance, shuffled, slug

STYLES: dict[str, dict[str, str]] = {
    "letras": {"gospel": "gospelreligioso", "rap": "hip-hop-rap"},
    "vagalume": {"rap": "hip-hop", "funk": "funk-carioca", "r-b": "r-n-b"},
}
"""Site -> genre -> the site's name of it, where that is not the canonical one."""

OUTCOMES: dict[str, Mapping[str, float]] = {
    "letras": {
        "other_song": 0.012,
        "takedown": 0.015,
        "instrumental": 0.01,
        "empty": 0.008,
        "blocked": 0.006,
    },
    "vagalume": {
        "age_gate": 0.01,
        "takedown": 0.008,
        "instrumental": 0.015,
        "empty": 0.008,
        "blocked": 0.006,
    },
}
"""Share of a site's song pages with each bad outcome; every one occurs at least once."""

TAKEDOWN = (
    "Essa música foi removida em razão de solicitação do(s) titular(es) da obra. "
    "O Letras.mus.br está trabalhando para obter o licenciamento desse conteúdo."
)
AGE_GATE = (
    "Confirmação de Idade Esta letra possui restrição de idade , você deve ter mais que 18 anos "
    "para acessá-la. Sou maior de 18 anos"
)


def styles(site: str, artist: Artist) -> tuple[str, ...]:
    """The style slugs under which `site` lists the artist: one on Letras, all on Vagalume."""
    found = tuple(STYLES[site].get(genre, genre) for genre in artist.genres)
    return found[:1] if site == "letras" else found


@dataclass(frozen=True)
class Answer:
    """The answer of a path, the same on every request."""

    body: str
    status: int = 200
    content_type: str = "text/html; charset=UTF-8"
    location: str | None = None


@dataclass(frozen=True)
class SongPage:
    """A song page of one site, and the outcome that a crawler should find.

    `outcome` is "song", or the reason why the page gives none: "other_song" (a silent redirect), "takedown",
    "instrumental", "age_gate" (nothing but the gate), "blocked" (403, "Just a moment...") or "empty".
    `gated`: the age gate's text follows the lyrics, which are good. `live`: a second page, "(Ao Vivo)".
    """

    site: str
    song: Song
    title: str
    slug: str
    outcome: str = "song"
    gated: bool = False
    live: bool = False

    @property
    def styles(self) -> tuple[str, ...]:
        """The styles that the site shows to a crawler: Letras the one style list, Vagalume all genres of the artist."""
        return styles(self.site, self.song.artist)

    @property
    def path(self) -> str:
        """The page's path on its site."""
        artist = self.song.artist.slug
        return f"/{artist}/{self.slug}/" if self.site == "letras" else f"/{artist}/{self.slug}.html"


@cache
def _templates() -> Environment:
    folder = Path(__file__).with_name("templates")
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **values: Any) -> str:
    """The text of `templates/<template>` filled with `values`."""
    return _templates().get_template(template).render(**values)


def _listed(site: str, song: Song) -> list[SongPage]:
    rng = chance("page", site, song.artist.slug, song.title)
    name = song.title.replace("(part. ", "(feat. ") if site == "vagalume" and rng.random() < 0.5 else song.title
    address = slug(name)
    if site == "letras" and rng.random() < 0.1:
        address = str(int(rng.integers(10_000, 2_000_000)))
    gated = site == "vagalume" and rng.random() < 0.02
    pages = [SongPage(site, song, name, address, gated=gated)]
    if rng.random() < 0.05:
        mark = "Ao Vivo" if song.language == "pt" else "Live"
        pages.append(SongPage(site, song, f"{name} ({mark})", f"{slug(name)}-{slug(mark)}", live=True))
    return pages


def _with_outcomes(site: str, pages: list[SongPage]) -> list[SongPage]:
    """Give the planned share of pages a bad outcome; an artist's first page stays good."""
    outcomes: dict[SongPage, str] = {}
    plain = [page for page in pages if not page.live and not page.gated and len(page.song.genres) == 1]
    first = {page.song.artist: page for page in reversed(pages)}
    spare = [page for page in shuffled(plain, "outcomes", site) if page != first[page.song.artist]]
    for outcome, share in OUTCOMES[site].items():
        for _ in range(max(1, round(share * len(pages)))):
            outcomes[spare.pop()] = outcome
    return [
        SongPage(page.site, page.song, page.title, page.slug, outcomes.get(page, "song"), page.gated, page.live)
        for page in pages
    ]


@cache
def song_pages(site: str, size: float = 1.0) -> tuple[SongPage, ...]:
    """All song pages of `site` ("letras" or "vagalume") at a size, artist by artist, with their outcomes."""
    pages = [page for song in songs(size) if site in song.artist.sites for page in _listed(site, song)]
    return tuple(_with_outcomes(site, pages))
