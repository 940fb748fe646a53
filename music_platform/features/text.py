"""Text rules as pure functions: cleaning, language, normalised keys. Used by both engines and by serving as they are.

Only the standard library is imported. Tables, genres and what makes a row acceptable are not here.
"""

import hashlib
import html
import json
import re
import unicodedata
from collections import Counter

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

_SECTION = (
    r"(?:(?:pre|post|pré|pós)[- ]?)?(?:refr[aã]o|coro|chorus|refrain|estribillo|hook|verso|verse|estrofa|estrofe|bridge"
    r"|ponte|puente|intro|introdução|interlude|interl[uú]dio|outro|saída|solo|instrumental|nakarat|куплет|припев)"
)
_TIMES = r"(?:\d{1,2} ?x|x ?\d{1,2}|\d{1,2} (?:vezes|veces|times))"
_REPEAT = r"(?:bis|tris|rep[ei]t\w*|repeats?)"
_MARK = rf"(?:{_SECTION}|{_TIMES}|{_REPEAT})"

_NOISE = tuple(
    (re.compile(pattern, re.I | re.M if insensitive else re.M), replacement)
    for pattern, replacement, insensitive in (
        # The page around the lyrics: head, adverts, tail, notices.
        (r"\A\s*\d+ Contributors?[^\n]*? ?Lyrics", "\n", False),
        (r"\A[^\n]{1,120}? Lyrics(?=[\[\"(A-ZÀ-Ý]|\s*$)", "\n", False),
        (r"^\[?Letra de \"[^\n\]]*\]?$", "", True),
        (r"(?:\d+(?:\.\d+)?K?)?Embed\s*\Z", "", False),
        (r"See [^\n]{1,60}? LiveGet tickets as low as \$[\d,.]*\d", "\n", False),
        (r"You might also like", "\n", False),
        (
            r"Confirmação de Idade\s*Esta letra possui restrição de idade.{0,90}?Sou maior de 18 anos\.?",
            "\n",
            True,
        ),
        (r"(?:Esta|Essa) (?:música|letra) foi removida em razão de solicitação[^\n]*", "\n", True),
        (r"Unfortunately, we are not (?:licensed|authorized) to display the full lyrics[^\n]*", "\n", True),
        (r"^Composi(?:ção|tor(?:es)?) ?:[^\n]*$", "", True),
        # What is said about the lyrics, not sung: headers, stage notes, marks of repetition.
        (rf"\{{[^{{}}\n]*\b{_SECTION}\b[^{{}}\n]*\}}", " ", True),
        (r"\*[^*\n]{1,40}\*", " ", False),
        (r"\[[^\[\]\n]{1,80}\]", " ", False),
        (rf"[({{<] ?\*? ?{_MARK}\b(?:[ ,.:&+/-]*(?:{_MARK}|final|tudo|todo|all|de guitarra)\b)*[^\w\n]{{0,3}}[)}}>]", " ", True),
        (rf"\( ?{_SECTION} ?[:-][^()\n]{{0,40}}\)", " ", True),
        (r"\( ?(?:guitar|piano|drum|sax)[^()\n]{0,10} solo ?\)", " ", True),
        (rf"\( ?{_REPEAT}\b[^()\n]{{0,30}}\)|\( ?{_SECTION} (?:\d|repet|repeat)[^()\n]{{0,30}}\)", " ", True),
        (rf"[{{}}/|]+ ?(?:{_TIMES}|bis)(?!\w)", " ", True),
        (r"(?<!\w)(?:\d{1,2}x|x\d{1,2}|\d{1,2} x)(?!\w)", " ", True),
        (rf"^\W*{_SECTION}(?: \d{{1,2}})?\W*: *", "", True),
        (rf"^\W*{_SECTION} - [^()\n]{{1,40}}\)$", "", True),
        (r"^\W*(?:refr[aã]o|chorus|refrain|estribillo|pre-chorus|verse \d+|verso \d+|instrumental|bis|припев|куплет)\W*$", "", True),
        (r"^\W*(?:repeat|repete|repetir)(?: (?:\d{1,2}|chorus|refr[aã]o|tudo|all|verse)\b)*\W*$|\bbis\W*$", "", True),
        # What is sung as an aside keeps its words.
        (r"[()\[\]{}<>*]+", " ", False),
        (r" +(?=[,.;:!?])", "", False),
    )
)


