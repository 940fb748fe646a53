"""Invents requests to a playlist assistant in three languages, from wordings in `vocabulary/utterances.json`."""

import json
import re
from functools import cache
from itertools import product

import numpy as np
import pyarrow as pa

from music_platform.features.wordings import filled
from music_platform.sample.songs import Song, songs
from music_platform.sample.vocabulary import LANGUAGES, chance, pick, shuffled, unaccented, vocabulary
from music_platform.tasks import INTENTS

ROWS = 2_000

FRAMED = 14
"""Wordings per intent and language that are a verb in a frame; the free ones come on top."""


def _typed(wording: str, intent: str) -> str:
    style = chance("typing", wording).random()
    if style < 0.15:
        return unaccented(wording)
    if style < 0.3 and not wording.startswith("{"):
        return wording[0].upper() + wording[1:] + ("?" if intent == "view" else ".")
    return f"hey, {wording}" if style < 0.4 else wording


@cache
def templates() -> tuple[tuple[str, str, str], ...]:
    """All wordings as (language, intent, template): free ones, and verbs in frames; some typed loosely."""
    found, every = vocabulary("utterances"), []
    for language, intent in product(LANGUAGES, INTENTS):
        frames = found["frames"][language]["list" if intent in ("view", "clear") else "song"]
        verbs = found["verbs"][language][intent]
        framed = [frame.replace("{verb}", verb) for frame, verb in product(frames, verbs)]
        wordings = found["templates"][language][intent] + shuffled(framed, intent, language)[:FRAMED]
        every += [(language, intent, _typed(wording, intent)) for wording in wordings]
    return tuple(every)


def _values(rng: np.random.Generator, language: str, sung: tuple[Song, ...]) -> dict[str, str]:
    song, found = pick(rng, sung), vocabulary("utterances")
    typed = str.lower if rng.random() < 0.6 else str
    return {
        "song": typed(re.sub(r" \(part\. .*\)", "", song.title)),
        "artist": typed(song.artist.name),
        "playlist": pick(rng, found["playlists"][language]),
        "topic": pick(rng, found["topics"][language]),
    }


def utterances(size: float = 1.0) -> pa.Table:
    """The requests: 2,000 at size 1; about 1 % lack a text or have an unknown intent.

    Returns:
        A table of the columns text, intent, slots (a JSON list of name, value, start, end) and lang, without
        repeated texts.
    """
    rng, wordings = chance("utterances"), templates()
    rows: dict[str, tuple[str, str, str, str]] = {}
    by_language = {code: tuple(song for song in songs() if song.language == code) for code in LANGUAGES}
    count = max(round(ROWS * size), len(wordings))
    while len(rows) < count:
        for at in rng.permutation(len(wordings)):
            language, intent, template = wordings[at]
            text, slots = filled(template, _values(rng, language, by_language[language]))
            rows.setdefault(text, (text, intent, json.dumps(slots, ensure_ascii=False), language))
    columns = [list(column) for column in zip(*list(rows.values())[:count], strict=True)]
    for at in rng.choice(count, count // 100, replace=False):
        column, value = ((0, " "), (1, "skip"))[int(rng.integers(2))]
        columns[column][at] = value
    return pa.table(dict(zip(("text", "intent", "slots", "lang"), columns, strict=True)))
