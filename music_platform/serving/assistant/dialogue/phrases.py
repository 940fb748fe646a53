"""The phrases of a language, from `phrases.<language>.json`: patterns over folded text. No model, no state.

A pattern is a regular expression with places: `{song}`, `{artist}`, `{playlist}`, `{list}` and `{rest}` are any words;
`{digits}`, `{ordinal}`, `{cardinal}` and `{number}` are numbers. Folding keeps offsets, so a place is read from the
text as it was typed.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from music_platform.serving.language import LANGUAGES

_QUOTES = str.maketrans({**dict.fromkeys("‘’‚‛´`′", "'"), **dict.fromkeys("“”„‟«»″", '"')})
_EDGES = " \t\r\n.,;:!?¿¡…"
_PLACES = ("song", "artist", "playlist", "rest")
_WORD = re.compile(r"[^\W_]+")


@lru_cache(4_096)
def fold(text: str) -> str:
    """The text in lower case without accents, quotes straight: as many characters as before."""
    return "".join(map(_folded, text.translate(_QUOTES)))


@cache
def _folded(character: str) -> str:
    plain = unicodedata.normalize("NFD", character.lower())[:1]
    return plain if len(plain) == 1 and len(character.lower()) == 1 else character


def words(text: str) -> list[str]:
    """The words of a text, folded."""
    return _WORD.findall(fold(text))


def trimmed(text: str) -> str:
    """The text without spaces and marks around it."""
    return text.strip(_EDGES)


def unquoted(text: str) -> str:
    """The first name in quotes and the words behind it, without the quotes; "" if the text has no quotes."""
    folded = fold(text)
    for mark in "\"'":
        begin = next((at for at in range(len(folded)) if folded[at] == mark and not folded[at - 1 : at].isalnum()), -1)
        end = folded.find(mark, begin + 1)
        while 0 <= end < len(folded) - 1 and folded[end + 1].isalnum():
            end = folded.find(mark, end + 1)
        if 0 <= begin < end - 1:
            return trimmed(f"{text[begin + 1 : end]}{text[end + 1 :]}")
    return ""


@dataclass(frozen=True)
class Reference:
    """Songs by what the dialogue has shown: `that`, `all`, `both`, `numbers` (from 1, -1 the last), `by` an artist."""

    kind: str
    numbers: tuple[int, ...] = ()
    artist: str = ""

    def positions(self, count: int) -> list[int] | None:
        """Positions (from 0) among `count` songs shown; None where one is not there, or none is meant by number."""
        match self.kind:
            case "all":
                return list(range(count))
            case "both":
                return [0, 1] if count == 2 else None
            case "first":
                return list(range(self.numbers[0])) if 0 < self.numbers[0] <= count else None
            case "last":
                return list(range(count - self.numbers[0], count)) if 0 < self.numbers[0] <= count else None
            case "numbers":
                found = [number - 1 if number > 0 else count + number for number in self.numbers]
                return list(dict.fromkeys(found)) if all(0 <= at < count for at in found) else None
        return None


class Listed(NamedTuple):
    """A text without the list that it names."""

    rest: str
    playlist: str | None
    """The list's name, "" the current one; None where only a word like "please" was left out."""
    how: str = ""
    """`called`: with the word "list"; `towards`: behind a word like "to"; `within`: behind a word like "in"."""


