"""Answers to texts: explained where the request asks for it, with similar songs where the bundle has an index."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from music_platform.models.scorers import similar_songs
from music_platform.models.scorers.linear import LinearModel
from music_platform.models.scorers.predictor import Predictor
from music_platform.serving.bundle import write_bundle
from music_platform.serving.engine import Engine
from music_platform.serving.wire.requests import LyricsRequest
from music_platform_tests.support.champions import text_artifacts

TEXT = "and the dusty truck is on the road\n\n[Chorus]\nby the river of the farm\nla la la"


@pytest.fixture(scope="module")
def explaining(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("explained")
    saved = text_artifacts(folder / "artifacts", ("genre", "genre_pt"))
    bundle = write_bundle(folder / "bundle", saved)
    lyrics = ["and the microphone is my corner", "dusty truck on the road", "pandeiro da roda", "river farm"] * 3
    names = {"title": [f"Song {i}" for i in range(12)], "artist": ["Ana"] * 12, "genres": [["rap"]] * 12}
    songs, model = pa.table({**names, "lyrics": lyrics}), LinearModel.load(saved["genre"])
    similar_songs.write(bundle / "models" / "genre", model, songs)
    return Engine(bundle)


def asked(engine: Engine, task: str, **body: object) -> dict:
    return engine.text(task).answer(LyricsRequest.model_validate(body), "t").model_dump(mode="json")


def test_an_answer_is_explained_when_that_is_asked_for_and_only_then(explaining: Engine) -> None:
    plain, answer = asked(explaining, "genre", lyrics=TEXT), asked(explaining, "genre", lyrics=TEXT, explain=True)
    assert set(answer) - set(plain) == {"explanations", "similar"}
    assert answer | plain == answer
    selected = [label["label"] for label in plain["labels"] if label["selected"]]
    assert [one["label"] for one in answer["explanations"]] == selected == ["country"]
    (explained,) = answer["explanations"]
    assert explained["method"] == "contributions"
    assert [(line["line"], line["text"]) for line in explained["lines"]] == [
        (number, TEXT.split("\n")[number]) for number in (0, 2, 3, 4)
    ]
    truck, chorus, river, la = (line["effect"] for line in explained["lines"])
    assert truck > 0 < river
    assert chorus == 0
    assert la < min(truck, river)


def test_without_a_selected_label_the_best_is_explained(explaining: Engine) -> None:
    answer = asked(explaining, "genre", lyrics="xyz xyz", explain=True)
    assert not any(label["selected"] for label in answer["labels"])
    assert [one["label"] for one in answer["explanations"]] == [answer["labels"][0]["label"]]
    assert answer["similar"] == []


def test_the_very_same_song_is_found_and_similar_ones_are_in_order(explaining: Engine) -> None:
    answer = asked(explaining, "genre", lyrics="Dusty truck, on the ROAD!", explain=True)["similar"]
    assert len(answer) == 5
    assert answer[0] == {"title": "Song 1", "artist": "Ana", "genres": ["rap"], "similarity": 1.0}
    assert [one["similarity"] for one in answer] == sorted((one["similarity"] for one in answer), reverse=True)


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


def test_removing_the_lines_that_moved_an_answer_lowers_it_more_than_removing_others(tmp_path: Path) -> None:
    """The deletion test on a tiny model; on real songs: `benchmarks/explanations.py`."""
    from music_platform_tests.benchmarks.explanations import deletions

    draw, predictor = np.random.default_rng(5), Predictor.load(text_artifacts(tmp_path, ("genre",))["genre"])
    lines = ["dusty truck", "microphone corner", "pandeiro da roda", "the city with the rhyme", "river of the farm"]
    songs = ["\n".join(draw.choice([*lines, "and is my o e la"], 9)) for _ in range(40)]
    drops = deletions(predictor, songs, draws=3, seed=1)
    assert (drops.top - drops.random).mean() > 0.05
