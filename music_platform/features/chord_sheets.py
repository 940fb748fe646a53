"""Chords and tablatures between the words, as sites for guitarists have them.

A name of a chord may be a sung word (`A`, `E`, `Am I`), so lines go only where the whole text makes it certain.
"""

import re

from music_platform.features.lyrics_patterns import SECTION

_ROOT = r"[A-G](?:[#♯♭]|b(?![a-z]))?"
_CHORD = (
    rf"(?>{_ROOT}(?:maj|min|dim|aug|sus|add|alt|m(?!m)|M|[°ø+]|-(?=\d)|[#b]?\d{{1,2}}[+-]?)*"
    rf"(?:\([\d#b+,/majsud -]{{1,12}}\))?(?:/(?:{_ROOT}|[#b]?\d{{1,2}})[+-]?)*)(?![\w#'’])"
)
_BETWEEN = r"(?>[ \t]*[|,–—>%~/-]+[ \t]*|[ \t]+)"
_BESIDE = r"\(?(?:x ?\d{1,2}|\d{1,2} ?x)\)?|\.{2,3}|N\.?C\.?"
_LABEL = r"\[[^\[\]\n]{1,40}\]|[A-Z][^\W\d_]{2,13}(?: \d{1,2})?(?::|(?=[ \t]))"
_LINE = re.compile(
    rf"\n[ \t]*(?P<label>(?:{_LABEL})[ \t]*)?(?P<chords>[|(%/]*[ \t]*{_CHORD}(?:{_BETWEEN}(?:{_CHORD}|{_BESIDE}))*+)"
    r"[ \t|%):.]*(?=\n)"
)
_SHAPE = r"[A-G](?!(?!maj|min|dim|aug|sus|add|alt)[ac-ln-z]|b[a-z]|['’])"
_MAYBE = re.compile(
    rf"\n[ \t|(%/]*(?:\[[^\]\n]*\][ \t]*|[A-Z][a-zà-ÿ]{{2,13}}(?: \d{{1,2}})?:?[ \t]+)?[|(%/ \t]*{_SHAPE}"
)
"""Cheap, and true of the beginning of every line of chords."""
_NAME = re.compile(_CHORD)
_SURE = re.compile(r"[#♯♭\d/°ø+m]|[A-G]b|sus|dim|aug|alt")
_INLINE = re.compile(rf"\[{_CHORD}\]")
_IN_ROUND = re.compile(rf"\((?P<chord>{_CHORD})\)")
_TAB = re.compile(r"\n[ \t]*(?:[A-Za-z]{1,2}[#b\d]?[ \t]*)?[|:](?=[^\n]*--)[-\d|:hpbrsxXtov/\\~()^.<>*=+ \t]*(?=\n)")
_BARE_TAB = re.compile(r"\n[ \t|]*--(?=[^\n]*\d)[-\d|hpbx/\\~ \t]*(?=\n)")
_SETTING = re.compile(
    rf"\n[ \t]*(?:(?:Tom|Tono|Key|Tonalidade|Tonalidad) ?:[ \t]*{_CHORD}"
    r"|(?:Capo|Capotraste|Cejilla|Tuning|Afinação|Afinación)\b ?:?[ \t]*(?=[^\n]{0,40}(?:\d|standard|none|[A-G] ))"
    r"[^\n]{0,40})[ \t]*(?=\n)",
    re.I,
)
_SECTION_NAME = re.compile(rf"{SECTION}(?: \d{{1,2}})?[ \t]*", re.I)


def without_chords(text: str) -> str:
    """The text without lines of chords, chords in brackets, tablatures, and notes on the tuning."""
    text = f"\n{text}\n"
    if "--" in text and "\n" in text[1:-1]:
        text = _BARE_TAB.sub("", _TAB.sub("", text))
    if "[" in text:
        text = _INLINE.sub("", text)
    if "(" in text:
        names = {found["chord"] for found in _IN_ROUND.finditer(text)}
        if len(names) > 2 and any(map(_SURE.search, names)):
            text = _IN_ROUND.sub("", text)
    if not _MAYBE.search(text):
        return text[1:-1]
    lines = [line for line in _LINE.finditer(text) if _is_label(line["label"])]
    if gone := _chord_lines(text, lines):
        text = _SETTING.sub("", _rest(text, gone))
    return text[1:-1]


def _is_label(label: str | None) -> bool:
    return label is None or label.rstrip().endswith((":", "]")) or bool(_SECTION_NAME.fullmatch(label))


def _chord_lines(text: str, lines: list[re.Match[str]]) -> list[re.Match[str]]:
    """Those of the lines that look like chords that are certain, and the doubtful ones beside them."""
    chords = [_NAME.findall(line["chords"]) for line in lines]
    certain = [
        len(names) > 1
        and (
            any(map(_SURE.search, names))
            or any(mark in line["chords"].strip() for mark in ("  ", "\t", "|"))
            or line["label"] is not None
        )
        for line, names in zip(lines, chords, strict=True)
    ]
    if not any(certain):
        return lines if _alternate(text, lines, chords) else []
    single = sum(certain) > 1
    return [
        line
        for line, names in zip(lines, chords, strict=True)
        if len(names) > 1 or single or line.group().startswith("\n  ")
    ]


def _alternate(text: str, lines: list[re.Match[str]], chords: list[list[str]]) -> bool:
    """Whether three or more single chords, not all plain letters, each stand above a line of words."""
    names = {name for line in chords for name in line}
    if len(lines) < 3 or len(names) < 2 or not any(map(_SURE.search, names)):
        return False
    starts = {line.start() for line in lines}
    return all(line.end() not in starts and text[line.end() : line.end() + 2].strip() for line in lines)


def _rest(text: str, gone: list[re.Match[str]]) -> str:
    starts = [0, *(line.end() for line in gone)]
    ends = [*(line.start() for line in gone), len(text)]
    return "".join(text[start:end] for start, end in zip(starts, ends, strict=True))
