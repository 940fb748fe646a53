"""The service answers in the language that a request prefers: reasons, names of clusters, refusals."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from music_platform.models.cluster_training import MOODS, TRAITS
from music_platform.serving import language
from music_platform.serving.language import LANGUAGE, LANGUAGES, cluster_name, preferred, problem, said
from music_platform.tasks import CLUSTER_FEATURES

WORDS = {
    one: json.loads((Path(language.__file__).with_name(f"language.{one}.json")).read_text("utf-8"))
    for one in LANGUAGES[1:]
}


@contextmanager
def speaking(one: str) -> Iterator[None]:
    token = LANGUAGE.set(one)
    try:
        yield
    finally:
        LANGUAGE.reset(token)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt"),
        ("de-DE, es;q=0.4, en;q=0.3", "es"),
        ("en;q=0.2, es-419;q=0.7", "es"),
        ("pt;q=0, fr", "en"),
        ("pt;q=0.0, es;q=0.1", "es"),
        ("*", "en"),
        (";;q=,,=", "en"),
        ("x" * 10_000, "en"),
    ],
)
def test_the_language_that_is_preferred_most_is_spoken(header: str, expected: str) -> None:
    assert preferred(header) == expected


def test_phrases_are_filled_and_translated_and_unknown_ones_stay() -> None:
    assert said("closest in {first} and {second}", first="tempo", second="valence") == "closest in tempo and valence"
    with speaking("pt"):
        shown = said("closest in {first} and {second}", first=said("tempo"), second=said("valence"))
        assert said("No track {track_id!r} in the collection", track_id="sad").endswith("'sad'")
        assert shown == "mais parecida em andamento e alegria"
        assert said("nobody wrote this") == "nobody wrote this"
    with speaking("es"):
        assert cluster_name("ambient: instrumental, sad") == "ambiental: instrumental, triste"
        assert cluster_name("my own name") == "my own name"


def test_problems_are_told_in_the_language_and_otherwise_in_english() -> None:
    long = {"type": "string_too_long", "msg": "at most 5 characters", "ctx": {"max_length": 5}}
    assert problem(long) == "at most 5 characters"
    with speaking("es"):
        assert "5 caracteres" in problem(long)
        assert problem({"type": "string_too_long", "msg": "without a limit"}) == "without a limit"
        assert problem({"type": "value_error", "msg": "own words"}) == "own words"


@pytest.mark.parametrize("one", LANGUAGES[1:])
def test_every_word_of_a_cluster_has_a_translation(one: str) -> None:
    traits = {word for pair in TRAITS.values() for word in pair}
    assert {*MOODS, *traits, *CLUSTER_FEATURES} <= WORDS[one].keys()


def test_both_translations_have_the_same_phrases() -> None:
    assert WORDS["es"].keys() == WORDS["pt"].keys()
