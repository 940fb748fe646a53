"""A page of a lyric site that stands in the text twice, and its tail."""

import re

_HEAD = re.compile(r"\s{0,20}(\d{1,6} Contributors?[^\n]{0,2000}? ?Lyrics|[^\n]{1,120}? Lyrics(?=[\[\"(A-ZÀ-Ý\s]|$))")
_COUNT = re.compile(r"(?<!\d)\d{1,7}(?:\.\d{1,3})?K?\Z")
_TAIL = re.compile(r"[0-9](?:\.\d{1,3})?K?Embed(?!\w*[a-z])")
_SAID = re.compile(r"[^\W_]+")


def one_page(text: str, lowered: str) -> str:
    """The text of the first page, without the number of shares at its end. `lowered` is the text in lower case."""
    if "lyrics" in lowered and (head := _HEAD.match(text)) and text.count(head[1]) > 1:
        _, first, *others = text.split(head[1])
        text = head[1] + (first if _same(first, others) else "\n\n".join([first, *others]))
    if "embed" not in lowered:
        return text
    if (tail := _TAIL.search(text)) and _SAID.search(text, tail.end()):
        first, *others = _TAIL.split(text)
        if _same(first, others):
            text = text[: tail.end()]
    return _without_tail(text)


def _same(first: str, others: list[str]) -> bool:
    words = _words(first)
    return all(not other or other == words for other in map(_words, others))


def _words(page: str) -> list[str]:
    return _SAID.findall(_without_tail(page).lower())


def _without_tail(text: str) -> str:
    while (bare := text.rstrip()).endswith("Embed"):
        text = bare[:-19] + _COUNT.sub("", bare[-19:-5])
    return text
