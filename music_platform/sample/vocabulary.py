"""The vocabularies of the sample, and seeded chance.

Put a word into `vocabulary/<name>.json`. All names and words are invented or everyday ones; nothing is taken
from a real song, article or person.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")

LANGUAGES = ("pt", "en", "es")


@cache
def vocabulary(name: str) -> dict[str, Any]:
    """The file `vocabulary/<name>.json`."""
    path = Path(__file__).with_name("vocabulary") / f"{name}.json"
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded


@cache
def words(name: str, *keys: str) -> tuple[str, ...]:
    """The space-separated words under `keys` of a vocabulary, e.g. `words("pt", "genres", "rap")`."""
    value: Any = vocabulary(name)
    for key in keys:
        value = value[key]
    return tuple(value.split())


def chance(*seed: object) -> np.random.Generator:
    """A generator that depends on `seed` alone: equal parts, equal numbers, in every process."""
    digest = hashlib.blake2b("\0".join(map(str, seed)).encode(), digest_size=8).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def pick(rng: np.random.Generator, items: Sequence[T]) -> T:
    """One of `items`, each equally likely."""
    return items[int(rng.integers(len(items)))]


def shuffled(items: Sequence[T], *seed: object) -> list[T]:
    """`items` in an order that depends on `seed` alone."""
    return [items[i] for i in chance(*seed).permutation(len(items))]


def fill(rng: np.random.Generator, pattern: str, items: Sequence[str]) -> str:
    """`pattern` with each `{}` replaced by one of `items`."""
    return pattern.format(*(pick(rng, items) for _ in range(pattern.count("{}"))))


def unaccented(text: str) -> str:
    """A text without its accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def slug(name: str) -> str:
    """A name as both lyric sites write it in an address: "Ação & Cia. (part. Zé)" is `acao-e-cia-part-ze`."""
    plain = unaccented(name.lower().replace("&", "e"))
    return re.sub(r"\s+", "-", re.sub(r"[^a-z0-9\s-]", "", plain).strip())
