"""Dialogues from beginning to end, in three languages, with the models of the sample and an invented catalogue."""

import pytest

from music_platform.serving.assistant.assistant import Assistant, Turned
from music_platform.serving.assistant.dialogue.phrases import LANGUAGES
from music_platform.serving.assistant.dialogue.replies import Replies
from music_platform.serving.engine import Engine
from music_platform.serving.release import latest_bento
from music_platform.storage.home import Home
from music_platform_tests.support.catalogue_samples import built
from music_platform_tests.support.dialogue_samples import CATALOGUE, TRACKS, Script, scripts

SCRIPTS = scripts()


@pytest.fixture(scope="module")
def engine(sample_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The sample's bundle with the catalogue of the scripts."""
    bento = latest_bento(sample_home)
    assert bento is not None
    folder = tmp_path_factory.mktemp("bundle")
    for part in (bento / "src" / "bentos" / "music" / "bundle").iterdir():
        if part.name != "catalogue.sqlite":
            (folder / part.name).symlink_to(part)
    built(folder / "catalogue.sqlite", CATALOGUE, TRACKS)
    return Engine(folder)


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
