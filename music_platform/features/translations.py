"""Songs with a translation: below a heading, or line by line. Where it is certain, the original alone is kept."""

import re
from itertools import islice

from music_platform.features.text import (
    OF_ONE_LANGUAGE,
    OF_SEVERAL_LANGUAGES,
    detect_language,
    language_votes,
    word_counts,
)

_LANGUAGE = r"(?:english|spanish|portuguese|french|inglesa?|español|española|portugu[eê]sa?|portuguesa?)"
_TRANSLATION = re.compile(
    rf"[^\w\n]*(?:{_LANGUAGE} )?(?:translation|tradução|traducao|traducción|traduccion|traduction)"
    r"(?: (?:in|into|to|em|en|al|ao|para|para o|del?|do))?(?: [^\W\d_]{2,12})?[^\w\n]*",
    re.I,
)
_ORIGINAL = re.compile(
    r"[^\w\n]*(?:original(?: (?:lyrics?|text|version))?|(?:letra|texto|versão|versión) original|lyrics?|letra)[^\w\n]*",
    re.I,
)
_OTHER_SCRIPT = re.compile(r"[^\W\d_a-zA-Z\u00c0-\u024f]+")
_LEAST_PAIRS = 3
_LEAST_SHARE = 0.15
"""Of the words of a language, those that tell it from the others."""
_FIRST = 6
_SHOWN = 80
"""Lines, and characters of each, that are looked at before all are."""


def without_headed_translation(text: str) -> str:
    """The text without what stands between a heading such as "Translation" and the end or a heading of the original.

    It stays when both are in one language, because the heading may be a sung word.
    """
    blocks: dict[bool, list[str]] = {True: [], False: []}
    original, headed = True, False
    for line in text.split("\n"):
        if _TRANSLATION.fullmatch(line):
            original, headed = False, True
        elif _ORIGINAL.fullmatch(line):
            original = True
        else:
            blocks[original].append(line)
    kept, left = ("\n".join(lines).strip() for lines in (blocks[True], blocks[False]))
    if not headed or not kept or not left or detect_language(kept) == detect_language(left):
        return text
    return kept


def without_translated_lines(text: str) -> str:
    """Every other line of a text, if all lines are in turns of one language and of another one."""
    lines = (line for line in text.split("\n") if line)
    start = list(islice(lines, _FIRST))
    shown = [line[:_SHOWN] for line in start]
    one, other = ({*" ".join(part).lower().split()} for part in (shown[::2], shown[1::2]))
    if len(OF_ONE_LANGUAGE & one & other) > 1 or not _alternate(shown):
        return text
    written = start + list(lines)
    if not _alternate(written):
        return text
    places = iter(range(len(written)))
    kept = "\n".join(line for line in text.split("\n") if not line or next(places) % 2 == 0)
    return re.sub(r"\n{3,}", "\n\n", kept)


def _alternate(lines: list[str]) -> bool:
    """Whether the lines at odd places, counted from 0, are a translation of those before them."""
    if len(lines) < 2 * _LEAST_PAIRS or len(lines) % 2:
        return False
    one, other = _language(lines[::2]), _language(lines[1::2])
    if other == "" or one == other:
        return False
    pairs = [*zip(lines[::2], lines[1::2], strict=True)]
    if any(original == translated or not _of_one_length(original, translated) for original, translated in pairs):
        return False
    if len({*pairs}) > len({original for original, _ in pairs}):
        return False  # a line that comes again has the same translation
    margins = [votes[other] - votes.get(one, 0) for votes in map(_votes, lines)]
    first, second = margins[::2], margins[1::2]
    wrong = sum(margin > 0 for margin in first) + sum(margin < 0 for margin in second)
    told = [sum(margin > 0 for margin in second)] + ([sum(margin < 0 for margin in first)] if one else [])
    return wrong <= (max(1, len(lines) // 8) if one else 0) and min(told) >= 0.6 * len(pairs)


def _of_one_length(original: str, translated: str) -> bool:
    return 0.4 <= len(original.split()) / len(translated.split()) <= 2.5


def _votes(line: str) -> dict[str, int]:
    counts = word_counts(line)
    for shared in counts.keys() & OF_SEVERAL_LANGUAGES:
        del counts[shared]
    return {**language_votes(counts), "other script": len(_OTHER_SCRIPT.findall(line))}


def _language(lines: list[str]) -> str:
    """The language with most votes, or that the lines are in another script; nothing when neither stands out."""
    joined = "\n".join(lines)
    votes = sorted((count, language) for language, count in _votes(joined).items())
    (second, _), (most, best) = votes[-2:]
    return best if most >= 1.3 * second and most >= _LEAST_SHARE * len(joined.split()) else ""