def clean_lyrics(text: str) -> str:
    """The sung words alone, one line per line, stanzas parted by a blank line. Cleaning twice changes nothing.

    Removes what sites and dumps wrap around lyrics (page heads, adverts, section headers, marks of repetition, notices,
    stage notes) and undoes what they do to characters (entities, odd spaces, look-alike letters, flattened lines).
    """
    # A mark may only become visible when the one around it is gone, so the rules run until nothing changes.
    while (cleaned := _clean_once(text)) != text:
        text = cleaned
    return text


def _clean_once(text: str) -> str:
    text = _TAG.sub(" ", _TAG_BREAK.sub("\n", _characters(text)))
    text = _URL.sub(" ", text.strip())
    if "\n" not in text:
        # Dumps on one line part stanzas by 3 or more spaces, lines by 2, or by a comma without a space after it.
        text = re.sub(r",(?=[^\W\d_a-zà-ÿ]|[\"'(\[])| {2}(?! )", "\n", re.sub(" {3,}", "\n\n", text))
    for pattern, replacement in _NOISE:
        text = pattern.sub(replacement, text)
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line if _WORD.search(line) or re.search(r"\d", line) else "" for line in lines)).strip()


def _characters(text: str) -> str:
    text = html.unescape(text).replace("\r\n", "\n").replace("\r", "\n").translate(_QUOTES)
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return _WORD.sub(_latin, text) if _CYRILLIC.search(text) else text


def _latin(match: re.Match[str]) -> str:
    word = match.group()
    mapped = "".join(_LOOKALIKES.get(letter, letter) for letter in word)
    return mapped if any("a" <= letter <= "z" for letter in word.lower()) and not _CYRILLIC.search(mapped) else word


def placeholder(text: str) -> str | None:
    """What stands where lyrics should be: a takedown notice, a licence notice, an instrumental; None for lyrics."""
    start = _characters(text[:600]).lower()
    if "foi removida em razão de solicitação" in start:
        return "takedown notice"
    if "not licensed to display" in start or "not authorized to display" in start:
        return "licence notice"
    return "instrumental" if re.fullmatch(r"\W*(?:instrumental|música instrumental)\W*", start) else None


_STOP_WORDS = {
    "pt": "que não você eu com uma pra meu minha pro mais só é tá vou quem tem ela ele quando tudo sem muito amor até já seu sua dos das nos no em ao um os as do da foi vai ser são também mas por se me te nem isso aqui de a o e",
    "en": "the and you i to my it is of that your on for with don't i'm me we this be are was what when all so but have just it's can know no in a do if at up out not they he she him her from will",
    "es": "que no y el la los las yo tú mi con una por para es en un lo te me se su pero cuando más como si muy del al estoy eres soy quiero todo sin ya hay qué nada siempre ti de a o",
    "fr": "je tu le les des et est pas que dans un une pour mon ma c'est qui ne sur avec moi toi j'ai la de à en se me mais",
    "it": "che non è il di per un una sono mi ti ma come la con del della anche più e le si se io tu ho ci a lo quando perché questo",
    "de": "ich und du die der das nicht ist ein mit mir wir es dich mich auf den zu so wie was sie er in noch nur",
}
_LANGUAGES_OF: dict[str, tuple[str, ...]] = {}
for _language, _words in _STOP_WORDS.items():
    for _word in _words.split():
        _LANGUAGES_OF[_word] = (*_LANGUAGES_OF.get(_word, ()), _language)
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def detect_language(text: str) -> str:
    """The language with the largest share of stop words: `pt`, `en` or `es`; `und` when none stands out.

    French, Italian and German are recognised only to be told apart from the three.
    """
    tokens = Counter(_TOKEN.findall(text.lower().replace("’", "'")))
    votes: Counter[str] = Counter()
    for token, count in tokens.items():  # a refrain repeats its words: no word counts more than 20 times
        for language in _LANGUAGES_OF.get(token, ()):
            votes[language] += min(count, 20)
    if not votes:
        return "und"
    (best, most), *others = votes.most_common(2)
    clear = most >= 0.08 * tokens.total() and (not others or most > others[0][1])
    return best if clear and best in ("pt", "en", "es") else "und"


