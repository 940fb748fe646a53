"""The platform's own wordings of requests in English, Spanish and Portuguese, filled with songs of the catalogue.

Public requests are nearly all English, so these are added to them. Put a wording into `wordings.json`; all of them are
invented. A hash of the wording draws its rows, and how each of them is typed.
"""

import hashlib
import json
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import numpy as np

from music_platform.features.text import template_of, text_key
from music_platform.schema import WORDINGS
from music_platform.tasks import SLOTS

FILLS = {"add": 2, "remove": 2, "view": 2, "clear": 2, "other": 5}
"""Rows per wording that has a place for a name, by intent; a wording without one is one row.

`other` has more, because its landed rows, nearly all English, outnumber those of the other intents.
"""
SONGS = 50_000
"""The number of songs that wordings are filled with, the most popular ones of the catalogue."""

_INVENTED = (
    ("Lantern on the Quay", "Mara Quill"),
    ("Sal en la ventana", "Los Faros del Sur"),
    ("Rua sem Pressa", "Iara Candeia"),
    ("Paper Weather", "The Tin Orchards"),
    ("Trenes de papel", "Elvira Montalbo"),
    ("Varanda Azul", "Trio Maré Mansa"),
)
"""More songs to fill wordings with, so that there are wordings without any catalogue."""

_PLACE = re.compile(r"\{(\w+)\}")
_VERSION = re.compile(r"\s*[(\[].*?[)\]]|\s+[-–—]\s.*$")
_GUESTS = re.compile(r";.*|, .*|\s(?:feat\.?|ft\.?|featuring)\s.*", re.IGNORECASE)
_FILLED = dt.Struct({"text": dt.string, "slots": dt.string, "text_key": dt.string})


def filled(template: str, values: dict[str, str]) -> tuple[str, list[dict[str, object]]]:
    """A template with its places filled, and its slots; `start` and `end` are character offsets."""
    text, slots, last = "", [], 0
    for place in _PLACE.finditer(template):
        text += template[last : place.start()]
        name, value, last = place[1], values[place[1]], place.end()
        if name in SLOTS:
            slots.append({"name": name, "value": value, "start": len(text), "end": len(text) + len(value)})
        text += value
    return text + template[last:], slots


def wordings(catalogue: ir.Table) -> ir.Table:
    """The filled wordings as rows of `features.utterances`, and their `text_key`.

    The same catalogue gives the same rows. A row's template is its wording, however it was typed.
    """
    ranked = catalogue.select("title", "artist", rank=catalogue.popularity.fill_null(-1.0), tie="track_id")
    invented = [{"title": t, "artist": a, "rank": -2.0, "tie": t} for t, a in _INVENTED]
    best = ranked.union(ibis.memtable(invented, schema=ranked.schema())).order_by(ibis.desc("rank"), "tie").limit(SONGS)
    songs = best.mutate(number=ibis.row_number().over(ibis.window(order_by=[ibis.desc("rank"), "tie"])))
    drawn = ibis.memtable(_drawn(), schema=_DRAWN).cross_join(best.aggregate(total=best.count()))
    rows = drawn.mutate(number=drawn.place % drawn.total).join(songs, "number")
    rows = rows.mutate(filled=_fill(rows.wording, rows.title, rows.artist, rows.playlist, rows.lower, rows.quotes))
    return rows.select(
        "row_id",
        "intent",
        "lang",
        "template",
        text=rows.filled.text,
        slots=rows.filled.slots,
        text_key=rows.filled.text_key,
        source=ibis.literal(WORDINGS),
    )


_DRAWN = ibis.schema(
    {
        "row_id": "string",
        "wording": "string",
        "intent": "string",
        "lang": "string",
        "template": "string",
        "playlist": "string",
        "place": "int64",
        "lower": "boolean",
        "quotes": "string",
    }
)


@cache
def _drawn() -> list[dict[str, Any]]:
    """A row per filling: the wording as it is typed, its playlist, and the place of its song in the catalogue."""
    rows = []
    content: dict[str, Any] = json.loads(Path(__file__).with_name("wordings.json").read_text("utf-8"))
    for language, own in content.items():
        for intent, wording in ((intent, wording) for intent, every in own["wordings"].items() for wording in every):
            for number, worded in enumerate(_worded(wording, own["words"].get(intent, {}), FILLS[intent])):
                key = f"{language} {intent} {wording} {number}"
                rng = np.random.default_rng(int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest()))
                rows.append(
                    {
                        "row_id": f"{WORDINGS}:{text_key(key)}",
                        "wording": _typed(worded, rng),
                        "intent": intent,
                        "lang": language,
                        "template": template_of(_PLACE.sub(r"<\1>", worded), "[]"),
                        "playlist": own["playlists"][int(rng.integers(len(own["playlists"])))],
                        "place": int(rng.integers(2**31)),
                        "lower": bool(rng.random() < 0.6),
                        "quotes": ("", "", "", "", '""', "''", "“”")[int(rng.integers(7))],
                    }
                )
    return rows


def _worded(wording: str, words: dict[str, list[str]], fills: int) -> list[str]:
    """The wording with each of the words for its place, if it has one, once per filling."""
    worded = [wording]
    for place, every in words.items():
        if f"{{{place}}}" in wording:
            worded = [wording.replace(f"{{{place}}}", word) for word in every]
    return worded * (fills if _PLACE.search(worded[0]) else 1)


def _typed(wording: str, rng: np.random.Generator) -> str:
    """The wording as somebody might type it: without accents or marks, or with a capital and a full stop."""
    accents, marks, capital = rng.random(3)
    if accents < 0.3:
        letters = unicodedata.normalize("NFD", wording)
        wording = unicodedata.normalize("NFC", "".join(c for c in letters if not unicodedata.combining(c)))
    if marks < 0.4:
        return re.sub(r"[¿?¡!,:]", "", wording)
    if capital < 0.4 and wording[0].isalpha():
        return wording[0].upper() + wording[1:] + ("" if wording[-1] in "?!." else ".")
    return wording


@ibis.udf.scalar.python(signature=((dt.string, dt.string, dt.string, dt.string, dt.boolean, dt.string), _FILLED))
def _fill(wording: str, title: str, artist: str, playlist: str, lower: bool, quotes: str) -> dict[str, str]:
    song, first = _VERSION.sub("", title).strip() or title, _GUESTS.sub("", artist).strip() or artist
    values = {"song": song, "artist": first, "playlist": playlist}
    if lower:
        values = {name: value.lower() for name, value in values.items()}
    if quotes:
        wording = wording.replace("{song}", f"{quotes[0]}{{song}}{quotes[1]}")
    text, slots = filled(wording, values)
    return {"text": text, "slots": json.dumps(slots, ensure_ascii=False), "text_key": text_key(text)}
