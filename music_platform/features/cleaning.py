"""The sung words of a text, as pure functions. Both engines and the service use them.

Put a pattern of the text around lyrics into `lyrics_patterns.py`.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterable

from music_platform.features.broken_encoding import broken_words, repaired
from music_platform.features.chord_sheets import without_chords
from music_platform.features.credits import without_credits
from music_platform.features.lyrics_pages import one_page
from music_platform.features.lyrics_patterns import AROUND, BARE, BRACKETED, Rule
from music_platform.features.text import normalise, straight_quotes
from music_platform.features.timed_text import without_times
from music_platform.features.translations import without_headed_translation, without_translated_lines

_NOT_PLAIN = re.compile(r"[^\n -%'-_a-~¡¿À-ÿ–—€ŒœŠšŽž]")
"""Any character that one of the rules of characters may change. Most songs have few."""
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LOOKALIKES = dict(zip("АВЕКМНОРСТХІЈЅаеорсухіјѕ", "ABEKMHOPCTXIJSaeopcyxijs", strict=True))
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_WORD = re.compile(r"[^\W\d_]+")
_TAG_BREAK = re.compile(r"<\s*(?:br|/p|/div|/li)\s*/?\s*>", re.I)
_TAG = re.compile(r"</?[a-z][^<>\n]{0,200}>", re.I)
_URL = re.compile(r"(?:https?://|www\.)\S+", re.I)
_ESCAPED_AGAIN = re.compile("&(?:(?:amp|#38);)+")
_FLAT_LINE = re.compile(r",(?=[^\W\d_a-zà-ÿ]|[\"'(\[])")
_BEFORE_POINT = re.compile(r"(?<! ) +(?=[,.;:!?])")
_UNSAID = re.compile(r"\n(?:[^\w\n]|_)+(?=\n)")
_PASSES = 12


def clean_lyrics(text: str) -> str:
    """The sung words alone, stanzas parted by a blank line. Cleaning twice changes nothing.

    Removes the text that sites and dumps wrap around lyrics (page heads, adverts, section headers, marks of
    repetition, notices, stage notes) and undoes their changes to characters (entities, odd spaces, look-alike
    letters, flattened lines).
    """
    # A mark may only become visible when the one around it is gone. Real texts need two or three passes.
    for _ in range(_PASSES):
        text, before = _clean_once(text), text
        if text == before:
            text = without_translated_lines(text)
        if text == before:
            break
    return text


def _clean_once(text: str) -> str:
    text = _characters(repaired(text))
    lowered = text.lower()
    if "<" in text:
        text = _TAG.sub(" ", _TAG_BREAK.sub("\n", text))
    if "://" in text or "www." in lowered:
        text = _URL.sub(" ", text)
    text = without_times(text.strip())
    if "\n" not in text:
        # Dumps on one line part stanzas by 3 or more spaces, and lines by 2 or by a comma without a space after it.
        text = _FLAT_LINE.sub("\n", re.sub(" {3,}", "\n\n", text).replace("  ", "\n"))
    text = without_chords(one_page(text, lowered))
    text = without_credits(_applied(AROUND, text, lowered), lowered)
    if "transl" in lowered or "tradu" in lowered:
        text = without_headed_translation(text)
    text = _applied(BRACKETED, text, lowered)
    return _lines(_applied(BARE, text, text.lower()))


def _applied(rules: Iterable[Rule], text: str, lowered: str) -> str:
    for triggers, pattern, by, also in rules:
        if also in lowered:
            for trigger in triggers:
                if trigger in lowered:
                    text = pattern.sub(by, text)
                    break
    return text


def _lines(text: str) -> str:
    """The text with single spaces, and with no more than one line without words between two lines."""
    if " ," in text or " ." in text or " !" in text or " ?" in text or " :" in text or " ;" in text:
        text = _BEFORE_POINT.sub("", text)
    text = text.replace("\t", " ").replace("\u1680", " ")  # NFKC leaves no other spaces
    while "  " in text:
        text = text.replace("  ", " ")
    text = text.replace(" \n", "\n").replace("\n ", "\n")
    text = _UNSAID.sub("\n", f"\n{text.strip()}\n")
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.strip()


def _characters(text: str) -> str:
    if text.isascii() and "&" not in text and "`" not in text and text.replace("\n", "").isprintable():
        return text
    if not _NOT_PLAIN.search(text):
        return text
    if "&" in text:
        text = html.unescape(_ESCAPED_AGAIN.sub("&", text))
    text = straight_quotes(text.replace("\r\n", "\n").replace("\r", "\n"))
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    if not _CYRILLIC.search(text):
        return text
    return " ".join(piece if piece.isascii() else _WORD.sub(_latin, piece) for piece in text.split(" "))


def _latin(match: re.Match[str]) -> str:
    word = match.group()
    mapped = "".join(_LOOKALIKES.get(letter, letter) for letter in word)
    has_latin = any("a" <= letter <= "z" for letter in word.lower())
    return mapped if has_latin and not _CYRILLIC.search(mapped) else word


def not_lyrics(artist: str, text: str) -> str | None:
    """The reason why a text in the place of lyrics is none; None for lyrics.

    Such texts are takedown and licence notices, "(Instrumental)", block pages, and the pages that lyric sites file
    under their own name, and texts whose letters were lost when a file was read in another encoding than its own.
    """
    start = _characters(text[:600]).lower()
    if normalise(artist).split(" ")[0] in ("genius", "spotify"):
        return f"artist: {artist[:40]!r} is a site, not an artist"
    for phrase, what in _NOTICES.items():
        if phrase in start:
            return f"lyrics: the text is a {what}"
    if _INSTRUMENTAL.fullmatch(start):
        return "lyrics: the text says that the song is instrumental"
    if broken := broken_words(text):
        return f"lyrics: letters were lost in {len(broken)} words, such as {broken[0][:20]!r}; save the file as UTF-8"
    return None


_NOTICES = {
    "foi removida em razão de solicitação": "takedown notice",
    "not licensed to display": "licence notice",
    "not authorized to display": "licence notice",
    "just a moment...": "block page",
}
_INSTRUMENTAL = re.compile(r"\W*(?:m[uú]sica )?instrumental\W*")


def clean_article(text: str) -> str:
    """A news text on one line, without markup, links and entities, even half ones (`#39;`)."""
    text = html.unescape(re.sub(r"(?<!&)#(\d{2,4});", r"&#\1;", _ESCAPED_AGAIN.sub("&", text)))
    text = _URL.sub(" ", _TAG.sub(" ", _characters(text)).replace("\\$", "$").replace("\\", " "))
    return " ".join(text.split())


CLEANERS: dict[str, Callable[[str], str]] = {"strip": str.strip, "lyrics": clean_lyrics, "article": clean_article}
"""The functions that prepare a text before a model reads it, by the names that tasks give them."""