class Phrases:
    """The phrases of one language."""

    def __init__(self, language: str) -> None:
        read: dict[str, Any] = json.loads(Path(__file__).with_name(f"phrases.{language}.json").read_text("utf-8"))
        self.language = language
        self.known = frozenset(read["words"].split())
        self._numbers = {**read["ordinals"], **read["cardinals"]}
        self._parts = {
            "digits": r"(?P<digits>\d{1,3})",
            "ordinal": _named("ordinal", read["ordinals"]),
            "cardinal": _named("cardinal", read["cardinals"]),
            "number": _named("number", [r"\d{1,3}", *read["cardinals"]]),
            "list": "(?P<playlist>.+?)",
            **{place: f"(?P<{place}>.+?)" for place in _PLACES},
        }
        self.acts = {act: self._patterns(every) for act, every in read["acts"].items()}
        self._polite = self._prefix(read["polite"])
        self._verbs = {act: self._prefix(verbs) for act, verbs in read["verbs"].items()}
        self._within = {kind: re.compile(rf"\b{verb.pattern}") for kind, verb in self._verbs.items()}
        self._pronoun = re.compile(rf"(?:{'|'.join(read['pronouns'])})$")
        self._nouns = self._prefix(read["nouns"])
        self._tails = [re.compile(self._expanded(tail)) for tail in read["list"]]
        self._meant = re.compile(rf"\b(?:{'|'.join(read['meant'])})\b")
        self._towards = frozenset(read["towards"])
        self._closing = re.compile(rf"\b{read['list'][-1]}$")
        self._by = re.compile(rf"\s+(?:{'|'.join(read['by'])})\s+")
        self.possessive = self._patterns(filter(None, [read["possessive"]]))
        self.anything = self._patterns(read["anything"])
        self.everything = self._patterns(read["everything"])
        self._own, self._playlist = self._patterns(read["own"]), self._patterns(read["playlist"])
        self._references = {kind: self._patterns(every) for kind, every in read["references"].items()}
        self._number = self._patterns(read["number"])
        joined = "|".join(map(re.escape, read["joined"]))
        self._joined = re.compile(rf"\s*,\s*(?:(?:{joined})\s+)?|\s+(?:{joined})\s+|\s+")
        self.parting = re.compile(rf"\s*[,;]?\s+(?:{'|'.join(read['connectors'])}),?\s+|\s*[,;.]\s+")
        self.conjunction = re.compile(rf"\s*,\s*(?:(?:{joined})\s+)?|\s+(?:{joined})\s+")

    def _expanded(self, pattern: str) -> str:
        return re.sub(r"\{([a-z]+)\}", lambda place: self._parts[place[1]], pattern)

    def _patterns(self, every: Iterable[str]) -> list[re.Pattern[str]]:
        return [re.compile(self._expanded(pattern)) for pattern in every]

    def _prefix(self, every: Iterable[str]) -> re.Pattern[str]:
        return re.compile(rf"(?:{'|'.join(sorted(every, key=len, reverse=True))})\b[ ,]*")

    def politeness(self, text: str) -> int:
        """The number of characters at the beginning of a text that are only politeness."""
        folded, at = fold(text), 0
        while (found := self._polite.match(folded, at)) and found.end() < len(text):
            at = found.end()
        return at

    def is_only_polite(self, text: str) -> bool:
        """Whether a text is politeness alone."""
        return self._polite.fullmatch(fold(trimmed(text[self.politeness(text) :]))) is not None

    def verb(self, text: str, at: int = 0) -> tuple[str, int] | None:
        """The kind of the verb that the text has at `at`, and where it ends: the longest of those that fit."""
        folded = fold(text)
        found = [(kind, match.end()) for kind, verb in self._verbs.items() if (match := verb.match(folded, at))]
        return max(found, key=lambda pair: pair[1], default=None)

    def pronoun(self, verb: str) -> str:
        """The pronoun that a verb ends with, as in "quítala"; "" if it has none."""
        found = self._pronoun.search(fold(trimmed(verb)))
        return found[0] if found else ""

    def verb_within(self, text: str, kind: str) -> int | None:
        """Where the first verb of a kind ends, anywhere in the text."""
        verb = self._within.get(kind)
        found = verb.search(fold(text)) if verb else None
        return found.end() if found and found.end() < len(text) else None

    def noun(self, text: str, at: int) -> int:
        """Where the name behind a word like "the song" begins, if there is one."""
        found = self._nouns.match(fold(text), at)
        return found.end() if found and found.end() < len(text) else at

    def means(self, text: str) -> bool:
        """Whether a correction says so, as in "I meant"."""
        return self._meant.search(fold(text)) is not None

    def act(self, text: str) -> tuple[str, dict[str, str]] | None:
        """The act of the whole text, if that needs no model, and the words at its places."""
        return next(
            ((act, places) for act, every in self.acts.items() if (places := _match(every, text)) is not None), None
        )

    def places(self, patterns: list[re.Pattern[str]], text: str) -> dict[str, str] | None:
        """The words at the places of the first pattern that matches the whole text."""
        return _match(patterns, text)

    def without_list(self, text: str, *, to: bool = False) -> Iterator[Listed]:
        """The text without a list named at its end or its beginning.

        A list may begin at every word like "to". At the beginning of a text, and where its name would join an artist,
        it is a list only if the word "list" says so.

        Args:
            text: the words behind a verb.
            to: whether songs go to the list: then a word like "from" begins one only with the word "list".
        """
        folded = fold(text)
        spans = [found.span() for found in _WORD.finditer(folded)]
        for tail in self._tails:
            for start, _ in spans:
                if found := tail.fullmatch(folded, start):
                    yield from self._listed(text[:start].rstrip(), text, found, to=to)
            for _, end in spans[:-1]:
                if (found := tail.fullmatch(folded, 0, end)) and "list" in found[0]:
                    yield from self._listed(trimmed(text[end:]), text, found, to=to)

    def _listed(self, rest: str, text: str, found: re.Match[str], *, to: bool) -> Iterator[Listed]:
        span = found.span("playlist") if "playlist" in found.re.groupindex else (-1, -1)
        if span[0] < 0:
            yield Listed(rest, "" if "list" in found[0] else None)
            return
        name = text[slice(*span)]
        called = "list" in f"{found[0][: span[0] - found.start()]} {found[0][span[1] - found.start() :]}"
        joins_artist = not called and self._by.search(f" {found[0] if to else fold(name)} ")
        if not joins_artist and not self._closing.search(fold(name)) and "list" not in fold(name):
            known = self.playlist_name(name)
            towards = found[0].split()[0] in self._towards
            how = "called" if called else "towards" if towards else "within"
            yield Listed(rest, name if known is None else known, how)

    def without_front(self, text: str, at: int) -> str:
        """The text with a list that is named before its verb put to its end, as in "on my list put ..."."""
        folded = fold(text)
        for found in _WORD.finditer(folded, at):
            front = folded[at : found.start()].rstrip(" ,:")
            if "list" in front and any(t.fullmatch(front) for t in self._tails) and self.verb(text, found.start()):
                return f"{text[:at]}{text[found.start() :]} {text[at : at + len(front)]}"
        return text

    def by_splits(self, text: str) -> Iterator[tuple[str, str]]:
        """Title and artist at every word like "by"."""
        for found in self._by.finditer(fold(text)):
            yield text[: found.start()], text[found.end() :]

    def playlist_name(self, text: str) -> str | None:
        """The name that a list has in a text like "my list called gym": "" for the current one."""
        if _match(self._own, trimmed(text)) is not None:
            return ""
        found = _match(self._playlist, trimmed(text))
        return trimmed(found["playlist"]).strip("\"'") if found else None

    def reference(self, text: str) -> Reference | None:
        """The reference of a text to songs that were shown."""
        if (one := self._one_number(fold(trimmed(text)))) is not None:
            return Reference("numbers", (one,))
        for kind, patterns in self._references.items():
            if (places := _match(patterns, trimmed(text))) is not None:
                number = self._numbers.get(fold(places.get("number", "")), 0) or int(places.get("number") or 0)
                return Reference(kind, (number,) if number else (), places.get("artist", ""))
        numbers = self._all_numbers(trimmed(text))
        return Reference("numbers", tuple(numbers)) if numbers else None

    def _all_numbers(self, text: str) -> list[int]:
        folded = re.sub(r"(\d)\s*-\s*(\d)", r"\1-\2", fold(text))
        numbers: list[int] = []
        for part in filter(None, self._joined.split(folded)):
            if between := re.fullmatch(r"(\d{1,3})-(\d{1,3})", part):
                numbers += range(int(between[1]), int(between[2]) + 1)
            elif (number := self._one_number(part)) is not None:
                numbers.append(number)
            elif self._nouns.fullmatch(part) is None:
                return []
        return numbers

    def _one_number(self, text: str) -> int | None:
        if not (places := _match(self._number, text)):
            return None
        said = next(iter(places.values()))
        return int(said) if said.isdigit() else self._numbers[said]


def _named(place: str, alternatives: Iterable[str]) -> str:
    return f"(?P<{place}>{'|'.join(sorted(alternatives, key=len, reverse=True))})"


def _match(patterns: Iterable[re.Pattern[str]], text: str) -> dict[str, str] | None:
    folded = fold(text)
    for pattern in patterns:
        if found := pattern.fullmatch(folded):
            return {place: text[slice(*found.span(place))] for place in found.groupdict() if found[place] is not None}
    return None


@cache
def phrases(language: str) -> Phrases:
    """The phrases of a language of `serving.language.LANGUAGES`."""
    return Phrases(language)


def language_of(text: str, before: str, more: Mapping[str, float] = MappingProxyType({})) -> str:
    """The language that most words of a request belong to, with `more` for some; `before` where none stands out."""
    fits = [[language for language in LANGUAGES if word in phrases(language).known] for word in words(text)]
    votes = {one: sum(1 / len(fit) for fit in fits if one in fit) + more.get(one, 0.0) for one in LANGUAGES}
    most = max(votes.values())
    return before if votes[before] == most else max(votes, key=lambda language: votes[language])
