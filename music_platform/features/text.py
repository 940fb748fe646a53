"""Text rules as pure functions: language, normalised keys and templates. Both engines and the service use them.

Cleaning is in `cleaning.py`. Only the standard library is imported.
"""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise

_SINGLE_QUOTES, _DOUBLE_QUOTES = "‘’‚‛ʼ´`′", "“”„‟«»″"
_QUOTES = str.maketrans({**dict.fromkeys(_SINGLE_QUOTES, "'"), **dict.fromkeys(_DOUBLE_QUOTES, '"')})
_SINGLE_QUOTE, _DOUBLE_QUOTE = re.compile(f"[{_SINGLE_QUOTES}]"), re.compile(f"[{_DOUBLE_QUOTES}]")


def straight_quotes(text: str) -> str:
    """The text with every kind of quote and apostrophe as `"` or `'`."""
    return _DOUBLE_QUOTE.sub('"', _SINGLE_QUOTE.sub("'", text))


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
OF_ONE_LANGUAGE = frozenset(word for word, languages in _LANGUAGES_OF.items() if len(languages) == 1)
"""Stop words of one language alone."""
OF_SEVERAL_LANGUAGES = _LANGUAGES_OF.keys() - OF_ONE_LANGUAGE
_TELLING = (("ã", "pt"), ("õ", "pt"), ("ñ", "es"), ("ción", "es"))
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_LANGUAGES = ("en", "es", "pt")


def detect_language(text: str) -> str:
    """The language with the largest share of stop words: `pt`, `en` or `es`; `und` when none stands out.

    French, Italian and German are recognised only so that they are not taken for one of the three.
    """
    counts = word_counts(text)
    votes = language_votes(counts)
    second, most = sorted(votes[language] for language in _LANGUAGES)[1:]
    foreign = max(votes[language] for language in ("fr", "it", "de"))
    if most == second or most < foreign or most < 0.08 * sum(counts.values()):
        return "und"
    return next(language for language in _LANGUAGES if votes[language] == most)


def word_counts(text: str) -> dict[str, int]:
    """How often each word occurs, in lower case, with the apostrophe inside of it."""
    counts: dict[str, int] = {}
    for piece, count in Counter(text.lower().replace("’", "'").split()).items():
        # Most pieces are a word, or one with a point after it: only others have to be searched.
        word = piece if piece.isalpha() else piece.strip("'\".,!?;:-")
        for found in (word,) if word.isalpha() else _TOKEN.findall(piece):
            counts[found] = counts.get(found, 0) + count
    return counts


def language_votes(counts: Mapping[str, int]) -> dict[str, int]:
    """How often words that tell a language occur, for each of `en`, `es`, `pt`, `fr`, `it` and `de`.

    A refrain repeats its words, so no word counts more than 20 times.
    """
    votes = dict.fromkeys(_WORDS_OF, 0)
    for word in counts.keys() & _LANGUAGES_OF.keys():
        count = min(counts[word], 20)
        for language in _LANGUAGES_OF[word]:
            votes[language] += count
    seen = " ".join(counts)
    for part, language in _TELLING:
        if part in seen:
            told = (count for word, count in counts.items() if part in word and word not in _LANGUAGES_OF)
            votes[language] += sum(min(count, 20) for count in told)
    return votes


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
    by_comma = [name] if _WHOLE.search(f"{name} ") else _COMMA.split(name)
    parts = name.split(";") if ";" in name else by_comma
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
