"""The effects of lines on labels: exact for sums, by leaving out for others; lines are those of the request."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from music_platform.features.cleaning import clean_lyrics
from music_platform.models.linear_fitting import count, fit
from music_platform.models.scorers.explanations import MOST_LEFT_OUT, effects, left_out, parts_of
from music_platform.models.scorers.linear import LinearHyperparameters, LinearModel
from music_platform.models.scorers.scorer import probabilities

WORDS = ["and", "the", "microphone", "dusty", "truck", "road", "o", "pandeiro", "não", "quer", "σας", "İ"]
LINES = st.lists(
    st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
    | st.text(max_size=12).map(lambda t: t.replace("\n", "")),
    min_size=1,
    max_size=8,
)


def fitted(word_ngrams: tuple[int, int]) -> LinearModel:
    draw = np.random.default_rng(3)
    texts = [" ".join(draw.choice(WORDS, 12)) for _ in range(60)]
    truth = draw.random((60, 3)) < 0.4
    chosen = LinearHyperparameters(word_ngrams=word_ngrams, char_ngrams=(2, 4), min_df=1)
    learned = fit(count(texts, chosen), ("a", "b", "c"), truth, truth | True, chosen, single=False)
    return learned.rescaled(np.array([2.0, 0.5, 1.0]), np.array([0.1, -0.2, 0.0]))


@pytest.fixture(scope="module")
def model() -> LinearModel:
    return fitted((1, 2))


@pytest.fixture(scope="module")
def of_words() -> LinearModel:
    return fitted((1, 1))


@settings(max_examples=80, deadline=None)
@given(lines=LINES)
def test_contributions_add_up_to_the_calibrated_logits(model: LinearModel, lines: list[str]) -> None:
    of_lines, rest = model.contributions(lines)
    assert of_lines.shape == (len(lines), 3)
    scores = probabilities((of_lines.sum(axis=0) + rest)[None, :], single=False)
    assert np.allclose(scores, model.scores(["\n".join(lines)]), atol=1e-5)


@settings(max_examples=80, deadline=None)
@given(lines=LINES)
def test_without_terms_that_cross_lines_nothing_is_left_but_the_intercept(
    of_words: LinearModel, lines: list[str]
) -> None:
    of_lines, rest = of_words.contributions([*lines, *lines])
    assert np.allclose(rest, of_words.intercept, atol=1e-6)
    assert np.allclose(of_lines[: len(lines)], of_lines[len(lines) :])


def test_a_line_of_one_word_has_what_the_word_adds(model: LinearModel) -> None:
    of_lines, rest = model.contributions(["microphone", "???"])
    assert np.allclose(of_lines[1], 0)
    assert np.allclose(rest, model.intercept)
    assert not np.allclose(of_lines[0], 0)


class Counting:
    """A scorer whose score is higher the more often a text holds a word; it remembers the texts."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Scores (n, 1) of texts."""
        self.asked.append(list(texts))
        hits = np.array([text.count("boat") for text in texts], np.float64)
        return (1 / (1 + np.exp(2 - hits)))[:, None].astype(np.float32)


def test_left_out_is_the_difference_of_logits_in_one_batch() -> None:
    scorer = Counting()
    found = left_out(scorer.scores, ["a boat", "no", "boat boat"])
    assert np.allclose(found[:, 0], [1, 0, 2], atol=1e-4)
    assert scorer.asked == [["a boat\nno\nboat boat", "no\nboat boat", "a boat\nboat boat", "a boat\nno"]]


def test_a_long_text_costs_no_more_than_is_allowed() -> None:
    scorer = Counting()
    found = left_out(scorer.scores, ["boat" if i % 2 else "no" for i in range(1000)])
    assert found.shape == (1000, 1)
    assert len(scorer.asked[0]) == MOST_LEFT_OUT + 1


@pytest.mark.parametrize(
    ("text", "parts", "numbers"),
    [
        ("a slow boat\r\n\r\n[Chorus]\na long road (2x)\n", ["a slow boat\n", "a long road"], [0, 3]),
        ("Ana Lyrics\na slow boat<br>on the sea\na roadEmbed", ["a slow boat\non the sea", "a road"], [1, 2]),
        ("One line,Two lines,Three", ["One line\nTwo lines\nThree"], [0]),
        ("la la\nla la\n\nHello,World\nla la", ["la la", "la la\n", "Hello,World", "la la"], [0, 1, 3, 4]),
        (" \n[Coro]\n", [], []),
    ],
)
def test_parts_are_the_lines_that_are_left(text: str, parts: list[str], numbers: list[int]) -> None:
    assert parts_of(text, clean_lyrics) == (parts, numbers)


@settings(max_examples=80, deadline=None)
@given(text=st.lists(st.sampled_from([*"ab ,.X2()[]\n\r<>&é", "\n", "chorus", "Embed", " Lyrics"])).map("".join))
def test_parts_make_the_cleaned_text_in_the_order_of_the_lines(text: str) -> None:
    parts, numbers = parts_of(text, clean_lyrics)
    assert "\n".join(parts) == clean_lyrics(text)
    assert numbers == sorted(set(numbers))
    assert all(0 <= number <= text.count("\n") for number in numbers)


def test_a_line_that_cleaning_removes_has_no_effect() -> None:
    found = effects("boat\n---\n[Chorus]\nno", clean_lyrics, Counting(), 1)
    assert (found.method, found.lines) == ("left_out", (0, 2, 3))
    assert np.allclose(found.values[:, 0], [1, 0, 0], atol=1e-4)
