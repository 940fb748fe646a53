"""Patterns of the text that sites and dumps wrap around lyrics, in the order in which they are applied.

Put a new header, mark or notice here. No pattern may look further than its line or a fixed number of characters, so
that a long text stays cheap.
"""

import re

_SECTION = (
    r"(?:(?:pre|post|pré|pós)[- ]?)?(?:refr[aã]o|coro|chorus|refrain|estribillo|hook|verso|verse|estrofa"
    r"|estrofe|bridge|ponte|puente|intro|introdução|interlude|interl[uú]dio|outro|saída|solo|instrumental|nakarat"
    r"|куплет|припев)"
)
_TIMES = r"(?:\d{1,2} ?x|x ?\d{1,2}|\d{1,2} (?:vezes|veces|times))"
_REPEAT = r"(?:bis|tris|rep[ei]t\w*|repeats?)"
_MARK = rf"(?:{_SECTION}|{_TIMES}|{_REPEAT})"
_LINE = r"^[^\w\n]*"
_END = r"[^\w\n]*$"

AROUND = tuple(
    re.compile(pattern, re.M)
    for pattern in (
        r"\A\s{0,20}\d{1,6} Contributors?[^\n]{0,2000}? ?Lyrics",
        r"\A(?:[^\n]{1,120}? Lyrics(?=[\[\"(A-ZÀ-Ý]|\s*$)\s*)+",
        r"(?:(?:\d{1,7}(?:\.\d{1,3})?K?)?Embed\s*){1,20}\Z",
        r"See [^\n]{1,60}? LiveGet tickets as low as \$[\d,.]{0,12}\d",
        r"You might also like",
    )
)
"""The page around the lyrics, often glued to a line: head, tail, adverts. A line break takes its place."""

WITHIN = tuple(
    re.compile(pattern, re.M | re.I)
    for pattern in (
        # Notices and credits.
        r"^\[?Letra de \"[^\n\]]*\]?$",
        r"Confirmação de Idade\s{0,9}Esta letra possui restrição de idade.{0,90}?Sou maior de 18 anos\.?",
        r"(?:Esta|Essa) (?:música|letra) foi removida em razão de solicitação[^\n]*",
        r"Unfortunately, we are not (?:licensed|authorized) to display the full lyrics[^\n]*",
        r"^Composi(?:ção|tor(?:es)?) ?:[^\n]*$",
        # Headers, stage notes and marks in brackets of any kind.
        rf"\{{[^{{}}\n]{{0,80}}?\b{_SECTION}\b[^{{}}\n]{{0,80}}\}}",
        r"\*[^*\n]{1,40}\*",
        r"\[[^\[\]\n]{1,80}\]",
        rf"[({{<] ?\*? ?{_MARK}\b(?:[ ,.:&+/-]{{0,3}}(?:{_MARK}|final|tudo|todo|all|de guitarra)\b){{0,4}}"
        r"[^\w\n]{0,3}[)}>]",
        rf"\( ?{_SECTION} ?[:-][^()\n]{{0,40}}\)",
        rf"\( ?{_SECTION} (?:\d|repet|repeat)[^()\n]{{0,30}}\)",
        rf"\( ?{_REPEAT}\b[^()\n]{{0,30}}\)",
        r"\( ?(?:guitar|piano|drum|sax)[^()\n]{0,10} solo ?\)",
        # The same without brackets.
        rf"[{{}}/|] ?(?:{_TIMES}|bis)(?!\w)",
        r"(?<!\w)(?:\d{1,2}x|x\d{1,2}|\d{1,2} x)(?!\w)",
        rf"{_LINE}{_SECTION}(?: \d{{1,2}})?[^\w\n]*: *",
        rf"{_LINE}{_SECTION} - [^()\n]{{1,40}}\)$",
        rf"{_LINE}(?:refr[aã]o|chorus|refrain|estribillo|pre-chorus|vers[eo] \d+|instrumental|припев){_END}",
        rf"{_LINE}(?:repeat|repete|repetir)(?: (?:\d{{1,2}}|chorus|refr[aã]o|tudo|all|verse)\b){{0,4}}{_END}",
        rf"(?:\bbis[^\w\n]{{0,9}}){{1,9}}{_END}",
        # An aside that is sung keeps its words and loses its brackets.
        r"[()\[\]{}<>*]+",
    )
)
"""Words and marks that stand between the sung words. A space takes the place of each."""
