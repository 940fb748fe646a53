"""Patterns of the text that sites and dumps wrap around lyrics, in the order in which they are applied.

Put a new header, mark or notice here. No pattern may look further than its line or a fixed number of characters, so
that a long text stays cheap. Triggers make a song cheap, because most rules have nothing to do in most songs.
"""

import re
from typing import NamedTuple


class Rule(NamedTuple):
    """What a pattern matches is replaced. It is looked for only in a text that has one of the triggers."""

    triggers: tuple[str, ...]
    """Parts of the text in lower case: one of them stands wherever the pattern matches."""
    pattern: re.Pattern[str]
    by: str
    also: str = ""
    """A further part that stands there as well."""


def _line_break(*triggers: str, pattern: str, also: str = "") -> Rule:
    return Rule(triggers, re.compile(pattern, re.M), "\n", also)


def _space(*triggers: str, pattern: str, also: str = "") -> Rule:
    return Rule(triggers, re.compile(pattern, re.M | re.I), " ", also)


_SECTIONS = (
    *("refrão", "refrao", "coro", "chorus", "refrain", "estribillo", "hook", "verso", "verse", "estrofa", "estrofe"),
    *("bridge", "ponte", "puente", "intro", "introdução", "interlude", "interludio", "interlúdio", "outro", "saída"),
    *("solo", "instrumental", "nakarat", "куплет", "припев"),
)
_REPEATS = ("bis", "tris", "repet", "repit", "repeat")
_SECTION = rf"(?:(?:pre|post|pré|pós)[- ]?)?(?:{'|'.join(_SECTIONS)})"
SECTION = _SECTION
"""A pattern of the name of a part of a song, in any case."""
_TIMES = r"(?:\d{1,2} ?x|x ?\d{1,2}|\d{1,2} (?:vezes|veces|times))"
_REPEAT = r"(?:bis|tris|rep[ei]t\w*|repeats?)"
_MARK = rf"(?:{_SECTION}|{_TIMES}|{_REPEAT})"
DOING = r"(?:written|composed|produced|recorded|mixed|mastered|arranged|performed|published|engineered)"
PEOPLE = (
    r"(?:songwriters?|writers?|composers?|lyricists?|publishers?|arrangers?|compositor[ae]?s?|letristas?|editoras?"
    r"|produtor[ae]?s?|productor[ae]?s?|compositor\((?:es|a)\)|songwriter\(s\)|writer\(s\)|composer\(s\)|publisher\(s\))"
)
WORKS = (
    r"(?:composição|composición|composition|escrit[ao] por|compuest[ao] por|compost[ao] por|words and music"
    r"|lyrics by|music by)"
)
_NAMING = (
    *(" by", "writer", "compos", "compuest", "escrit", "publish", "lyricist", "letrist", "editor", "produ", "arrang"),
    "words",
)
CREDITS = (
    rf"^[^\w\n]{{0,3}}(?:{DOING}(?:(?: and | & |, |/){DOING}){{0,3}} by|{PEOPLE}|{WORKS}(?: (?:by|por))?) ?:[^\n]*$"
)
"""A line that names writers after a colon. No such line is sung."""
_LINE = r"^[^\w\n]*"
_END = r"[^\w\n]*$"

AROUND = (
    _line_break(
        "read more",
        pattern=r"\A\s{0,20}\d{1,6} Contributors?[^\n]{0,2000}? ?Lyrics[^\[]{0,3000}?\bRead More\b",
        also="contributor",
    ),
    _line_break("read more", pattern=r"\A[^\[]{0,3000}?(?:\.\.\.|…)\s?Read More\b"),
    _line_break("contributor", pattern=r"\A\s{0,20}\d{1,6} Contributors?[^\n]{0,2000}? ?Lyrics"),
    _line_break("lyrics", pattern=r"\A(?:[^\n]{1,120}? Lyrics(?=[\[\"(A-ZÀ-Ý]|\s*$)\s*)+"),
    _line_break("liveget", pattern=r"See [^\n]{1,60}? LiveGet tickets as low as \$[\d,.]{0,12}\d"),
    _line_break("might", pattern=r"You might also like"),
    _line_break("paroles", pattern=r"\A\s{0,9}Paroles de la chanson [^\n]{1,120}? par [^\n]{1,80}$"),
    _line_break(
        "commercial",
        pattern=r"(?:\s{0,4}\.\.\.)?\s{0,4}\*{0,20}\s{0,3}This Lyrics is NOT for Commercial use\s{0,3}\*{0,20}"
        r"(?:\s{0,4}\(\d{3,20}\))?",
    ),
)
"""The page around the lyrics, often glued to a line: head, tail, adverts. A line break takes its place."""

