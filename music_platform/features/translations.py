"""Songs with a translation: below a heading, or line by line. Where it is certain, the original alone is kept."""

import re
from itertools import islice

from music_platform.features.text import OF_ONE_LANGUAGE, detect_language, language_votes, word_counts

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
    if not OF_ONE_LANGUAGE.isdisjoint(one & other) or not _alternate(shown):
        return text
    written = start + list(lines)
    if not _alternate(written):
        return text
    originals = iter(range(len(written)))
    return re.sub(
        r"\n{3,}", "\n\n", "\n".join(line for line in text.split("\n") if not line or next(originals) % 2 == 0)
    )


def _alternate(lines: list[str]) -> bool:
    """Whether the lines at odd places, counted from 0, are a translation of those before them."""
    if len(lines) < 2 * _LEAST_PAIRS or len(lines) % 2:
        return False
    one, other = _language(lines[::2]), _language(lines[1::2])
    if other == "" or one == other:
        return False
    sizes = [len(line.split()) for line in lines]
    if any(
        not 0.4 <= one_size / other_size <= 2.5 for one_size, other_size in zip(sizes[::2], sizes[1::2], strict=True)
    ):
        return False
    margins = [votes[other] - votes.get(one, 0) for votes in map(_votes, lines)]
    first, second = margins[::2], margins[1::2]
    wrong = sum(margin > 0 for margin in first) + sum(margin < 0 for margin in second)
    told = sum(margin < 0 for margin in first) if one else 0.6 * len(first)
    return wrong <= 0.05 * len(lines) and min(told, sum(margin > 0 for margin in second)) >= 0.6 * len(first)


def _votes(line: str) -> dict[str, int]:
    return {**language_votes(word_counts(line)), "other script": len(_OTHER_SCRIPT.findall(line))}


def _language(lines: list[str]) -> str:
    """The language with most votes, or that the lines are in another script; nothing when neither stands out."""
    joined = "\n".join(lines)
    votes = sorted((count, language) for language, count in _votes(joined).items())
    (second, _), (most, best) = votes[-2:]
    return best if most >= 1.3 * second and most >= 0.08 * len(joined.split()) else ""
