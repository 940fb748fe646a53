"""The frame of a request: its words without the names, and the act that they ask for.

A frame is folded text with a capital for each name: `S` a song, `A` its artist, `L` a list that is there, `N` the name
of a new one, and `T` words that point at a song talked of. The patterns over frames are in `frames.<language>.json`;
`spotting` finds the names.
"""

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from music_platform.features.text import normalise
from music_platform.serving.assistant.dialogue.phrases import fold, phrases

Span = tuple[int, int]
"""The offsets of the first character and behind the last."""

_EDITING = ("adds", "removes", "wants", "unwanted", "empties", "creates", "drops")
"""Kinds of words without one of which a request changes no list."""
_LONGEST_NAME = 6
_FEW = 3
_WORD = re.compile(r"[^\s,.;:?!¿¡]+")
_PARTED = re.compile(r"[,.;:?!¿¡]")
_MARK = re.compile(r"\b[SALNT]\b")
_NAME, _NAME_WORD, _VERB_IN_NAME, _WITHIN, _APART = 0.02, 0.04, 0.4, 0.4, 0.3
"""Costs of the name of a new list: of any, of each word, of a verb in it, of one without the word "list", and of one
that a comma parts from that word."""


def masked(text: str, marks: Sequence[tuple[Span, str]]) -> str:
    """The folded text with marks in place of names, and one space around words and marks."""
    frame, last = "", 0
    for (start, end), mark in sorted(marks):
        frame += f"{fold(text[last:start])} {mark} "
        last = end
    return " ".join(f"{frame}{fold(text[last:])}".split()).join("  ")


def with_new_list(frame: str, span: Span) -> str:
    """The frame with `N` in place of the words of a span."""
    return " ".join(f"{frame[: span[0]]} N {frame[span[1] :]}".split()).join("  ")


