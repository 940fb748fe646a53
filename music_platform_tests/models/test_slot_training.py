"""The slot tagger: its features, the rows that it learns from, cross-fitting, and its artifact."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from music_platform.errors import InputError
from music_platform.models.making import Made
from music_platform.models.request import Request
from music_platform.models.scorers.slot_features import Names, Sight, spans_of, tags_of, tokens
from music_platform.models.slot_rows import SlotPredictions, slot_rows
from music_platform.models.slot_training import CrfHyperparameters
from music_platform.models.training import train
from music_platform.schema import WORDINGS
from music_platform.storage.registry import Artifact, Registry
from music_platform.tasks import TASKS
from music_platform_tests.support.slot_samples import ARTISTS, TITLES, catalogue, row, utterances

UTTERANCES = utterances(100)
NAMES = Names.fit(ARTISTS, [*TITLES, "Salt (Live)"])


def request(folder: Path, table: pa.Table, names: pa.Table | None = None) -> Request:
    songs = catalogue() if names is None else names
    chosen = CrfHyperparameters(iterations=15)
    return Request(Registry(folder), TASKS["slots"], "crf", table, hyperparameters=chosen, names=songs)


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return train(request(tmp_path_factory.mktemp("slots"), UTTERANCES)).artifact


@settings(deadline=None)
@given(st.text(max_size=40), st.lists(st.sampled_from(("O", "B-song", "I-song", "B-artist", "I-artist")), max_size=40))
def test_spans_survive_the_way_through_tags(text: str, drawn: list[str]) -> None:
    offsets = tokens(text)
    tags = [tag for tag, _ in zip([*drawn, *["O"] * len(offsets)], offsets, strict=False)]
    spans = spans_of(offsets, tags)
    assert len(spans) == sum(tag[0] == "B" for tag in tags)
    assert spans_of(offsets, tags_of(offsets, spans)) == spans


@settings(deadline=None)
@given(st.text(max_size=60))
def test_every_token_has_features(text: str) -> None:
    assert len(Sight(NAMES, {"to": 1.0}).features(text)) == len(tokens(text))


def test_a_phrase_is_seen_whole_between_the_words_that_frame() -> None:
    seen = Sight(NAMES, {"add": 1.0, "to": 1.0}).features("add mara quill to gym")
    assert "frame" in seen[0]
    assert {"phrase known=BA-", "phrase left,right=add to"} <= {*seen[1]}
    assert {"phrase known=IA-", "phrase size=I2"} <= {*seen[2]}
    assert "phrase number=1 of 2" in seen[4]


def test_features_come_in_the_same_order_in_every_process() -> None:
    (first, *_, last) = Sight(NAMES).features("add salt to my gym list")
    assert [f for f in first if f.startswith("after=")] == [
        "after=salt",
        "after=to",
        "after=my",
        "after=gym",
        "after=list",
    ]
    assert [f for f in last if f.startswith("before=")][:2] == ["before=add", "before=salt"]


def test_another_language_has_features_of_its_own() -> None:
    sight = Sight(NAMES, {"add": 2.0, "quita": -2.0})
    english, other = ({*sight.features(text)[1]} for text in ("add salt", "quita salt"))
    assert {f"~{feature}" for feature in english if "-1" not in feature} & other
    assert all(feature[0] == "~" for feature in other)


def test_names_of_a_catalogue_are_found_in_any_case_and_lean_their_way() -> None:
    assert NAMES.marks(["play", "mara", "quill", "salt"]) == ["--", "B2-", "I2-", "-B1"]
    artist, title = NAMES.leaning(["mara quill", "under a paper moon"])
    assert artist > 0 > title


def test_the_rule_to_compare_with_takes_quotes_and_long_names() -> None:
    assert NAMES.guess('add "salt water" by mara quill') == [(5, 15, "song"), (20, 30, "artist")]
    assert NAMES.guess("add salt") == []


def test_an_empty_catalogue_knows_nothing() -> None:
    names = Names.fit([], [])
    assert names.marks(["mara"]) == ["--"]
    assert names.leaning(["mara"]) == [0.0]


def test_rows_that_do_not_annotate_songs_are_left_out() -> None:
    named = [{"name": "object_name", "value": "salt", "start": 5, "end": 9}]
    other = [{"name": "city", "value": "oslo", "start": 0, "end": 4}]
    more = [row(900, "find <object_name>", "find salt", named), row(901, "<city>", "oslo", other),
            row(902, "quoted", "play 'salt'", [], source="without spans")]  # fmt: skip
    kept, dropped = slot_rows(pa.concat_tables([UTTERANCES, pa.Table.from_pylist(more)]))
    assert len(kept) == 100
    assert sum(dropped.values()) == 3
    assert any(not r.spans for r in kept), "a row of an annotating source without spans holds no name"


def test_of_own_wordings_some_templates_are_learned_from() -> None:
    named = [{"name": "song", "value": "salt", "start": 0, "end": 4}]
    own = [row(i, f"<song> {i // 2}", f"salt {i}", named, source=WORDINGS) for i in range(600)]
    kept, dropped = slot_rows(pa.Table.from_pylist(own))
    assert 130 < len(kept) < 270
    assert dropped == {"of own wordings beside others": 600 - len(kept)}
    assert {r.part for r in kept} == {f"{WORDINGS}, en"}
    assert all(sum(r.unit == other.unit for other in kept) == 2 for r in kept), "a template is taken whole"


def test_too_little_to_learn_from_is_refused() -> None:
    with pytest.raises(InputError, match="fewer than 2 templates"):
        slot_rows(UTTERANCES.slice(2, 1))


def test_an_artifact_holds_the_tagger_and_its_answers_for_rows_unseen(artifact: Artifact) -> None:
    answered = SlotPredictions.load(artifact.path / "predictions.npz")
    assert artifact.manifest.rows == len(answered.ids) == 100
    assert artifact.manifest.languages["song"] == ["en"]
    assert 0.5 < artifact.manifest.metrics["f1"] < 1
    for unit in np.unique(answered.units):
        assert len(np.unique(answered.folds[answered.units == unit])) == 1
    held = {path.name for path in artifact.path.iterdir()}
    assert held == {"manifest.json", "slots.crfsuite", "names.safetensors", "frames.json", "predictions.npz"}


def test_the_same_rows_are_not_learned_twice_and_give_the_same_model(artifact: Artifact, tmp_path: Path) -> None:
    shuffled = UTTERANCES.take(np.random.default_rng(1).permutation(100))
    assert train(request(artifact.path.parents[2], shuffled)) == Made(artifact, is_new=False)
    anew = train(request(tmp_path, shuffled))
    assert (anew.artifact.id, anew.is_new) == (artifact.id, True)


def test_a_larger_catalogue_is_learned_anew(artifact: Artifact, tmp_path: Path) -> None:
    shutil.copytree(artifact.path.parents[2], tmp_path / "artifacts")
    more = pa.concat_tables([catalogue(), catalogue().slice(0, 1).set_column(0, "track_id", pa.array(["t9"]))])
    assert train(request(tmp_path / "artifacts", UTTERANCES, more)).is_new


def test_without_a_catalogue_it_is_refused_in_one_line(tmp_path: Path) -> None:
    asked = replace(request(tmp_path, UTTERANCES), names=None)
    with pytest.raises(InputError, match=r"^slots: there is no catalogue to look names up in; land one$"):
        train(asked)
