"""Acts are learned from examples, and a request in words that no pattern has is shown what it may mean."""

import json
import re
from pathlib import Path

import pytest

from music_platform.serving.assistant.dialogue import acts as module
from music_platform.serving.assistant.dialogue.acts import Acts, framing
from music_platform.serving.assistant.dialogue.frames import frames
from music_platform.serving.assistant.dialogue.names import NameFinder
from music_platform.serving.assistant.dialogue.suggestions import Suggester
from music_platform.serving.assistant.learning import write_acts
from music_platform.serving.assistant.playlists import Entry
from music_platform.serving.catalogue.search import CatalogueSearch
from music_platform_tests.support.catalogue_samples import built
from music_platform_tests.support.dialogue_samples import CATALOGUE

EXAMPLES = [json.loads(line) for line in Path(module.__file__).with_name("acts.jsonl").read_text("utf-8").splitlines()]
PLACES = {
    "add": ({"song"}, {"artist", "list", "newlist"}),
    "remove": ({"song"}, {"artist", "list"}),
    "show": (set(), {"list"}),
    "clear": (set(), {"list"}),
    "drop": ({"list"}, set()),
    "create": ({"newlist"}, set()),
    "lists": (set(), set()),
    "add_that": (set(), {"list", "newlist"}),
    "remove_that": (set(), {"list"}),
    "nothing": (set(), {"song", "artist", "list", "newlist"}),
}
LISTS = {
    "": [Entry("d09", "Ana Vale", "Otto Quill")],
    "dentist drive": [Entry("d05", "Granite Morning", "The Grey Herons")],
    "horno de pan": [Entry("d05", "Granite Morning", "The Grey Herons")],
    "fim de aula": [Entry("d05", "Granite Morning", "The Grey Herons")],
}


@pytest.fixture(scope="module")
def acts(tmp_path_factory: pytest.TempPathFactory) -> Acts:
    folder = tmp_path_factory.mktemp("acts")
    write_acts(folder)
    return Acts.load(folder)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> CatalogueSearch:
    path = tmp_path_factory.mktemp("catalogue") / "catalogue.sqlite"
    built(path, CATALOGUE, [])
    return CatalogueSearch(path)


def test_examples_have_the_places_of_their_acts() -> None:
    for example in EXAMPLES:
        needed, allowed = PLACES[example["act"]]
        places = {*re.findall(r"\{(\w+)\}", example["text"])}
        assert needed <= places <= needed | allowed, example


def test_acts_of_a_frame_are_those_that_its_names_allow(acts: Acts) -> None:
    for frame, possible in (
        ("  chuck S by A onto L  ", {"nothing", "add", "remove"}),
        ("  a list called N  ", {"nothing", "create"}),
        ("  what is on L  ", {"nothing", "show", "clear", "drop", "add_that", "remove_that"}),
        ("  what have i got  ", {"nothing", "show", "clear", "lists", "add_that", "remove_that"}),
    ):
        (found,) = acts.of([frame])
        assert set(found) == possible
        assert sum(found.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("frame", "act", "other"),
    [
        ("  chuck S by A onto L would you mate  ", "add", "remove"),
        ("  S ruins the mood of L , chuck it out  ", "remove", "add"),
        ("  metele S a la L , compadre  ", "add", "remove"),
        ("  ya no aguanto S , fuera de L  ", "remove", "add"),
        ("  taca S na L ai  ", "add", "remove"),
        ("  enjoei de S , tira fora da L  ", "remove", "add"),
    ],
)
def test_a_frame_that_is_no_example_gets_its_act(acts: Acts, frame: str, act: str, other: str) -> None:
    assert acts.likelihood(frame, act) > 2 * acts.likelihood(frame, other)


@pytest.mark.parametrize(
    ("language", "text", "act", "title", "playlist"),
    [
        ("en", "yeet Lantern Keeper by the Grey Herons somewhere into dentist drive", "add", "Lantern Keeper", 1),
        ("en", "gimme the full rundown of dentist drive", "view", "", 1),
        ("en", "dentist drive would sound nicer without Granite Morning, chuck it", "remove", "Granite Morning", 1),
        ("en", "whip up a fresh list called quiet hours", "create", "", "quiet hours"),
        ("es", "encájale Lantern Keeper de Grey Herons a horno de pan", "add", "Lantern Keeper", 2),
        ("es", "pásame completito lo de horno de pan", "view", "", 2),
        ("pt", "enfia Lantern Keeper do Grey Herons na fim de aula", "add", "Lantern Keeper", 3),
        ("pt", "deixa a fim de aula zerada", "clear", "", 3),
    ],
)
def test_an_unusual_wording_is_suggested(
    catalogue: CatalogueSearch, acts: Acts, language: str, text: str, act: str, title: str, playlist: int | str
) -> None:
    found = Suggester(NameFinder(text, catalogue, LISTS, frames(language)), acts).best()
    assert found
    meant = playlist if isinstance(playlist, str) else [*LISTS][playlist]
    assert (found.spotted.act, found.spotted.title, found.spotted.playlist) == (act, title, meant)
    assert 0.3 < found.score <= 1


@pytest.mark.parametrize("text", ["what is the capital of peru", "did I put Lantern Keeper on dentist drive already?"])
def test_a_request_that_changes_nothing_is_not_suggested(catalogue: CatalogueSearch, acts: Acts, text: str) -> None:
    assert Suggester(NameFinder(text, catalogue, LISTS, frames("en")), acts).best() is None


def test_names_are_no_words_of_the_examples() -> None:
    assert {"please", "playlist", "porfa"} <= framing()
    assert not {"song", "artist", "newlist"} <= framing()


@pytest.mark.parametrize(
    ("name", "text", "clear"),
    [
        ("quiet hours", "make a list quiet hours", True),
        ("its name shall be quiet", "make a list, its name shall be quiet", False),
        ("quiet hours please", "make a list quiet hours please", False),
        ("the long way back home", "make a list the long way back home", False),
        ("the long way back home", "make a list called the long way back home", True),
        ("quiet, and make it short", "make a list called quiet, and make it short", False),
    ],
)
def test_a_name_of_a_new_list_is_clear(name: str, text: str, clear: bool) -> None:
    assert frames("en").is_clear_name(name, text) is clear