class Frames:
    """The frames of one language."""

    def __init__(self, language: str) -> None:
        read: dict[str, Any] = json.loads(Path(__file__).with_name(f"frames.{language}.json").read_text("utf-8"))
        self.known = phrases(language).known
        """The words that frame requests."""
        self.language = language
        self._names = {how: [re.compile(p) for p in every] for how, every in read.pop("new lists").items()}
        self._nouns = re.compile(rf"(?:(?:{'|'.join(read.pop('nouns'))}) |: )[\"'“«]?$")
        self._references = [re.compile(pattern) for pattern in read.pop("references")]
        verbs = "|".join([*read["adds"], *read["removes"]])
        self._verb_before = re.compile(rf"(?:{verbs})(?: (?:me|lo|la|ai|ahi|there|in|up))? ?$")
        self._kinds = {kind: re.compile("|".join(f"(?:{p})" for p in every)) for kind, every in read.items()}

    def _has(self, kind: str, text: str) -> bool:
        return self._kinds[kind].search(text) is not None

    def referring(self, frame: str) -> str:
        """The frame with `T` for the words that point at a song."""
        for pattern in self._references:
            frame = pattern.sub(r"\g<verb> T " if "verb" in pattern.groupindex else "T ", frame)
        return " ".join(frame.split()).join("  ")

    def introduces_title(self, text: str) -> bool:
        """Whether a title may follow the text, which ends in a verb, in a word like "the song", or in a colon."""
        folded = fold(text[-60:])
        return bool(self._nouns.search(folded) or self._verb_before.search(folded))

    def has_verb(self, text: str) -> bool:
        """Whether a text has a verb that changes or shows a list."""
        folded = fold(text)
        return any(self._has(kind, folded) for kind in ("adds", "removes", "shows", "empties"))

    def names_list(self, text: str) -> bool:
        """Whether a text has the word "list"."""
        return self._has("list", fold(text))

    def makes_list(self, text: str) -> bool:
        """Whether a text speaks of a new list."""
        return self._has("makes list", f" {fold(text)} ")

    def changes_nothing(self, text: str) -> bool:
        """Whether a text only asks, tells or supposes something."""
        return self.asks(text) or not any(self._has(kind, fold(text)) for kind in _EDITING)

    def asks(self, text: str) -> bool:
        """Whether a text asks or supposes something."""
        frame = f" {fold(text)} "
        asks = self._has("asks", frame) and not self._has("requests", frame)
        return asks or self._has("supposed", frame)

    def is_clear_name(self, name: str, text: str = "") -> bool:
        """Whether the name of a new list is surely all of that and no more.

        It has no marks, and few words, none of which frames requests at either end; or it stands behind a word like
        "called" at the end of a text.
        """
        said = normalise(name).split()
        if _PARTED.search(name) or not said or " T " in self.referring(f" {fold(name)} "):
            return False
        polite = phrases(self.language).is_only_polite
        framed = any(word in self.known or polite(word) for word in said[:1] + said[-1:])
        return (len(said) <= _FEW and not framed) or self._calls(text, name)

    def _calls(self, text: str, name: str) -> bool:
        """Whether a text ends in words like "called" and this name of a list."""
        folded, named = fold(text), fold(name)
        before = folded[: folded.rfind(named)] if folded.endswith(named) else ""
        return any(found.end() == len(before) for cue in self._names["called"] for found in cue.finditer(before))

    def new_lists(self, frame: str, *, within: bool) -> Iterator[tuple[Span, float]]:
        """The spans of the names of new lists that a frame may hold, each with its cost.

        With `within`, a name may also follow a word like "in" alone, up to the end of the request.
        """
        for found in (found for pattern in self._names["between"] for found in pattern.finditer(frame)):
            yield from self._name(frame, found.span("playlist"), is_called=False)
        for cue in (found for pattern in self._names["within"] for found in pattern.finditer(frame)) if within else ():
            rest = cue.end(), len(frame.rstrip())
            yield from ((span, _WITHIN + cost) for span, cost in self._name(frame, rest, is_called=False))
        for how in ("called", "beside"):
            for cue in (found for pattern in self._names[how] for found in pattern.finditer(frame)):
                last, apart = cue.end(), _APART * ("," in cue[0])
                for word in itertools.islice(_WORD.finditer(frame, cue.end()), _LONGEST_NAME):
                    if _PARTED.search(frame, last, word.end()) or _MARK.match(frame, word.start()):
                        break
                    last = word.end()
                    named = self._name(frame, (cue.end(), last), is_called=how == "called")
                    yield from ((span, cost + apart) for span, cost in named)

    def _name(self, frame: str, span: Span, *, is_called: bool) -> Iterator[tuple[Span, float]]:
        name = frame[slice(*span)]
        if _PARTED.search(name):
            return
        strange = any(word not in self.known for word in normalise(name).split())
        if (is_called or strange) and not _MARK.search(name):
            verb = any(self._has(kind, name) for kind in ("adds", "removes", "wants", "list"))
            yield span, _NAME + _NAME_WORD * len(name.split()) + _VERB_IN_NAME * verb

    def act(self, frame: str, *, asks: bool) -> str | None:
        """The act that a frame asks for: `add`, `remove`, `view`, `clear`, `drop`, `create` or `lists`.

        Args:
            frame: a frame.
            asks: whether the request has a question mark.

        Returns:
            None if it asks for none of them, or if that is not sure. `add?` if no verb says so.
        """
        if self._has("supposed", frame):
            return None
        names = {mark: f" {mark}" in frame and re.search(rf"\b{mark}\b", frame) is not None for mark in "SALNT"}
        if not any(names[mark] for mark in "SALN") and self._has("lists", frame):
            return "lists"
        if (asks or self._has("asks", frame)) and not self._has("requests", frame):
            shows = self._has("contents", frame) and self._is_about_list(frame, names)
            return "view" if shows and not (names["S"] or names["A"] or names["N"]) else None
        if names["S"] or (names["T"] and not self._has("everything", frame)):
            return self._with_song(frame, names)
        return self._without_song(frame, names)

    def _is_about_list(self, frame: str, names: dict[str, bool]) -> bool:
        return names["L"] or self._has("list", frame) or self._has("here", frame)

    def _with_song(self, frame: str, names: dict[str, bool]) -> str | None:
        adds, removes = self._has("adds", frame), self._has("removes", frame)
        if (removes and not adds) or self._has("unwanted", frame):
            # "I never use L, delete it" is about the list, and "delete it from L" about a song.
            return "remove" if names["S"] or not names["L"] or self._has("from", frame) else "drop"
        if removes:
            return "add" if self._has("moves", frame) else None
        creates = self._has("creates", frame)
        if names["N"] and creates and not names["S"] and not adds:
            return "add" if self._has("joined", frame) else "create"
        makes = self._has("makes list", frame)
        if makes and not names["N"]:
            return None  # the name of the new list was not found
        of_list = names["L"] or names["N"] or self._has("list", frame)
        if (
            adds
            or (of_list and not makes and self._has("wants", frame))
            or (names["N"] and creates and self._has("joined", frame))
        ):
            return "add"
        return "add?" if of_list and names["S"] and not creates and not self._has("shows", frame) else None

    def _without_song(self, frame: str, names: dict[str, bool]) -> str | None:
        adds, removes = self._has("adds", frame), self._has("removes", frame)
        if names["N"]:
            creates = self._has("creates", frame) or self._has("wants", frame)
            return "create" if not removes and (self._has("adds list", frame) or (creates and not adds)) else None
        if self._has("empties", frame) or (removes and self._has("everything", frame)):
            return "clear"
        if adds and names["L"] and not removes and not self._has("shows", frame):
            return "add"  # as in "ok, put on L", about the song talked of
        if removes or self._has("unwanted", frame):
            of_list = self._has("list", frame)
            if names["L"]:
                return "drop" if of_list or self._has("drops", frame) else None
            return "remove" if removes and not of_list and not self._has("creates", frame) else None
        shows = self._has("shows", frame) or self._has("contents", frame)
        return "view" if shows and self._is_about_list(frame, names) else None


@cache
def frames(language: str) -> Frames:
    """The frames of a language of `serving.language.LANGUAGES`."""
    return Frames(language)
