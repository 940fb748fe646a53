"""Requests taken apart by the names in them, wherever those stand: lists, songs on lists, titles and artists.

Each way to take a request apart costs about the number of words that are left over; names that belong together make it
cheaper. `frames` tells the act that the words around the names ask for.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from music_platform.features.text import normalise, title_key
from music_platform.serving.assistant.dialogue.clauses import Clause, Reading
from music_platform.serving.assistant.dialogue.frames import Frames, Span, masked
from music_platform.serving.assistant.dialogue.phrases import Reference, fold
from music_platform.serving.assistant.dialogue.weighing import VERSION_WORDS, Catalogue
from music_platform.serving.assistant.playlists import Entry
from music_platform.serving.catalogue.keys import plain

_WORD = re.compile(r"[^\W_]+(?:['’´`][^\W_]+)*")
_CLOSING = re.compile(r"[)\]\"'”»’!?.*+]+")
_POSSESSIVE = re.compile(r"['’]s?$")
_BRACKETED = re.compile(r"[(\[][^()\[\]]*[)\]]")
_VERSION_MARK = re.compile(r"[(\[]|\s[-–—]\s|\bf(?:ea)?t\b", re.I)
_LONGEST = 10
"""Words of a name at most."""
_MOST = 45
"""Words of a request at most; a longer one is not taken apart."""
_BETWEEN = 5
"""Words between a title and its artist at most."""
_PAIRS, _TITLES = 12, 3
"""Pairs of title and artist, and titles alone, that are tried at most: the longest ones."""
UNKNOWN = 0.3
"""Cost of a word that is no name and frames no request."""
_UNKNOWN_BESIDE_PAIR = 0.3
_LIST_THERE, _ON_LIST, _PAIR, _TITLE, _SHORT_TITLE, _PLAIN_TITLE = -0.15, -0.4, -0.3, -0.1, 0.1, 0.15
"""Costs: of a list that is there, of a song on one, of a title with its artist, of a title alone (one of a single word,
one of words that also frame requests)."""
_NO_VERB = 0.4
"""Cost of an act that no verb asks for."""
_IMPLIED = 0.3
"""Cost of a song that is only implied, as in "ok, put on the gym list"."""


@dataclass(frozen=True)
class Spotted:
    """One way to take a request apart."""

    act: str
    """See `frames.Frames.act`."""
    title: str = ""
    artist: str = ""
    playlist: str | None = None
    is_reference: bool = False
    """Whether a song is meant that was talked of before."""
    is_on_list: bool = False
    """Whether the song is on a list of the session."""
    unknown: int = 0
    """The number of words left over."""
    cost: float = 0.0

    def clause(self, text: str) -> Clause:
        """The clause that it stands for."""
        how = "" if self.playlist is None else "called"
        reading = Reading(self.title, self.artist, self.playlist, how, UNKNOWN * self.unknown)
        places = {"playlist": self.playlist} if self.act in ("drop", "create") and self.playlist else {}
        reference = Reference("that") if self.is_reference else None
        readings = (reading,) if self.title else ()
        return Clause(
            text, self.act, places=places, framed=True, readings=readings, reference=reference, playlist=self.playlist
        )


@dataclass(frozen=True)
class _Names:
    """Where the names of one way to take a request apart stand, and the cost of them."""

    title: Span | None = None
    artist: Span | None = None
    cost: float = 0.0
    is_on_list: bool = False

    def overlap(self, span: Span) -> bool:
        return any(name and name[0] < span[1] and span[0] < name[1] for name in (self.title, self.artist))


class Spotter:
    """Takes one request apart by the names that a catalogue and the lists of a session have."""

    def __init__(self, text: str, catalogue: Catalogue, lists: Mapping[str, Sequence[Entry]], frames: Frames) -> None:
        self._text = text
        self._catalogue = catalogue
        self._lists = lists
        self._frames = frames
        self._words = [found.span() for found in _WORD.finditer(text)]
        self._asks = "?" in text

    def best(self) -> Spotted | None:
        """The cheapest way to take the request apart whose act is known."""
        if not self._words or len(self._words) > _MOST:
            return None
        there = self._there
        ways = [
            (names.cost + _LIST_THERE * (at is not None), names, at)
            for at in (*there, None)
            for names in self._names
            if at is None or not names.overlap(at[0])
        ]
        best: Spotted | None = None
        for cost, names, at in sorted(ways, key=lambda way: way[0]):
            if best and best.cost <= cost:
                break
            for one in self._ways(names, at, cost):
                best = one if best is None or one.cost < best.cost else best
        return best

    def guess(self) -> Spotted | None:
        """What may be meant by the names alone: a song that is on the list goes, and another one comes."""
        there = self._there
        at, playlist = there[0] if len(there) == 1 else (None, None)
        named = [one for one in self._names if one.title]
        for names in sorted(named, key=lambda one: one.cost):
            if at and names.overlap(at):
                continue
            title, artist = (self._text[slice(*span)] if span else "" for span in (names.title, names.artist))
            held = {title_key(song.title) for song in self._lists.get(playlist or "", ())}
            act = "remove" if title_key(title) in held else "add"
            return Spotted(act, title, artist, playlist, is_on_list=names.is_on_list)
        return None

    @cached_property
    def _there(self) -> list[tuple[Span, str]]:
        """Where the names of lists that are there stand, without those inside of longer ones."""
        by_name = {normalise(name): name for name in self._lists if name}
        found = [(span, by_name[said]) for span, said in self._runs.items() if said in by_name]
        return [one for one in found if not any(_inside(one[0], other) for other, _ in found)]

    @cached_property
    def _runs(self) -> dict[Span, str]:
        """The runs of words, normalised, each with the marks that close it, as in "Hello (Live)"."""
        said = [plain(self._text[slice(*span)]) for span in self._words]
        return {
            (self._words[first][0], self._closed(self._words[last][1])): " ".join(said[first : last + 1])
            for first in range(len(said))
            for last in range(first, min(first + _LONGEST, len(said)))
        }

    def _closed(self, end: int) -> int:
        found = _CLOSING.match(self._text, end)
        return found.end() if found and any(mark in found[0] for mark in ")]") else end

    @cached_property
    def _names(self) -> list[_Names]:
        """The songs that the request may name: on the lists, a title with its artist, a title alone, and none."""
        found = [_Names()]
        plain_runs = {span for span, said in self._runs.items() if all(w in self._frames.known for w in said.split())}
        titles = {span: self._title(span, said) for span, said in self._runs.items()}
        artists = dict(self._owner(span, said) for span, said in self._runs.items() if span not in plain_runs)
        starts = {start for start in {span[0] for span in titles} if self._frames.introduces_title(self._text[:start])}
        introduced = {span for span in titles if span[0] in starts}

        held = {title_key(song.title) for songs in self._lists.values() for song in songs}
        on_lists = [
            s
            for s, title in titles.items()
            if title in held and (s not in plain_runs or s in introduced or " " in title)
        ]
        found += [_Names(span, None, _ON_LIST, is_on_list=True) for span in _longest(on_lists, _TITLES)]

        known, by = self._catalogue.known({*titles.values(), *self._runs.values()}, artists.values())
        titled = [s for s, title in titles.items() if known & {title, self._runs[s]} and self._is_whole_title(s, title)]
        pairs = [(title, owner) for title in titled for owner, said in artists.items() if said in by]
        pairs = [pair for pair in pairs if self._are_near(*pair)]
        pairs.sort(key=lambda pair: sum(start - end for start, end in pair))
        found += [
            _Names(title, owner, _PAIR)
            for title, owner in pairs[:_PAIRS]
            if self._catalogue.exact(self._text[slice(*title)], self._text[slice(*owner)])
        ]
        alone = [span for span in titled if span not in plain_runs and self._is_framed(span)]
        for span in _longest(alone, _TITLES):
            found.append(_Names(span, None, _TITLE if span in introduced or " " in titles[span] else _SHORT_TITLE))
        bare = [s for s in titled if s in plain_runs & introduced and " " in titles[s]]
        bare = [s for s in bare if not self._frames.names_list(self._text[slice(*s)])]
        return [*found, *(_Names(span, None, _PLAIN_TITLE) for span in _longest(bare, 1))]

    def _title(self, span: Span, said: str) -> str:
        text = self._text[slice(*span)]
        return title_key(text) if _VERSION_MARK.search(text) else said

    def _owner(self, span: Span, said: str) -> tuple[Span, str]:
        """An artist's name without a possessive at its end: its span, and its words."""
        found = _POSSESSIVE.search(self._text[slice(*span)])
        if not found:
            return span, said
        owner = span[0], span[1] - len(found[0])
        return owner, plain(self._text[slice(*owner)])

    def _is_whole_title(self, span: Span, title: str) -> bool:
        """Whether a title, without the marks of its version, is all of the words."""
        text = self._text[slice(*span)]
        if title == self._runs[span]:
            return True
        dropped = set(normalise(_BRACKETED.sub(" ", text)).split()) - set(title.split())
        return all(word in VERSION_WORDS or word.isdigit() for word in dropped)

    def _are_near(self, title: Span, artist: Span) -> bool:
        first, second = sorted((title, artist))
        return first[1] <= second[0] and len(self._text[first[1] : second[0]].split()) <= _BETWEEN

    def _is_framed(self, span: Span) -> bool:
        """Whether the words beside a title frame the request, or name a list, so it is a whole name."""
        before = [word for word in self._words if word[1] <= span[0]][-1:]
        behind = [word for word in self._words if word[0] >= span[1]][:1]
        named = [at for at, _ in self._there]
        return all(
            plain(self._text[slice(*word)]) in self._frames.known
            or any(a <= word[0] and word[1] <= b for a, b in named)
            for word in (*before, *behind)
        )

    def _ways(self, names: _Names, at: tuple[Span, str] | None, cost: float) -> Iterator[Spotted]:
        marks = [(span, mark) for span, mark in ((names.title, "S"), (names.artist, "A")) if span]
        frame = masked(self._text, [*marks, *([(at[0], "L")] if at else [])])
        if found := self._way(names, self._frames.referring(frame), at[1] if at else None, cost):
            yield found
        for (start, end), extra in self._frames.new_lists(frame, within=names.artist is not None) if at is None else ():
            name = self._written(frame[start:end])
            if name and (
                found := self._way(
                    names, self._frames.referring(f"{frame[:start]} N {frame[end:]}"), name, cost + extra
                )
            ):
                yield found

    def _way(self, names: _Names, frame: str, playlist: str | None, cost: float) -> Spotted | None:
        act = self._frames.act(frame, asks=self._asks)
        if act is None:
            return None
        around = [word for word in re.findall(r"[^\W_]+", frame) if not word.isupper()]
        unknown = sum(word not in self._frames.known and word not in VERSION_WORDS for word in around)
        if names.title:
            # What is to go is looked for on the lists, and what is to come in the catalogue.
            fits = act != "add?" or names.artist is not None or not unknown
            if not fits or names.is_on_list != (act == "remove"):
                return None
        elif unknown and act not in ("add", "remove") and (" L " not in frame or act == "create"):
            return None
        if act.endswith("?"):
            cost += _NO_VERB
        act = act.rstrip("?")
        is_reference = not names.title and act in ("add", "remove")
        if is_reference and not re.search(r"\bT\b", frame):
            if unknown:
                return None
            cost += _IMPLIED
        title, artist = (self._text[slice(*span)] if span else "" for span in (names.title, names.artist))
        total = round(cost + unknown * (_UNKNOWN_BESIDE_PAIR if artist else UNKNOWN), 2)
        return Spotted(act, title, artist, playlist, is_reference, names.is_on_list, unknown, total)

    def _written(self, name: str) -> str:
        """A name, folded in a frame, as the request has it; "" if it holds the name of a list that is there."""
        at = fold(self._text).find(name)
        written = self._text[at : at + len(name)].strip(" ,.;:!?\"'") if at >= 0 else ""
        said = f" {normalise(written)} "
        return "" if any(other and f" {normalise(other)} " in said for other in self._lists) else written


def _inside(one: Span, other: Span) -> bool:
    return one != other and other[0] <= one[0] and one[1] <= other[1]


def _longest(runs: Sequence[Span], most: int) -> list[Span]:
    """The longest runs that are not inside of others."""
    whole = [run for run in runs if not any(_inside(run, other) for other in runs)]
    return sorted(whole, key=lambda run: run[0] - run[1])[:most]
