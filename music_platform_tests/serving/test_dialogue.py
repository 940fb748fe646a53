"""Dialogues from beginning to end, in three languages, with the models of the sample and an invented catalogue."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from music_platform.serving.assistant.assistant import Assistant, Turned
from music_platform.serving.assistant.dialogue.proposals import propose
from music_platform.serving.assistant.dialogue.replies import Replies
from music_platform.serving.assistant.dialogue.state import Desk, State
from music_platform.serving.assistant.playlists import Entry, History, Lists, Operation
from music_platform.serving.engine import Engine
from music_platform.serving.language import LANGUAGES
from music_platform.storage.home import Home
from music_platform_tests.benchmarks.silent_errors import LISTS, NAMED, PLAIN, Asked, outcome
from music_platform_tests.support.dialogue_samples import CATALOGUE, TRACKS, Script, bundle, scripts
from music_platform_tests.support.shaped_names import songs, word

SCRIPTS = scripts()


@pytest.fixture(scope="module")
def engine(sample_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The sample's bundle with the catalogue of the scripts."""
    return Engine(bundle(sample_home, tmp_path_factory.mktemp("bundle"), CATALOGUE, TRACKS))


@pytest.fixture(scope="module")
def assistant(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return Assistant(engine, tmp_path_factory.mktemp("state"))


def held(turned: Turned, mark: str, text: str) -> bool:
    """Whether what a script says is true after a turn."""
    state = turned.state
    match mark:
        case "~":
            return any(part in state.reply for part in text.split("|"))
        case "!":
            return text not in state.reply
        case "%":
            return text in [one["act"] for one in turned.understood]
        case "@":
            name, titles = (part.strip() for part in text.split("=", 1))
        case _:
            name, titles = state.current, text
    expected = [title.strip() for title in titles.split(";") if title.strip()]
    return [song.title.split(" (feat")[0] for song in turned.lists.get(name, ())] == expected


@pytest.mark.parametrize("script", SCRIPTS, ids=[script.name for script in SCRIPTS])
def test_a_dialogue_goes_as_scripted(assistant: Assistant, script: Script) -> None:
    session = None
    for text, expected in script.turns:
        turned = assistant.turn(text, session)
        session = turned.session_id
        for mark, what in expected:
            shown = f"after {text!r}: {mark} {what}\n{turned.state.reply}\n{turned.lists}\n{turned.understood}"
            assert held(turned, mark, what), shown


def test_there_are_dialogues_enough_in_each_language() -> None:
    assert len(SCRIPTS) >= 60
    assert all(sum(script.name.startswith(language) for script in SCRIPTS) >= 15 for language in LANGUAGES)


def test_every_language_can_say_the_same() -> None:
    templates = [Replies(language).templates for language in LANGUAGES]
    for key in templates[0]:
        assert len({frozenset(places(each[key])) for each in templates}) == 1, key
    assert all(each.keys() == templates[0].keys() for each in templates)


def places(template: str | dict[str, str]) -> set[str]:
    texts = template.values() if isinstance(template, dict) else [template]
    return {part.split("}")[0] for text in texts for part in text.split("{")[1:]}


SHAPED = songs(3_000)
NAMES = sorted({word(random.Random(seed)) for seed in range(1_000)})  # noqa: S311 - no secret
"""Names of lists that no wording holds."""


@pytest.fixture(scope="module")
def shaped(sample_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """An assistant with a catalogue of names in all shapes."""
    folder = tmp_path_factory.mktemp("shaped")
    return Assistant(Engine(bundle(sample_home, folder, SHAPED)), tmp_path_factory.mktemp("state"))


@given(
    st.integers(0, len(SHAPED) - 1),
    st.sampled_from(LANGUAGES),
    st.integers(0, 8),
    st.lists(st.sampled_from(NAMES), min_size=4, max_size=4, unique=True),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=250, deadline=None, derandomize=True)
def test_no_song_comes_onto_another_list_and_no_other_song_onto_a_list(
    shaped: Assistant, number: int, language: str, way: int, names: list[str], known: bool, asks: bool
) -> None:
    _, title, artist, *_ = SHAPED[number]
    template = (*PLAIN[language], *NAMED[language])[way]
    text = template.format(s=title, a=artist, l=names[0])
    playlist = names[0] if "{l}" in template else ""
    state = State(asking="add", shown=[Entry("x", "Some Song", "Someone")]) if asks else State()
    asked = Asked("", language, text, title, artist, playlist, tuple(names if known else names[1:]))
    what, _, reply = outcome(shaped, asked, state)
    assert what != "wrong", f"{text}: {reply}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_name_of_the_list_changes_nothing(shaped: Assistant, language: str) -> None:
    _, title, artist, *_ = SHAPED[1]
    for template in NAMED[language]:
        came = {
            outcome(shaped, Asked("", language, template.format(s=title, a=artist, l=name), title, artist, name, ()))[0]
            for name in (*LISTS[language], *NAMES[:40])
        }
        assert came == {"done"}, template


def test_of_one_song_for_two_lists_the_number_that_is_chosen_counts(assistant: Assistant) -> None:
    song = Entry("d01", "Yesterday", "The Beatles")
    for number, expected in (("1", "pier"), ("2", "")):
        state = State(asking="add", shown=[song, song], targets=["pier", ""])
        made = assistant.dialogue.turn(number, state, Lists(), History())
        assert {name for name, held in made.lists.items() if held} == {expected}


def test_several_changes_that_are_not_sure_are_proposed_together_and_none_is_lost(assistant: Assistant) -> None:
    songs = [Entry("d01", "Yesterday", "The Beatles"), Entry("d05", "Granite Morning", "The Grey Herons")]
    desk = Desk(State(), Lists(), History())
    propose(
        desk, [Operation("create", "pier"), *(Operation("insert", "pier", at, one) for at, one in enumerate(songs))]
    )
    assert all(song.title in desk.said[0] for song in songs)
    made = assistant.dialogue.turn("yes", desk.state, desk.lists, desk.history)
    assert [(name, [song.title for song in held]) for name, held in made.lists.items()] == [
        ("pier", ["Yesterday", "Granite Morning"])
    ]
    assert made.state.current == ""


CLOSE = [
    ("Maré", "Ana Vento"),
    ("Maré +", "Ana Vento"),
    ("B", "Ana Vento"),
    ("B#", "Ana Vento"),
    ("राम", "Ana Vento"),
    ("रोम", "Ana Vento"),
    ("Lantern", "Salt"),
    ("Lantern", "Salt, Rope & Tar"),
]


@pytest.fixture(scope="module")
def apart(sample_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """An assistant whose songs differ by little."""
    rows = [(f"n{place}", *names, None, None, 50.0 - place) for place, names in enumerate(CLOSE)]
    return Assistant(
        Engine(bundle(sample_home, tmp_path_factory.mktemp("bundle"), rows)), tmp_path_factory.mktemp("state")
    )


@pytest.mark.parametrize(("title", "artist"), CLOSE, ids=[" by ".join(names) for names in CLOSE])
@pytest.mark.parametrize("wording", ["add {title} by {artist}", "on my harbour list put {title} by {artist}"])
def test_names_that_differ_by_little_are_told_apart(apart: Assistant, wording: str, title: str, artist: str) -> None:
    turned = apart.turn(wording.format(title=title, artist=artist))
    assert [(song.title, song.artist) for songs in turned.lists.values() for song in songs] == [(title, artist)]
