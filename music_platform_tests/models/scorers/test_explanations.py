"""What lines do to labels: exact for sums, by leaving out for others; lines are those of the request."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from music_platform.features.text import clean_lyrics
from music_platform.models.scorers import linear, similar_songs
from music_platform.models.scorers.explanations import MOST_LEFT_OUT, effects, left_out, parts_of
from music_platform.serving.bundle import write_bundle
from music_platform.serving.engine import Engine
from music_platform.serving.wire.requests import LyricsRequest
from music_platform_tests.support.serving import text_artifacts

WORDS = ["and", "the", "microphone", "dusty", "truck", "road", "o", "pandeiro", "não", "quer", "σας", "İ"]
LINES = st.lists(
    st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
    | st.text(max_size=12).map(lambda t: t.replace("\n", "")),
    min_size=1,
    max_size=8,
)


def fitted(word_ngrams: tuple[int, int]) -> linear.LinearModel:
    draw = np.random.default_rng(3)
    texts = [" ".join(draw.choice(WORDS, 12)) for _ in range(60)]
    truth = draw.random((60, 3)) < 0.4
    chosen = linear.Settings(word_ngrams=word_ngrams, char_ngrams=(2, 4), min_df=1)
    learned = linear.fit(linear.count(texts, chosen), ("a", "b", "c"), truth, truth | True, chosen, single=False)
    return learned.rescaled(np.array([2.0, 0.5, 1.0]), np.array([0.1, -0.2, 0.0]))


@pytest.fixture(scope="module")
def model() -> linear.LinearModel:
    return fitted((1, 2))


@pytest.fixture(scope="module")
def of_words() -> linear.LinearModel:
    return fitted((1, 1))


@settings(max_examples=150, deadline=None)
@given(lines=LINES)
def test_contributions_add_up_to_the_calibrated_logits(model: linear.LinearModel, lines: list[str]) -> None:
    of_lines, rest = model.contributions(lines)
    assert of_lines.shape == (len(lines), 3)
    scores = linear.probabilities((of_lines.sum(axis=0) + rest)[None, :], single=False)
    assert np.allclose(scores, model.scores(["\n".join(lines)]), atol=1e-5)


@settings(max_examples=150, deadline=None)
@given(lines=LINES)
def test_without_terms_that_cross_lines_nothing_is_left_but_the_intercept(
    of_words: linear.LinearModel, lines: list[str]
) -> None:
    of_lines, rest = of_words.contributions([*lines, *lines])
    assert np.allclose(rest, of_words.intercept, atol=1e-6)
    assert np.allclose(of_lines[: len(lines)], of_lines[len(lines) :])


def test_a_line_of_one_word_has_what_the_word_adds(model: linear.LinearModel) -> None:
    of_lines, rest = model.contributions(["microphone", "???"])
    assert np.allclose(of_lines[1], 0)
    assert np.allclose(rest, model.intercept)
    assert not np.allclose(of_lines[0], 0)


class Counting:
    """A scorer whose score is higher the more often a text holds a word; it remembers what it was asked."""

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


@settings(max_examples=150, deadline=None)
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


TEXT = "and the dusty truck is on the road\n\n[Chorus]\nby the river of the farm\nla la la"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("explained")
    saved = text_artifacts(folder / "artifacts", ("genre", "genre_pt"))
    bundle = write_bundle(folder / "bundle", saved)
    lyrics = ["and the microphone is my corner", "dusty truck on the road", "pandeiro da roda", "river farm"] * 3
    names = {"title": [f"Song {i}" for i in range(12)], "artist": ["Ana"] * 12, "genres": [["rap"]] * 12}
    similar_songs.write(bundle, linear.LinearModel.load(saved["genre"]), pa.table({**names, "lyrics": lyrics}))
    return Engine(bundle)


def asked(engine: Engine, task: str, **body: object) -> dict:
    return engine.classify(task, LyricsRequest.model_validate(body), "t").model_dump(mode="json")


def test_an_answer_is_explained_when_that_is_asked_for_and_only_then(engine: Engine) -> None:
    plain, told = asked(engine, "genre", lyrics=TEXT), asked(engine, "genre", lyrics=TEXT, explain=True)
    assert set(told) - set(plain) == {"explanations", "similar"}
    assert told | plain == told
    selected = [label["label"] for label in plain["labels"] if label["selected"]]
    assert [one["label"] for one in told["explanations"]] == selected == ["country"]
    (explained,) = told["explanations"]
    assert explained["method"] == "contributions"
    assert [(line["line"], line["text"]) for line in explained["lines"]] == [
        (number, TEXT.split("\n")[number]) for number in (0, 2, 3, 4)
    ]
    truck, chorus, river, la = (line["effect"] for line in explained["lines"])
    assert truck > 0 < river
    assert chorus == 0
    assert la < min(truck, river)


def test_without_a_selected_label_the_best_is_explained(engine: Engine) -> None:
    told = asked(engine, "genre", lyrics="xyz xyz", explain=True)
    assert not any(label["selected"] for label in told["labels"])
    assert [one["label"] for one in told["explanations"]] == [told["labels"][0]["label"]]
    assert told["similar"] == []


def test_the_very_same_song_is_found_and_similar_ones_are_in_order(engine: Engine) -> None:
    told = asked(engine, "genre_pt", lyrics="Dusty truck, on the ROAD!", explain=True)["similar"]
    assert len(told) == 5
    assert told[0] == {"title": "Song 1", "artist": "Ana", "genres": ["rap"], "similarity": 1.0}
    assert [one["similarity"] for one in told] == sorted((one["similarity"] for one in told), reverse=True)


def test_without_an_index_no_songs_are_named(tmp_path: Path) -> None:
    engine = Engine(write_bundle(tmp_path / "bundle", text_artifacts(tmp_path / "artifacts", ("genre",))))
    assert "similar" not in asked(engine, "genre", lyrics=TEXT, explain=True)


@pytest.mark.parametrize(
    "body",
    [
        {"lyrics": "a", "explain": 1},
        {"lyrics": "a", "explain": None},
        {"items": [{"lyrics": "a"}], "explain": True},
        {"items": [{"lyrics": "a", "explain": True}]},
    ],
)
def test_a_batch_is_not_explained(body: dict) -> None:
    with pytest.raises(ValidationError):
        LyricsRequest.model_validate(body)


def test_removing_the_lines_that_moved_an_answer_lowers_it_more_than_removing_others(engine: Engine) -> None:
    """The deletion test on a tiny model; on real songs: `benchmarks/explanations.py`."""
    from music_platform_tests.benchmarks.explanations import deletions

    draw, predictor = np.random.default_rng(5), engine._predictors["genre"]
    told = ["dusty truck", "microphone corner", "pandeiro da roda", "the city with the rhyme", "river of the farm"]
    songs = ["\n".join(draw.choice([*told, "and is my o e la"], 9)) for _ in range(40)]
    drops = deletions(predictor, songs, draws=3, seed=1)
    assert (drops.top - drops.random).mean() > 0.05
