"""Puts noise of the kinds that real lyric pages carry on invented lines."""

import numpy as np

from music_platform.sample.songs import Song
from music_platform.sample.vocabulary import chance, pick, vocabulary

ODD_SPACES = ("\u00a0", "\u205f", "\u200b ", "\ufeff ")

RATES = {
    "header": 0.35,
    "mark": 0.3,
    "bare": 0.12,
    "aside": 0.35,
    "note": 0.06,
    "homoglyph": 0.08,
    "space": 0.1,
    "quote": 0.2,
    "entity": 0.02,
    "link": 0.02,
    "glue": 0.02,
}
"""Share of the pages that carry each kind of noise."""


def _any_line(rng: np.random.Generator, stanzas: list[list[str]]) -> tuple[list[str], int]:
    stanza = pick(rng, stanzas)
    return stanza, int(rng.integers(len(stanza)))


def noisy(song: Song, site: str) -> list[list[str]]:
    """The stanzas of `song` as `site` shows them: each kind of noise at its rate, the same every time."""
    rng = chance("noise", site, song.artist.slug, song.title)
    has = {kind: rng.random() < rate for kind, rate in RATES.items()}
    found = vocabulary(song.language)
    stanzas = [list(stanza) for stanza in song.stanzas]
    if has["aside"]:
        for _ in range(3):
            stanza, at = _any_line(rng, stanzas)
            stanza[at] += " " + pick(rng, found["asides"])
    if has["mark"]:
        for stanza in stanzas[1::2]:
            stanza[-1] += " " + pick(rng, found["marks"])
    if has["homoglyph"]:
        for _ in range(4):
            stanza, at = _any_line(rng, stanzas)
            stanza[at] = stanza[at].replace("e", "\u0435", 2)
    if has["space"]:
        for _ in range(3):
            stanza, at = _any_line(rng, stanzas)
            stanza[at] = stanza[at].replace(" ", pick(rng, ODD_SPACES), 1)
    if has["quote"]:
        stanza, at = _any_line(rng, stanzas)
        stanza[at] = f"\u201c{stanza[at].replace(chr(39), chr(0x2019))}\u201d"
    if has["entity"]:
        stanza, at = _any_line(rng, stanzas)
        stanza[at] += " &amp; mais"
    if has["bare"]:
        stanzas[1].insert(0, pick(rng, found["bare"]))
    if has["note"]:
        stanzas.insert(len(stanzas) // 2, [pick(rng, found["notes"])])
    if has["header"]:
        for stanza in stanzas:
            stanza.insert(0, pick(rng, found["headers"]))
    if has["glue"]:
        stanzas[-1][-1] += "You might also like" + pick(rng, found["headers"]) + "340Embed"
    if has["link"]:
        stanzas[-1].append("http://letras.example/" + song.artist.slug)
    return stanzas
