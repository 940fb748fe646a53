"""The names in a request, wherever they stand: lists that are there, songs on them, titles and artists.

Each song that may be named has a cost: names that belong together make it cheaper, and words that also frame requests
make it dearer. `spotting` and `suggestions` weigh the costs.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from music_platform.features.text import normalise, title_key
from music_platform.serving.assistant.dialogue.frames import Frames, Span
from music_platform.serving.assistant.dialogue.phrases import fold
from music_platform.serving.assistant.dialogue.weighing import VERSION_WORDS, Catalogue
from music_platform.serving.assistant.playlists import Entry
from music_platform.serving.catalogue.keys import entry, plain, without_small

_WORD = re.compile(r"[^\W_]+(?:['’´`][^\W_]+)*")
_CLOSING = re.compile(r"(?: ?[+#=÷×])+|[)\]\"'”»’!?.*]+")
_POSSESSIVE = re.compile(r"['’]s?$")
_BRACKETED = re.compile(r"[(\[][^()\[\]]*[)\]]")
_VERSION_MARK = re.compile(r"[(\[]|\s[-–—]\s|\bf(?:ea)?t\b", re.I)
_SIGN = re.compile(r"[+#=÷×]")
_LONGEST = 10
"""Words of a name at most."""
_MOST = 45
"""Words of a request at most; in a longer one no names are looked for."""
_BETWEEN = 5
"""Words between a title and its artist at most."""
_PAIRS, _TITLES = 12, 3
"""Pairs of title and artist, and titles alone, that are tried at most: the longest ones."""
_ON_LIST, _PAIR, _TITLE, _SHORT_TITLE, _PLAIN_TITLE = -0.4, -0.3, -0.1, 0.1, 0.15
"""Costs: of a song on a list, of a title with its artist, of a title alone (one of a single word, one of words that
also frame requests)."""
_NOT_INTRODUCED = 0.2
"""Cost of a title alone behind other words than a verb, "the song" or a colon."""


@dataclass(frozen=True)
class Names:
    """Where the names of one way to take a request apart stand, and the cost of them."""

    title: Span | None = None
    artist: Span | None = None
    cost: float = 0.0
    is_on_list: bool = False

    def overlap(self, span: Span) -> bool:
        """Whether a title or an artist has a character of a span."""
        return any(name and name[0] < span[1] and span[0] < name[1] for name in (self.title, self.artist))


class NameFinder:
    """Finds the names in one request by a catalogue and the lists of a session."""

    def __init__(self, text: str, catalogue: Catalogue, lists: Mapping[str, Sequence[Entry]], frames: Frames) -> None:
        self.text = text
        self.lists = lists
        self.frames = frames
        self._catalogue = catalogue
        words = [found.span() for found in _WORD.finditer(text)]
        self._words = words if len(words) <= _MOST else []
        self._starts = [start for start, _ in self._words]

    @cached_property
    def there(self) -> list[tuple[Span, str]]:
        """Where the names of lists that are there stand, without those inside of longer ones."""
        by_name = {normalise(name): name for name in self.lists if name}
        found = [(span, by_name[said]) for span, said in self._runs.items() if said in by_name]
        return [one for one in found if not any(_inside(one[0], other) for other, _ in found)]

    @cached_property
    def _runs(self) -> dict[Span, str]:
        """The runs of words, normalised, each with the marks that close it, as in "Hello (Live)"."""
        said = [plain(self.text[slice(*span)]) for span in self._words]
        return {
            (self._words[first][0], self._closed(self._words[last][1])): " ".join(said[first : last + 1])
            for first in range(len(said))
            for last in range(first, min(first + _LONGEST, len(said)))
        }

    def _closed(self, end: int) -> int:
        found = _CLOSING.match(self.text, end)
        return found.end() if found and any(mark in found[0] for mark in ")]+#=÷×") else end

    @cached_property
    def names(self) -> list[Names]:
        """The songs that the request may name: on the lists, a title with its artist, a title alone, and none."""
        found = [Names()]
        starts = {
            start for start in {span[0] for span in self._runs} if self.frames.introduces_title(self.text[:start])
        }
        introduced = {span for span in self._runs if span[0] in starts}
        held: dict[str, set[str]] = {}
        for song in (song for songs in self.lists.values() for song in songs):
            held.setdefault(title_key(song.title), set()).update(entry(song.title, song.artist).names)
        on_lists = [
            s
            for s, title in self._titles.items()
            if title in held and (s not in self._plain_runs or s in introduced or " " in title)
        ]
        for span in _longest(on_lists, _TITLES):
            artists = held[self._titles[span]]
            owners = [
                o for o, said in self._owners.items() if without_small(said) in artists and self._are_near(span, o)
            ]
            found.append(Names(span, next(iter(_longest(owners, 1)), None), _ON_LIST, is_on_list=True))
        found += [Names(title, owner, _PAIR) for title, owner in self._pairs]
        alone = [span for span in self._titled if span not in self._plain_runs and self._is_framed(span)]
        for span in _longest(alone, _TITLES):
            cost = _TITLE if " " in self._titles[span] else _SHORT_TITLE
            found.append(Names(span, None, _TITLE if span in introduced else cost + _NOT_INTRODUCED))
        bare = [s for s in self._titled if s in self._plain_runs & introduced and " " in self._titles[s]]
        bare = [s for s in bare if not self.frames.names_list(self.text[slice(*s)])]
        return [*found, *(Names(span, None, _PLAIN_TITLE) for span in _longest(bare, 1))]

    @cached_property
    def unframed(self) -> list[Names]:
        """The longest titles alone, whatever the words beside them."""
        return [Names(s, None, _SHORT_TITLE) for s in _longest(self._titled, _TITLES)]

    @cached_property
    def _plain_runs(self) -> set[Span]:
        return {span for span, said in self._runs.items() if all(word in self.frames.known for word in said.split())}

    @cached_property
    def _titles(self) -> dict[Span, str]:
        return {span: self._title(span, said) for span, said in self._runs.items()}

    @cached_property
    def _owners(self) -> dict[Span, str]:
        return dict(self._owner(span, said) for span, said in self._runs.items() if span not in self._plain_runs)

    @cached_property
    def _known(self) -> tuple[set[str], set[str]]:
        return self._catalogue.known({*self._titles.values(), *self._runs.values()}, self._owners.values())

    @cached_property
    def _titled(self) -> list[Span]:
        """The runs that are whole titles of the catalogue."""
        known = self._known[0]
        return [s for s, t in self._titles.items() if known & {t, self._runs[s]} and self._is_whole_title(s, t)]

    @cached_property
    def _pairs(self) -> list[tuple[Span, Span]]:
        """The titles with an artist of theirs nearby."""
        owners = [owner for owner, said in self._owners.items() if said in self._known[1]]
        pairs = [(title, owner) for title in self._titled for owner in owners if self._are_near(title, owner)]
        pairs.sort(key=lambda pair: sum(start - end for start, end in pair))
        return [
            (title, owner)
            for title, owner in pairs[:_PAIRS]
            if self._catalogue.exact(self.text[slice(*title)], self.text[slice(*owner)])
        ]

    def _title(self, span: Span, said: str) -> str:
        text = self.text[slice(*span)]
        return title_key(text) if _VERSION_MARK.search(text) or _SIGN.search(text) else said

    def _owner(self, span: Span, said: str) -> tuple[Span, str]:
        """An artist's name without a possessive at its end: its span, and its words."""
        found = _POSSESSIVE.search(self.text[slice(*span)])
        if not found:
            return span, said
        owner = span[0], span[1] - len(found[0])
        return owner, plain(self.text[slice(*owner)])

    def _is_whole_title(self, span: Span, title: str) -> bool:
        """Whether a title, without the marks of its version, is all of the words."""
        text = self.text[slice(*span)]
        if title == self._runs[span]:
            return True
        dropped = set(normalise(_BRACKETED.sub(" ", text)).split()) - set(title.split())
        return all(word in VERSION_WORDS or word.isdigit() for word in dropped)

    def _are_near(self, title: Span, artist: Span) -> bool:
        first, second = sorted((title, artist))
        between = bisect_left(self._starts, second[0]) - bisect_left(self._starts, first[1])
        return first[1] <= second[0] and between <= _BETWEEN

    def _is_framed(self, span: Span) -> bool:
        """Whether the words beside a title frame the request, or name a list, so it is a whole name."""
        before = [word for word in self._words if word[1] <= span[0]][-1:]
        behind = [word for word in self._words if word[0] >= span[1]][:1]
        named = [at for at, _ in self.there]
        return all(
            plain(self.text[slice(*word)]) in self.frames.known or any(a <= word[0] and word[1] <= b for a, b in named)
            for word in (*before, *behind)
        )

    def span(self, span: Span | None) -> str:
        """The words of a span as they are written; "" without one."""
        return self.text[slice(*span)] if span else ""

    def written(self, name: str) -> str:
        """A name, folded in a frame, as the request has it; "" if it holds the name of a list that is there."""
        at = fold(self.text).find(name)
        written = self.text[at : at + len(name)].strip(" ,.;:!?\"'") if at >= 0 else ""
        said = f" {normalise(written)} "
        return "" if any(other and f" {normalise(other)} " in said for other in self.lists) else written


def _inside(one: Span, other: Span) -> bool:
    return one != other and other[0] <= one[0] and one[1] <= other[1]


def _longest(runs: Sequence[Span], most: int) -> list[Span]:
    """The longest runs that are not inside of others."""
    whole = [run for run in runs if not any(_inside(run, other) for other in runs)]
    return sorted(whole, key=lambda run: run[0] - run[1])[:most]
