"""The language of the person who asks, and the service's own words in it: reasons, names of clusters, refusals.

`language.<language>.json` maps an English phrase, with places like `{title}`, to its translation, and a type of
pydantic's errors to its message. A phrase that is not there stays English. The replies of the assistant are in
`assistant/dialogue`.
"""

import json
import re
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "es", "pt")
LANGUAGE: ContextVar[str] = ContextVar("language", default=LANGUAGES[0])
"""Language of the request that is being answered, one of `LANGUAGES`."""
_WANTED = re.compile(r"\s*([a-zA-Z]{2})(?:-[\w-]+)?\s*(?:;\s*q=\s*(\d(?:\.\d{0,3})?))?\s*$")


def preferred(header: str) -> str:
    """The language that the value of a header `Accept-Language` prefers (RFC 9110, 12.5.4), English if none fits."""
    wanted = [found for part in header.split(",")[:20] if (found := _WANTED.match(part))]
    ranked = sorted(wanted, key=lambda found: -float(found[2] or 1))
    fits = (found[1].lower() for found in ranked if float(found[2] or 1) > 0)
    return next((language for language in fits if language in LANGUAGES), LANGUAGES[0])


def said(phrase: str, **values: Any) -> str:
    """A phrase in the language of the request, with its places filled; the values stay as they are."""
    return _words(LANGUAGE.get()).get(phrase, phrase).format(**values)


def cluster_name(name: str) -> str:
    """The name of a cluster, as "ambient: instrumental, sad", in the language of the request."""
    words = _words(LANGUAGE.get())
    mood, *rest = name.split(": ", 1)
    traits = [words.get(trait, trait) for trait in rest[0].split(", ")] if rest else []
    return words.get(mood, mood) + (f": {', '.join(traits)}" if traits else "")


def problem(error: Mapping[str, Any]) -> str:
    """The message of one of pydantic's errors in the language of the request."""
    template = _words(LANGUAGE.get()).get(error["type"])
    try:
        return template.format(**error.get("ctx", {})) if template else str(error["msg"])
    except (KeyError, IndexError):
        return str(error["msg"])


@cache
def _words(language: str) -> dict[str, str]:
    if language == LANGUAGES[0]:
        return {}
    words: dict[str, str] = json.loads(Path(__file__).with_name(f"language.{language}.json").read_text("utf-8"))
    return words
