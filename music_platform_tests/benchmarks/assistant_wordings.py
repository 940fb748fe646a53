"""How often the assistant does what a person asks in wordings that were written without a look at its code.

    python -m music_platform_tests.benchmarks.assistant_wordings --home my/home [--of held] [--draws 3] [--show 5]

The assistant learns acts from the wordings `learned` (`dialogue/acts.jsonl`); its thresholds were chosen by those of
`wordings/validation.jsonl`, and nobody read those of `wordings/held.jsonl`. A line has a language, the act that is
right, and a request with places for a song, an artist, and a list that is there or a new one. Each request is made
`--draws` times, with songs of the home's catalogue and names of `wordings/lists.json`, in a session of its own that has
three lists with songs, and songs on the list without a name. `done`: exactly what was asked for
happened, or is to be confirmed; `asked`: nothing changed, and the assistant asks; `missed`: nothing changed; `wrong`:
something else changed.
"""

import json
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from music_platform.features.text import artist_key, normalise, title_key
from music_platform.serving.assistant import dialogue
from music_platform.serving.assistant.dialogue.state import State
from music_platform.serving.assistant.dialogue.turn import Outcome
from music_platform.serving.assistant.playlists import Entry, History, Lists, Operation
from music_platform.storage.home import Home
from music_platform_tests.benchmarks.silent_errors import SEED, assistant_of, catalogue

WORDINGS = Path(__file__).with_name("wordings")


class Wordings(StrEnum):
    """The sets of wordings."""

    learned = "learned"
    validation = "validation"
    held = "held"

    @property
    def path(self) -> Path:
        """The file of the set."""
        learned = Path(dialogue.__file__).with_name("acts.jsonl")
        return learned if self is Wordings.learned else WORDINGS / f"{self}.jsonl"


_ON_EACH = 4
"""Songs on each list of a session."""


@dataclass
class Case:
    """A request with its session, and what is right."""

    language: str
    act: str
    text: str
    song: Entry
    has_artist: bool
    playlist: str
    """The list that is named, "" if none is."""
    lists: Lists
    history: History
    state: State


def cases(songs: Sequence[tuple[str, str]], wordings: Path, draws: int) -> Iterator[Case]:
    """Each wording with `draws` songs and lists."""
    draw = random.Random(SEED)  # noqa: S311 - no secret
    names: dict[str, list[str]] = json.loads((WORDINGS / "lists.json").read_text("utf-8"))
    for line in wordings.read_text("utf-8").splitlines():
        wording: dict[str, str] = json.loads(line)
        for _ in range(draws):
            yield _case(wording, draw.sample(names[wording["lang"]], 4), draw.sample(songs, 1 + 4 * _ON_EACH))


def _case(wording: dict[str, str], names: Sequence[str], songs: Sequence[tuple[str, str]]) -> Case:
    new, *existing = names
    wanted, *others = [Entry(f"{title}|{artist}", title, artist) for title, artist in songs]
    playlist = existing[0] if "{list}" in wording["text"] else new if "{newlist}" in wording["text"] else ""
    text = wording["text"].format(song=wanted.title, artist=wanted.artist, list=existing[0], newlist=new)
    held = {name: others[_ON_EACH * at : _ON_EACH * (at + 1)] for at, name in enumerate(["", *existing])}
    state, lists, history = State(), Lists(), History()
    if wording["act"] in ("remove", "remove_that"):
        held[playlist].append(wanted)
    if wording["act"].endswith("that"):
        state.mentioned = [wanted]
    for name, on in held.items():
        inserts = [Operation("insert", name, at, song) for at, song in enumerate(on)]
        lists.apply(history.operations((Operation("create", name), *inserts)))
    has_artist = "{artist}" in wording["text"]
    return Case(wording["lang"], wording["act"], text, wanted, has_artist, playlist, lists, history, state)


def judged(case: Case, before: dict[str, list[Entry]], outcome: Outcome) -> str:
    """What a request came to."""
    after, state = {name: list(songs) for name, songs in outcome.lists.items()}, outcome.state
    if after != _plain(before):
        return "done" if _is_right(case, _plain(before), after) else "wrong"
    match case.act:
        case "clear" | "drop" if state.confirming == case.act and state.playlist == case.playlist:
            return "done"
        case "show" if before.get(case.playlist) and all(s.title in state.reply for s in before[case.playlist]):
            return "done"
        case "lists" if all(name in state.reply for name in before if name):
            return "done"
        case "nothing" if not (state.asking or state.confirming):
            return "done"
    return "asked" if state.asking or state.confirming or state.reply.rstrip().endswith("?") else "missed"


def _plain(lists: dict[str, list[Entry]]) -> dict[str, list[Entry]]:
    return {name: songs for name, songs in lists.items() if songs or name}


def _is_right(case: Case, before: dict[str, list[Entry]], after: dict[str, list[Entry]]) -> bool:
    name = next((name for name in {**before, **after} if normalise(name) == normalise(case.playlist)), case.playlist)
    others = {other: songs for other, songs in before.items() if other != name}
    if {other: songs for other, songs in after.items() if other != name} != others:
        return False
    old, new = before.get(name, []), after.get(name, [])
    match case.act:
        case "add" | "add_that":
            return len(new) == len(old) + 1 and new[:-1] == old and _same(new[-1], case)
        case "remove" | "remove_that":
            return new == [song for song in old if song != case.song]
        case "create":
            return name not in before and name in after and not new
    return False


def _same(song: Entry, case: Case) -> bool:
    by_artist = artist_key(song.artist) == artist_key(case.song.artist) or not case.has_artist
    return title_key(song.title) == title_key(case.song.title) and by_artist


def main(
    home: Annotated[Path, typer.Option(help="a home after a run")] = Path(".music_platform"),
    of: Annotated[Wordings, typer.Option(help="the set of wordings")] = Wordings.validation,
    draws: Annotated[int, typer.Option(help="songs and lists to make each request with")] = 3,
    show: Annotated[int, typer.Option(help="requests to list that were not done, of each act and language")] = 0,
) -> None:
    """Ask, count and print."""
    place = Home.at(home)
    tallies: dict[str, Counter[str]] = defaultdict(Counter)
    seen: Counter[tuple[str, ...]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        assistant = assistant_of(place, Path(folder))
        for case in cases(catalogue(place), of.path, draws):
            before = {name: list(songs) for name, songs in case.lists.items()}
            outcome = assistant.dialogue.turn(case.text, case.state, case.lists, case.history)
            what = judged(case, before, outcome)
            for kind in ("all", case.language, case.act, f"{case.language} {case.act}"):
                tallies[kind][what] += 1
            seen[case.language, case.act, what] += 1
            if what != "done" and seen[case.language, case.act, what] <= show:
                print(what, case.act, case.text, f"list: {case.playlist}", _acts(outcome), sep=" | ")
                print("      ", outcome.state.reply.replace("\n", " / ")[:150])
    printed(tallies, Console(width=120))


def _acts(outcome: Outcome) -> list[dict[str, Any]]:
    return [{key: one[key] for key in one if key not in ("text", "score")} for one in outcome.understood]


def printed(tallies: dict[str, Counter[str]], console: Console) -> None:
    """The table of all, each language and each act."""
    table = Table("requests", "n", "done", "done or asked", "missed", "silently wrong", box=box.MARKDOWN)
    for kind, tally in sorted(tallies.items()):
        reached = tally["done"] + tally["asked"]
        shares = (
            f"{number / tally.total():.1%}" for number in (tally["done"], reached, tally["missed"], tally["wrong"])
        )
        table.add_row(kind, f"{tally.total():,}", *shares)
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
