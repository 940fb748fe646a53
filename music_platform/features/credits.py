"""The credits, licences and links below a song."""

import re

from music_platform.features.lyrics_patterns import DOING, PEOPLE, WORKS

_NAMED = r"[A-ZÀ-Þ][\w'.-]*"
_NAMES = rf"{_NAMED}(?:(?:[ ,/&;|-]+|\b(?: and | e | y | de | da | do | del | feat\. ))+{_NAMED}){{0,12}}"
_ONLY_NAMES = re.compile(rf"{_NAMES}\.?")
_BEFORE_COLON = "(?:author|autor|producer|label|publishing|music|música|letra|lyrics|words)(?:s|es)?"
_AND = "(?: and | & |, |/)"
_GIVEN = f"(?:licen[sc]ed|provided|powered)(?:{_AND}(?:licen[sc]ed|provided|powered))?"
_WHOLE_LINES = (
    rf"(?i:{DOING}(?:{_AND}{DOING}){{0,3}} by|{PEOPLE}|{WORKS}|letra [ey] música|(?:lyrics and )?music and lyrics"
    rf"|lyrics and music|{_BEFORE_COLON}(?=:))(?P<open> ?:?)(?: ?{_NAMES}[^\n]{{0,200}})?",
    rf"(?i:(?:lyrics?|letras?)(?: are)? ?(?:©|\(c\))? ?{_GIVEN} (?:by|to|from)\b[^\n]{{0,200}})",
    rf"(?i:{_GIVEN} by (?:LyricFind|Musixmatch)\b[^\n]{{0,200}})",
    r"(?:©|℗|(?i:\([cp]\)|lyrics? ?(?:©|\(c\))|copyright(?: ?(?:©|\(c\)))?) ?(?=[\dA-ZÀ-Þ:]))[^\n]{0,200}",
    r"(?i:[^\n]{0,80}\b(?:all rights reserved|todos (?:os direitos|los derechos) reservados)\b[^\n]{0,80})",
    r"(?i:(?:source|fonte|fuente) ?: ?[^\n]{1,60})",
)
_LAST = re.compile("|".join(_WHOLE_LINES))
_LINKS = re.compile(
    r"\n[^\w\n]{0,4}(?:external links|links externos|enlaces externos)[^\w\n]*(?=\n)(?:\n[^\n]{0,200}){0,10}\Z", re.I
)
_WITHIN_LINE = re.compile(
    r"(?<=[^\n]{2}) (?:(?:Songwriter(?:s|\(s\))?|Compositor(?:es)?|Composição|Composers?) ?: "
    r"|Lyrics licensed (?:and provided )?by )[^\n]*\Z"
)
_NEVER_SUNG = re.compile(r"[:©℗]|\([cp]\)|LyricFind|Musixmatch|rights reserved|reservados", re.I)
_SIGNS = (
    *(
        ":",
        "©",
        "℗",
        "(c",
        "(p",
        "by",
        "por",
        "reserv",
        "right",
        "writer",
        "compos",
        "letra",
        "lyric",
        "music",
        "words",
    ),
    *("publish", "arrang", "editor", "produ", "letrist"),
)
"""Parts of every credit in lower case."""
_MOST_NAMES, _LONGEST = 6, 200


def without_credits(text: str, lowered: str) -> str:
    """The text without the credits and links at its end. `lowered` is the text in lower case, or more than that."""
    if "extern" in lowered:
        text = _LINKS.sub("", f"\n{text}").strip("\n")
    if "songwriter" in lowered or "compos" in lowered or "licen" in lowered:
        text = _WITHIN_LINE.sub("", text)
    lines = text.split("\n")
    return "\n".join(lines[: _first_credit(lines)])


def _first_credit(lines: list[str]) -> int:
    """The number of the line where the credits at the end begin, or the number of all lines.

    Lines of names alone are credits below a line that announces them, such as "Written by".
    """
    first, names = len(lines), 0
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number].strip()
        if not line:
            continue
        if len(line) > _LONGEST:
            break
        lowered = line.lower()
        found = _LAST.fullmatch(line) if any(sign in lowered for sign in _SIGNS) else None
        # A line that could be sung is a credit where it stands apart, or below other credits that do.
        apart = number == 0 or not lines[number - 1].strip() or first < len(lines) or _NEVER_SUNG.search(line)
        if found and (not names or found.end("open") == len(line)):
            first, names = (number if apart else first), 0
        elif names < _MOST_NAMES and _ONLY_NAMES.fullmatch(line):
            names += 1
        else:
            break
    return first
