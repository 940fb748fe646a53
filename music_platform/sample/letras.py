"""The local stand-in for Letras.mus.br: its addresses and its pages in three eras of layout.

`site.py` serves the pages over HTTP, and `ingestion/letras.py` reads them.
"""

import json
from collections import defaultdict

from markupsafe import escape

from music_platform.sample.noise import noisy
from music_platform.sample.song_pages import TAKEDOWN, Answer, SongPage, render, song_pages
from music_platform.sample.songs import Artist
from music_platform.sample.vocabulary import chance, pick, words

ERAS = ("2024", "2023", "2022")
"""The layouts: since August 2024, 2023 to mid 2024, and up to mid 2023."""

ROBOTS = "User-agent: *\nDisallow: /*ouvir.html\nDisallow: /contribuicoes/\nDisallow: /api/v2/survey/\n"

BLOCK_PAGE = (
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head>"
    "<body><h1>Checking if the site connection is secure</h1><div id='captcha'></div></body></html>"
)


def era_of(artist: Artist, era: str | None = None) -> str:
    """The layout of an artist's pages: `era`, or one that depends on the artist."""
    return era or pick(chance("era", artist.slug), ERAS)


def _paragraphs(stanzas: list[list[str]], annotated: bool) -> str:
    note = '<span class="lyricAnnotation">Significado deste verso: uma nota de quem ouve.</span>' if annotated else ""
    return "".join(f"<p>{'<br/>'.join(escape(line) for line in stanza)}</p>" for stanza in stanzas) + note


def _lyric(page: SongPage, era: str) -> str:
    if page.outcome == "takedown":
        return f"<p>{TAKEDOWN}</p>"
    if page.outcome == "instrumental":
        return "<p>(Instrumental)</p>"
    if page.outcome == "empty":
        return ""
    annotated = era == "2024" and chance("annotation", page.path).random() < 0.2
    return _paragraphs(noisy(page.song, page.site), annotated)


def _song(page: SongPage, base: str, era: str) -> Answer:
    if page.outcome == "blocked":
        return Answer(BLOCK_PAGE, 403)
    song, artist, rng = page.song, page.song.artist, chance("song page", page.path)
    writers = " / ".join(pick(rng, words("names", "family", song.language)) for _ in range(2))
    record = {
        "@context": "https://schema.org",
        "@type": "MusicRecording",
        "name": page.title,
        "byArtist": {"@type": "MusicGroup", "name": artist.name},
        "inAlbum": {"@type": "MusicAlbum", "name": song.album, "datePublished": str(song.year)},
    }
    body = render(
        "letras_song.html",
        heading=f"{page.title} - {artist.name}",
        base=base,
        path=page.path,
        era=era,
        page=page,
        artist=artist,
        style=page.styles[0],
        foreign=song.language != "pt",
        views=f"{int(rng.integers(1_000, 900_000)):,}".replace(",", "."),
        writers=writers,
        lyric=_lyric(page, era),
        record=json.dumps(record, ensure_ascii=False).replace("</", "<\\/"),
        widget=json.dumps({"Name": page.title, "Artist": artist.name, "YoutubeID": ""}, ensure_ascii=False),
    )
    return Answer(body)


def _translation(page: SongPage, base: str, era: str) -> Answer:
    body = render(
        "letras_translation.html",
        heading=f"{page.title} (tradução)",
        base=base,
        path=f"{page.path}traducao.html",
        era=era,
        page=page,
        artist=page.song.artist,
        lyric=_lyric(page, era),
        translation="<p>Esta é uma tradução inventada<br/>que não é a letra da música</p>",
    )
    return Answer(body)


def _artist_answers(artist: Artist, pages: list[SongPage], base: str, era: str) -> dict[str, Answer]:
    home = f"/{artist.slug}/"
    listing = {"heading": artist.name, "base": base, "artist": artist, "pages": pages, "era": era}
    answers = {
        path: Answer(render("letras_artist.html", path=path, **listing))
        for path in (home, f"{home}mais_acessadas.html")
    }
    good = next(page.path for page in pages if page.outcome == "song")
    for number, page in enumerate(pages, start=1):
        answers[f"{home}{900_000 + number}/"] = Answer("", 302, location=good)
        answers[f"{page.path}ouvir.html"] = Answer("<html><body>Ouvir</body></html>")
        answers[page.path] = Answer("", 302, location=good) if page.outcome == "other_song" else _song(page, base, era)
        if artist.language != "pt":
            answers[f"{page.path}traducao.html"] = _translation(page, base, era)
    return answers


def letras(size: float = 1.0, *, base: str = "", era: str | None = None) -> dict[str, Answer]:
    """Every path of the site and its answer.

    Args:
        size: Share of the sample that the site holds.
        base: Scheme and host, for the canonical links.
        era: One of `ERAS` for all pages; by default each artist has one of their own.
    """
    by_artist: dict[Artist, list[SongPage]] = defaultdict(list)
    by_style: dict[str, list[Artist]] = defaultdict(list)
    for page in song_pages("letras", size):
        by_artist[page.song.artist].append(page)
    answers = {"/robots.txt": Answer(ROBOTS, content_type="text/plain")}
    for artist, pages in by_artist.items():
        by_style[pages[0].styles[0]].append(artist)
        answers |= _artist_answers(artist, pages, base, era_of(artist, era))
    styles = [(f"/estilos/{style}/", style) for style in sorted(by_style)]
    common = {"base": base, "style": "", "kind": "cnt-list--col2"}
    for path, heading in (("/", "Letras"), ("/estilos/", "Estilos")):
        answers[path] = Answer(render("letras_links.html", heading=heading, path=path, links=styles, **common))
    for style, members in by_style.items():
        path, links = f"/estilos/{style}/", [(f"/{artist.slug}/", artist.name) for artist in members]
        few = {"base": base, "style": style, "kind": "cnt-list--col3", "links": links[:5]}
        answers[path] = Answer(render("letras_links.html", heading=style, path=path, **few))
        answers[f"{path}artistas.html"] = answers[path]
        answers[f"{path}todosartistas.html"] = Answer(render("letras_fragment.html", links=links))
        top = [by_artist[artist][0] for artist in members]
        path = f"/mais-acessadas/{style}/"
        answers[path] = Answer(render("letras_top.html", heading=style, base=base, path=path, pages=top))
    return answers
