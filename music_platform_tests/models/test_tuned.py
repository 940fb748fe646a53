"""What a study found, as training reads it: settings in and out, and when they are not taken."""

from dataclasses import replace

import pytest
from music_platform.models.candidates import Request

from music_platform.models.scorers.linear import Settings
from music_platform.models.tuned import Tuned, parameters_of, plain, settings_of

FOUND = Tuned("genre-linear-x-y", 7, 0.6, 0.5, plain(Settings()), {"word_ngrams": "1-3", "C": 4.5})


def configured(tmp_path, tuned, settings=None):
    request = Request(None, "genre", None, 0, tmp_path, settings=settings, tuned=tuned)
    return request.configured(Settings())


def test_it_is_read_as_it_was_written(tmp_path):
    assert Tuned.load(tmp_path, "genre", "linear") is None
    FOUND.save(tmp_path, "genre", "linear")
    assert Tuned.load(tmp_path, "genre", "linear") == FOUND
    assert Tuned.load(tmp_path, "genre", "encoder") is None


def test_parameters_are_settings_in_the_words_of_a_study():
    settings = settings_of(Settings(), {"char_ngrams": "3-5", "balanced": False})
    assert settings == Settings(char_ngrams=(3, 5), balanced=False)
    assert parameters_of(settings, ["char_ngrams", "balanced"]) == {"char_ngrams": "3-5", "balanced": False}


def test_what_is_better_is_taken_and_traced(tmp_path):
    trace = {"tuned": {"study": "genre-linear-x-y", "trials": 7, "value": 0.6, "default": 0.5}}
    assert configured(tmp_path, FOUND) == (Settings(word_ngrams=(1, 3), C=4.5), trace)


@pytest.mark.parametrize(
    "found", [None, replace(FOUND, value=0.504), replace(FOUND, value=0.4), replace(FOUND, defaults={"C": 1.0})]
)
def test_what_is_not_better_or_began_with_other_defaults_is_not_taken(tmp_path, found):
    assert configured(tmp_path, found) == (Settings(), {})


def test_settings_that_are_asked_for_come_first(tmp_path):
    assert configured(tmp_path, FOUND, Settings(C=9.0)) == (Settings(C=9.0), {})