BRACKETED = (
    # Notices and credits.
    _space("letra", pattern=r"^\[?Letra de \"[^\n\]]*\]?$"),
    _space(
        "idade",
        pattern=r"Confirmação de Idade\s{0,9}Esta letra possui restrição de idade.{0,90}?Sou maior de 18 anos\.?",
    ),
    _space("removida", pattern=r"(?:Esta|Essa) (?:música|letra) foi removida em razão de solicitação[^\n]*"),
    _space(
        "unfortunately", pattern=r"Unfortunately, we are not (?:licensed|authorized) to display the full lyrics[^\n]*"
    ),
    _space(*_NAMING, pattern=CREDITS, also=":"),
    _space("{\\", pattern=r"\{\\[^{}\n]{1,40}\}"),
    # Headers, stage notes and marks in brackets of any kind.
    _space("{", pattern=rf"\{{[^{{}}\n]{{0,80}}?\b{_SECTION}\b[^{{}}\n]{{0,80}}\}}"),
    _space("*", pattern=r"\*[^*\n]{1,40}\*"),
    _space("[", pattern=r"\[[^\[\]\n]{1,80}\]"),
    _space(
        *("(", "{", "<"),
        pattern=rf"[({{<] ?\*? ?{_MARK}\b(?:[ ,.:&+/-]{{0,3}}(?:{_MARK}|final|tudo|todo|all|de guitarra)\b){{0,4}}"
        r"[^\w\n]{0,3}[)}>]",
    ),
    _space("(", pattern=rf"\( ?{_SECTION} ?[:-][^()\n]{{0,40}}\)"),
    _space("(", pattern=rf"\( ?{_SECTION} (?:\d|repet|repeat)[^()\n]{{0,30}}\)"),
    _space("(", pattern=rf"\( ?{_REPEAT}\b[^()\n]{{0,30}}\)"),
    _space("solo", pattern=r"\( ?(?:guitar|piano|drum|sax)[^()\n]{0,10} solo ?\)"),
)
"""Notices and marks that stand between the sung words. A space takes the place of each."""

BARE = (
    # The same marks without brackets.
    _space("{", "}", "/", "|", pattern=rf"[{{}}/|] ?(?:{_TIMES}|bis)(?!\w)"),
    # It begins with a set of characters, which is looked for quickly.
    Rule(("x",), re.compile(r"[0-9xX](?<!\w.)(?:(?<=\d)\d? ?[xX]|(?<=[xX])\d{1,2})(?!\w)"), " "),
    _space(*_SECTIONS, pattern=rf"{_LINE}{_SECTION}(?: \d{{1,2}})?[^\w\n]*: *", also=":"),
    _space(*_SECTIONS, pattern=rf"{_LINE}{_SECTION} - [^()\n]{{1,40}}\)$", also=" - "),
    _space(
        *("refr", "chorus", "estribillo", "vers", "instrumental", "припев"),
        pattern=rf"{_LINE}(?:refr[aã]o|chorus|refrain|estribillo|pre-chorus|vers[eo] \d+|instrumental|припев){_END}",
    ),
    _space(
        *("repeat", "repet"),
        pattern=rf"{_LINE}(?:repeat|repete|repetir)(?: (?:\d{{1,2}}|chorus|refr[aã]o|tudo|all|verse)\b){{0,4}}{_END}",
    ),
    _space("bis", pattern=rf"(?:\bbis[^\w\n]{{0,9}}){{1,9}}{_END}"),
    # An aside that is sung keeps its words and loses its brackets.
    _space("(", ")", "[", "]", "{", "}", "<", ">", "*", pattern=r"[()\[\]{}<>*]+"),
)
"""What is left when those are gone. A space takes the place of each."""