def normalise(text: str) -> str:
    """Lower-case letters and digits without accents, words parted by one space."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", plain))


_FEATURING = re.compile(r"[\s(\[]+(?:feat\.?|ft\.?|featuring|part\.|participação)\s.*", re.I)
_OTHER_ARTISTS = re.compile(r";.*|, (?!the\b|jr\b).*", re.I)
_AND = {"and", "e", "y", "the"}


def artist_key(artist: str) -> str:
    """The first named artist, normalised: "leo-santana" and "Léo Santana feat. X" are one. "&", "e", "and", "the" fall."""
    first = _OTHER_ARTISTS.sub("", _FEATURING.sub("", artist))
    words = normalise(first).split()
    return " ".join(word for word in words if word not in _AND) or " ".join(words) or artist.strip()


_VERSION = (
    r"(?:feat\b|ft\b|featuring\b|part\. |part(?:icipação)? (?!\d|[ivx]+\b|one\b|two\b|do\b|da\b)|com participação|ao vivo|en vivo|en directo"
    r"|live\b|\d{4} (?:digital )?(?:re-?)?master|(?:digital(?:ly)? )?re-?master(?:ed|izado)?\b|remasteri[sz]ad[oa]|\d{4} (?:version|versão)"
    r"|ac[uú]stic[oa]|acoustic|unplugged|mono\b|stereo\b|radio (?:edit|version)|single (?:version|edit)|album (?:version|edit)"
    r"|[^()\[\]]{1,30}'s version|versão ao vivo|bonus track|explicit\b|official|clipe|lyric video|from the vault)"
)
_VERSION_IN_BRACKETS = re.compile(rf"[(\[] ?{_VERSION}[^()\[\]]*[)\]]", re.I)
_VERSION_AFTER_DASH = re.compile(rf"\s[-–—] {_VERSION}.*", re.I)


def title_key(title: str) -> str:
    """A title, normalised, without what tells one version of a song from another: guests, live, remaster, acoustic.

    A remix, a cover or an instrumental is another song and keeps its name.
    """
    plain = title.translate(_QUOTES)
    bare = _VERSION_AFTER_DASH.sub("", _VERSION_IN_BRACKETS.sub(" ", plain))
    return normalise(_FEATURING.sub("", bare)) or normalise(plain) or title.strip()


def _hash(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def song_id(artist: str, title: str) -> str:
    """16 hex digits that all versions of a song by an artist share, whatever the site spells."""
    return _hash(artist_key(artist), title_key(title))


def track_hash(title: str, artist: str) -> str:
    """16 hex digits for one recording: normalised title, version included, and all artists."""
    return _hash(normalise(title) or title, normalise(artist) or artist)


def text_key(text: str) -> str:
    """16 hex digits that texts share when they differ only in case, accents, spaces and punctuation."""
    return _hash(normalise(text) or text.strip())


def clean_article(text: str) -> str:
    """A news text on one line, without markup, links and entities, also those escaped twice or half ("#39;")."""
    while (plain := html.unescape(re.sub(r"(?<!&)#(\d{2,4});", r"&#\1;", text))) != text:
        text = plain
    text = _URL.sub(" ", _TAG.sub(" ", _characters(text)).replace("\\$", "$").replace("\\", " "))
    return " ".join(text.split())


_QUOTED = re.compile(r"\"[^\"]{1,80}\"|(?<!\w)'[^']{1,80}(?:'\w[^']{0,40})*'(?!\w)")
_NAME = re.compile(r"(?<=[a-z,>] )[A-ZÀ-Ý0-9][\w'.&$-]*(?:(?: (?:of|the|de|da|do|del|la|and|e|y|&))* [A-ZÀ-Ý0-9][\w'.&$-]*)*")
_SAME_SLOT = {"entity_name": "song", "track": "song"}


def template_of(text: str, slots_json: str | None) -> str:
    """The text with what fills it masked: texts that differ only in slot values share a template.

    Slot values become `<name>`; what no slot names but is quoted or written as a name inside the sentence becomes
    `<quoted>` or `<name>`; numbers become `0`; the rest is normalised.
    """
    masked = text.translate(_QUOTES)
    for slot in sorted(json.loads(slots_json or "[]"), key=lambda slot: -len(str(slot.get("value") or ""))):
        value, name = str(slot.get("value") or "").translate(_QUOTES), str(slot.get("name") or "slot").lower()
        if value:
            masked = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", f" <{_SAME_SLOT.get(name, name)}> ", masked)
    masked = _NAME.sub("<name>", _QUOTED.sub(" <quoted> ", " ".join(masked.split())))
    return " ".join(
        part if part.startswith("<") else re.sub(r"\d+", "0", normalise(part))
        for part in re.split(r"(<\w+>)", masked)
        if part.startswith("<") or normalise(part)
    )
