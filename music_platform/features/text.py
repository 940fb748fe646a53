"""Text rules as pure functions: cleaning, language, and normalised keys. Both engines and the service use them.

Put a pattern of the text around lyrics into `lyrics_patterns.py`. Only the standard library is imported.
"""

import hashlib
import html
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

from music_platform.features.lyrics_patterns import AROUND, WITHIN

_SPACES = re.compile(r"[^\S\n]+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Before NFKC, which would turn an acute accent used as an apostrophe into a space and a combining mark.
_QUOTES = str.maketrans({**dict.fromkeys("‘’‚‛ʼ´`′", "'"), **dict.fromkeys("“”„‟«»″", '"')})
_LOOKALIKES = dict(zip("АВЕКМНОРСТХІЈЅаеорсухіјѕ", "ABEKMHOPCTXIJSaeopcyxijs", strict=True))
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_WORD = re.compile(r"[^\W\d_]+")
_TAG_BREAK = re.compile(r"<\s*(?:br|/p|/div|/li)\s*/?\s*>", re.I)
_TAG = re.compile(r"</?[a-z][^<>\n]{0,200}>", re.I)
_URL = re.compile(r"(?:https?://|www\.)\S+", re.I)
_ESCAPED_AGAIN = re.compile("&(?:(?:amp|#38);)+")
_FLAT_LINE = re.compile(r",(?=[^\W\d_a-zà-ÿ]|[\"'(\[])| {2}(?! )")
_BEFORE_POINT = re.compile(r"(?<! ) +(?=[,.;:!?])")
_SAID = re.compile(r"[^\W_]")
_BLANKS = re.compile(r"\n{3,}")
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
            break
    return text


def _clean_once(text: str) -> str:
    text = _URL.sub(" ", _TAG.sub(" ", _TAG_BREAK.sub("\n", _characters(text)))).strip()
    if "\n" not in text:
        # Dumps on one line part stanzas by 3 or more spaces, and lines by 2 or by a comma without a space after it.
        text = _FLAT_LINE.sub("\n", re.sub(" {3,}", "\n\n", text))
    for pattern in AROUND:
        text = pattern.sub("\n", text)
    for pattern in WITHIN:
        text = pattern.sub(" ", text)
    lines = (_SPACES.sub(" ", _BEFORE_POINT.sub("", line)).strip() for line in text.split("\n"))
    return _BLANKS.sub("\n\n", "\n".join(line if _SAID.search(line) else "" for line in lines)).strip()


def _characters(text: str) -> str:
    text = html.unescape(_ESCAPED_AGAIN.sub("&", text)).replace("\r\n", "\n").replace("\r", "\n").translate(_QUOTES)
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return _WORD.sub(_latin, text) if _CYRILLIC.search(text) else text


def _latin(match: re.Match[str]) -> str:
    word = match.group()
    mapped = "".join(_LOOKALIKES.get(letter, letter) for letter in word)
    has_latin = any("a" <= letter <= "z" for letter in word.lower())
    return mapped if has_latin and not _CYRILLIC.search(mapped) else word


def not_lyrics(artist: str, text: str) -> str | None:
    """The reason why a text in the place of lyrics is none; None for lyrics.

    Such texts are takedown and licence notices, "(Instrumental)", block pages, and the pages that lyric sites file
    under their own name.
    """
    start = _characters(text[:600]).lower()
    if normalise(artist).split(" ")[0] in ("genius", "spotify"):
        return f"artist: {artist[:40]!r} is a site, not an artist"
    for phrase, what in _NOTICES.items():
        if phrase in start:
            return f"lyrics: the text is a {what}"
    return "lyrics: the text says that the song is instrumental" if _INSTRUMENTAL.fullmatch(start) else None


_NOTICES = {
    "foi removida em razão de solicitação": "takedown notice",
    "not licensed to display": "licence notice",
    "not authorized to display": "licence notice",
    "just a moment...": "block page",
}
_INSTRUMENTAL = re.compile(r"\W*(?:m[uú]sica )?instrumental\W*")


_STOP_WORDS = {
    "pt": (
        "que não você eu com uma pra meu minha meus minhas essa esse esta este as nossa pro mais só é "
        "tá vou quem tem ela ele quando tudo sem muito amor até já seu sua dos das nos no em ao um os "
        "do da foi vai ser são também mas por se me te nem isso aqui de a o e"
    ),
    "en": (
        "the and you i to my it is of that your on for with don't i'm me we this be are was what when "
        "all so but have just it's can know no in a do if at up out not they he she him her from will"
    ),
    "es": (
        "que no y el la esta este mis los las yo tú mi con una por para es en un lo te me se su pero "
        "cuando más como si muy del al estoy eres soy quiero todo sin ya hay qué nada siempre ti de a "
        "o"
    ),
    "fr": (
        "je tu le les des et est pas que dans un une pour mon ma c'est qui ne sur avec moi toi j'ai "
        "la de à en se me mais"
    ),
    "it": (
        "che non è il di per un una sono mi ti ma come la con del della anche più e le si se io tu ho "
        "ci a lo quando perché questo"
    ),
    "de": ("ich und du die der das nicht ist ein mit mir wir es dich mich auf den zu so wie was sie er in noch nur"),
}
_WORDS_OF = {language: frozenset(words.split()) for language, words in _STOP_WORDS.items()}
_LANGUAGES_OF = {
    word: tuple(language for language, known in _WORDS_OF.items() if word in known)
    for words in _WORDS_OF.values()
    for word in words
}
_TELLING = (("ã", "pt"), ("õ", "pt"), ("ñ", "es"), ("ción", "es"))
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def detect_language(text: str) -> str:
    """The language with the largest share of stop words: `pt`, `en` or `es`; `und` when none stands out.

    French, Italian and German are recognised only so that they are not taken for one of the three.
    """
    tokens = Counter(_TOKEN.findall(text.lower().replace("’", "'")))
    votes: Counter[str] = Counter()
    for token, count in tokens.items():
        known = _LANGUAGES_OF.get(token) or tuple(language for part, language in _TELLING if part in token)
        for language in known:  # a refrain repeats its words: no word counts more than 20 times
            votes[language] += min(count, 20)
    (best, most), (_, second) = Counter({language: votes[language] for language in ("en", "es", "pt")}).most_common(2)
    foreign = max(votes[language] for language in ("fr", "it", "de"))
    return best if most > second and most >= foreign and most >= 0.08 * tokens.total() else "und"


_PLAIN = re.compile(r"[a-z0-9]+")
_LETTERS = re.compile(r"[^\W_]+")
_OTHER_SCRIPT = re.compile("[\u0590-\uffff\U00010000-\U0010ffff]")
"""Characters beyond Latin, Greek and Cyrillic; marks belong to their words, as vowels or voicing do."""


def normalise(text: str) -> str:
    """Lower-case letters and digits without accents, words parted by one space.

    Marks are accents on Latin, Greek and Cyrillic letters; in other scripts they tell words apart and stay.
    """
    if text.isascii():
        return " ".join(_PLAIN.findall(text.lower()))
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    if not _OTHER_SCRIPT.search(decomposed):
        decomposed = "".join(c for c in decomposed if not unicodedata.combining(c))
        return " ".join(_LETTERS.findall(decomposed))
    return unicodedata.normalize("NFC", " ".join("".join(_kept(decomposed)).split()))


def _kept(decomposed: str) -> Iterator[str]:
    base = " "
    for character in decomposed:
        if unicodedata.category(character).startswith("M"):
            if base >= "\u0590":
                yield character
        else:
            base = character if character.isalnum() else " "
            yield base


_SIGN = re.compile(r"((?<=[^\W\d_])#(?!\w)|[+=×÷±∞])")
_EVERY_SIGN = re.compile(r"((?<=[^\W\d_])#(?!\w)|[+=×÷±∞?!*@%$])")


def _with_signs(text: str, signs: re.Pattern[str]) -> str:
    """A normalised text in which some signs stand as words of their own."""
    parts = signs.split(unicodedata.normalize("NFKC", text).replace("♯", "#"))
    return " ".join(filter(None, (part if place % 2 else normalise(part) for place, part in enumerate(parts))))


def exact_key(title: str) -> str:
    """A title, normalised, with its version and the signs that may be all that tells it from another."""
    return _with_signs(title, _EVERY_SIGN) or title.strip()


_FEATURING = re.compile(r"[\s(\[]+(?:feat\.?|ft\.?|featuring|part\.|participação)\s.*", re.I)
_COMMA = re.compile(r",\s+(?!(?:the|jr)\b)", re.I)
_WHOLE = re.compile(r",\s[^,;]*\s(?:&|and|e|y)\s", re.I)
_AND = {"and", "e", "y", "the"}


def artists_of(artist: str) -> list[str]:
    """The artists of `A;B` and `A, B`, without guests; `A, B & C` is the name of one, as bands have it.

    Where semicolons part the artists, commas belong to their names.
    """
    name = _FEATURING.sub("", artist)
    if ";" in name:
        parts = name.split(";")
    else:
        parts = [name] if _WHOLE.search(f"{name} ") else _COMMA.split(name)
    return [part for part in map(str.strip, parts) if part]


def artist_key(artist: str) -> str:
    """The first named artist, normalised, without "&", "e", "and", "the".

    "leo-santana", "Léo Santana" and "Léo Santana feat. X" are one.
    """
    words = normalise(next(iter(artists_of(artist)), "")).split()
    return " ".join(word for word in words if word not in _AND) or " ".join(words) or artist.strip()


_VERSION = (
    r"(?:feat\b|ft\b|featuring\b|part\. |part(?:icipação)? (?!\d|[ivx]+\b|one\b|two\b|do\b|da\b)"
    r"|com participação|(?:versão )?ao vivo|en vivo|en directo|live\b|\d{4} (?:digital )?(?:re-?)?master"
    r"|\d{4} (?:version|versão)|(?:digital(?:ly)? )?re-?master(?:ed|izado)?\b|remasteri[sz]ad[oa]"
    r"|ac[uú]stic[oa]|acoustic|unplugged|mono\b|stereo\b|(?:radio|single|album) (?:edit|version)"
    r"|bonus track|[^()\[\]]{1,30}'s version|explicit\b|official|clipe|lyric video|from the vault)"
)
_VERSION_IN_BRACKETS = re.compile(rf"[(\[] ?{_VERSION}[^()\[\]]*[)\]]", re.I)
_VERSION_AFTER_DASH = re.compile(rf"\s[-–—] {_VERSION}.*", re.I)


def title_key(title: str) -> str:
    """A title, normalised, without the marks of a version (guests, live, remaster), with signs like that of "C#".

    A remix, a cover or an instrumental is another song and keeps its name.
    """
    plain = title.translate(_QUOTES)
    bare = _VERSION_AFTER_DASH.sub("", _VERSION_IN_BRACKETS.sub(" ", plain))
    return _with_signs(_FEATURING.sub("", bare), _SIGN) or normalise(plain) or title.strip()


def _hash(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def song_id(artist: str, title: str) -> str:
    """16 hex digits that all versions of a song by an artist share, however a site spells them."""
    return _hash(artist_key(artist), title_key(title))


_SHARED = 0.15
_FEW_WORDS = 20


def are_one_song(lyrics: str, other: str) -> bool:
    """Whether two texts under one title may be of one song: they share pairs of words, or one is too short to tell."""
    pairs = [set(pairwise(normalise(text).split())) for text in (lyrics, other)]
    fewest = min(map(len, pairs))
    return fewest < _FEW_WORDS or len(pairs[0] & pairs[1]) >= _SHARED * fewest


def part_id(song_id: str, text_key: str) -> str:
    """16 hex digits for another song of a title and artist, by its first text."""
    return _hash(song_id, text_key)


def track_hash(title: str, artist: str) -> str:
    """16 hex digits for one recording: its title, version and signs included, and all artists."""
    return _hash(exact_key(title), normalise(artist) or artist)


def text_key(text: str) -> str:
    """16 hex digits that texts share when they differ only in case, accents, spaces and punctuation."""
    return _hash(normalise(text) or text.strip())


def clean_article(text: str) -> str:
    """A news text on one line, without markup, links and entities, even half ones (`#39;`)."""
    text = html.unescape(re.sub(r"(?<!&)#(\d{2,4});", r"&#\1;", _ESCAPED_AGAIN.sub("&", text)))
    text = _URL.sub(" ", _TAG.sub(" ", _characters(text)).replace("\\$", "$").replace("\\", " "))
    return " ".join(text.split())


CLEANERS: dict[str, Callable[[str], str]] = {"strip": str.strip, "lyrics": clean_lyrics, "article": clean_article}
"""The functions that prepare a text before a model reads it, by the names that tasks give them."""


_QUOTED = re.compile(r"\"[^\"]{1,80}\"|(?<!\w)'.{1,80}?'(?= [a-z]|[.,;?!]|$)")
_NAMED = r"(?!I\b)[A-ZÀ-Ý0-9][\w'.&$-]*"
_NAME = re.compile(rf"(?<=[a-z,>] ){_NAMED}(?:(?: (?:of|the|de|da|do|del|la|and|e|y|&))* {_NAMED})*")


def slot_name(name: str) -> str:
    """A slot's name in one vocabulary: lower case, `entity_name` and `track` are `song`."""
    lowered = name.lower()
    return "song" if lowered in ("entity_name", "track") else lowered


def template_of(text: str, slots_json: str | None) -> str:
    """The text with its slot values masked, so that texts that differ only in those share a template.

    Slot values become `<slot's name>`; other words become `<quoted>` in quotes, and `<name>` where they are written
    as a name inside the sentence; numbers become `0`; the rest is normalised.
    """
    masked = text.translate(_QUOTES)
    for slot in sorted(json.loads(slots_json or "[]"), key=lambda slot: -len(slot["value"])):
        if value := slot["value"].translate(_QUOTES).strip():
            masked = re.sub(rf"(?<![\w<]){re.escape(value)}(?![\w>])", f" <{slot_name(slot['name'])}> ", masked)
    masked = _NAME.sub("<name>", _QUOTED.sub(" <quoted> ", " ".join(masked.split())))
    return " ".join(
        part if part.startswith("<") else re.sub(r"\d+", "0", normalise(part))
        for part in re.split(r"(<\w+>)", masked)
        if part.startswith("<") or normalise(part)
    )
