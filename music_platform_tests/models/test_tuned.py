"""The result of a study: it survives its file, and counts only where it is better than the same defaults."""

from dataclasses import replace

import pytest

from music_platform.models.scorers.linear import LinearHyperparameters
from music_platform.models.tuned import Tuned, parameters_of, plain, with_parameters

DEFAULTS = LinearHyperparameters()
FOUND = Tuned("genre-linear-x-y", 7, 0.6, 0.5, plain(DEFAULTS), {"word_ngrams": "1-3", "C": 4.5})


def test_it_is_read_as_it_was_written(tmp_path):
    assert Tuned.load(tmp_path, "genre", "linear") is None
    FOUND.save(tmp_path, "genre", "linear")
    assert Tuned.load(tmp_path, "genre", "linear") == FOUND
    assert Tuned.load(tmp_path, "genre", "encoder") is None


def test_parameters_are_hyperparameters_as_a_study_keeps_them():
    chosen = with_parameters(DEFAULTS, {"char_ngrams": "3-5", "balanced": False})
    assert chosen == LinearHyperparameters(char_ngrams=(3, 5), balanced=False)
    assert parameters_of(chosen, ["char_ngrams", "balanced"]) == {"char_ngrams": "3-5", "balanced": False}


@pytest.mark.parametrize(
    ("found", "counts"),
    [
        (FOUND, True),
        (replace(FOUND, value=0.504), False),
        (replace(FOUND, value=0.4), False),
        (replace(FOUND, defaults={"C": 1.0}), False),
    ],
)
def test_it_counts_if_it_gained_and_began_with_the_same_defaults(found, counts):
    assert found.better_than(DEFAULTS) is counts


def test_it_leaves_a_trace_in_a_manifest():
    assert FOUND.trace == {"study": "genre-linear-x-y", "trials": 7, "value": 0.6, "default": 0.5}
