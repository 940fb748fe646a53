"""The local stand-in for Vagalume.com.br: its addresses and its minified pages with unquoted attributes.

`site.py` serves the pages over HTTP, and `ingestion/vagalume.py` reads them.
"""

from collections import defaultdict

from markupsafe import escape

from music_platform.sample.letras import BLOCK_PAGE
from music_platform.sample.noise import noisy
from music_platform.sample.song_pages import AGE_GATE, TAKEDOWN, Answer, SongPage, render, song_pages, styles
from music_platform.sample.songs import Artist
from music_platform.sample.vocabulary import chance, pick, words

NAMES = {"r-n-b": "R&B", "forro": "Forró", "mpb": "MPB"}
"""Style -> its spelling on the site, where that is not its slug in capitals."""

ROBOTS = "User-agent: *\nDisallow: /contribuicoes/\nDisallow: /api/\n"

NOTHING = "Silêncio & Cia."
"""An artist of whom the site has no lyrics."""

_FLAGS = {"pt": ("bra", 1), "en": ("eng", 2), "es": ("esp", 3)}


def _named(style: str) -> tuple[str, str]:
    return style, NAMES.get(style, style.replace("-", " ").title())


def _minified(html: str) -> Answer:
    return Answer("".join(line.strip() for line in html.splitlines()))


def _lyric(page: SongPage) -> str:
    if page.outcome == "song":
        text = "<br><br>".join("<br>".join(escape(line) for line in s) for s in noisy(page.song, page.site))
        return f"{text}<br>{AGE_GATE}" if page.gated else text
    return {"takedown": TAKEDOWN, "instrumental": "(Instrumental)", "age_gate": AGE_GATE}.get(page.outcome, "")


def _song(page: SongPage, base: str) -> Answer:
    if page.outcome == "blocked":
        return Answer(BLOCK_PAGE, 403)
    language, rng = page.song.language, chance("song page", page.path)
    flag, lang_id = _FLAGS[language]
    html = render(
        "vagalume_song.html",
        base=base,
        page=page,
        artist=page.song.artist,
        lang_id=lang_id,
        flag=flag,
        foreign=language != "pt",
        instrumental=page.outcome == "instrumental",
        lyric=_lyric(page),
        writers=", ".join(pick(rng, words("names", "family", language)) for _ in range(2)),
    )
    return _minified(html)


def vagalume(size: float = 1.0, *, base: str = "") -> dict[str, Answer]:
    """Every path of the site and its answer; `base` is scheme and host, for the canonical links."""
    by_artist: dict[Artist, list[SongPage]] = defaultdict(list)
    by_style: dict[str, list[Artist]] = defaultdict(list)
    answers = {"/robots.txt": Answer(ROBOTS, content_type="text/plain")}
    for page in song_pages("vagalume", size):
        by_artist[page.song.artist].append(page)
        answers[page.path] = _song(page, base)
        if page.song.language != "pt":
            path = page.path.removesuffix(".html") + "-traducao.html"
            answers[path] = _minified(render("vagalume_translation.html", page=page))
    nobody = Artist(NOTHING, "pt", ("samba",), ("vagalume",))
    for artist, pages in [*by_artist.items(), (nobody, [])]:
        named = [_named(style) for style in styles("vagalume", artist)]
        html = render("vagalume_artist.html", base=base, artist=artist, pages=pages, styles=named)
        answers[f"/{artist.slug}/"] = _minified(html)
        for style, _ in named:
            by_style[style].append(artist)
    index = [(f"/browse/style/{style}.html", _named(style)[1]) for style in sorted(by_style)]
    for path in ("/", "/browse/style/"):
        answers[path] = _minified(render("vagalume_links.html", heading="Estilos", links=index))
    for style, artists in by_style.items():
        links = [(f"/{artist.slug}/", artist.name) for artist in artists]
        answers[f"/browse/style/{style}.html"] = _minified(
            render("vagalume_links.html", heading=_named(style)[1], links=links)
        )
    return answers
