"""Invented utterances with slots, and a small catalogue, for the tests of the slot tagger."""

import json

import numpy as np
import pyarrow as pa

from music_platform.features.wordings import filled

ARTISTS = ("Mara Quill", "Tomas Verrin", "Ilse Kord", "Ada Brann", "The Pale Otters", "Joren Bask")
TITLES = ("Walk the Harbour", "Silver in the Rain", "Under a Paper Moon", "When We Left", "Lantern Road", "Salt")
PLAYLISTS = ("gym", "rainy days", "road trip")
FRAMES = ("add {song} by {artist} to {playlist}", "put {artist} on my list {playlist}", "play {song}", "stop it",
          "remove {song} from {playlist}", "play something by {artist}", "i want {song} on the list {playlist}",
          "delete all of {artist}", "play {song} by {artist} now", "drop {artist} from my list {playlist}")  # fmt: skip


def row(number: int, template: str, text: str, named: list[dict[str, object]], source: str = "invented") -> dict:
    """A row of `features.utterances`."""
    return {"row_id": f"r{number:03}", "text": text, "intent": "add", "slots": json.dumps(named), "lang": "en",
            "source": source, "template": template}  # fmt: skip


def utterances(count: int = 200) -> pa.Table:
    """`count` rows of `features.utterances`, ten templates in turn, in lower case."""
    rng, rows = np.random.default_rng(0), []
    for number in range(count):
        template = FRAMES[number % len(FRAMES)]
        values = {"song": TITLES, "artist": ARTISTS, "playlist": PLAYLISTS}
        text, named = filled(template, {name: str(rng.choice(every)).lower() for name, every in values.items()})
        rows.append(row(number, template, text, named))
    return pa.Table.from_pylist(rows)


def catalogue() -> pa.Table:
    """`features.catalogue` as far as names are looked up in it."""
    songs = [
        {"track_id": f"t{i}", "title": title, "artist": artist, "album": None}
        for i, (title, artist) in enumerate(zip(TITLES, ARTISTS, strict=True))
    ]
    return pa.Table.from_pylist(songs, pa.schema([(x, pa.string()) for x in ("track_id", "title", "artist", "album")]))
