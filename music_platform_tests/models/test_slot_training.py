"""The slot tagger: what it sees, which rows it learns from, cross-fitting, its artifact."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from music_platform.models.candidates import Request, train

from music_platform.errors import InputError
from music_platform.models.scorers.slot_features import Names, Sight, spans_of, tags_of, tokens
from music_platform.models.slot_rows import SlotPredictions, slot_rows
from music_platform.models.slot_training import Settings
from music_platform.schema import WORDINGS
from music_platform.storage.registry import Artifact, Registry
from music_platform_tests.support.slot_samples import ARTISTS, TITLES, catalogue, row, utterances

NAMES = Names.fit(ARTISTS, [*TITLES, "Salt (Live)"])


def request(folder: Path, table: pa.Table, names: pa.Table | None = None) -> Request:
    songs = catalogue() if names is None else names
    return Request(Registry(folder), "slots", table, 0, folder, settings=Settings(iterations=25), names=songs)


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return train("crf", request(tmp_path_factory.mktemp("slots"), utterances()))[0]


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


def test_rows_that_cannot_say_what_is_a_song_are_left_out() -> None:
    named = [{"name": "object_name", "value": "salt", "start": 5, "end": 9}]
    other = [{"name": "city", "value": "oslo", "start": 0, "end": 4}]
    more = [row(900, "find <object_name>", "find salt", named), row(901, "<city>", "oslo", other),
            row(902, "quoted", "play 'salt'", [], source="without spans")]  # fmt: skip
    kept, dropped = slot_rows(pa.concat_tables([utterances(), pa.Table.from_pylist(more)]))
    assert len(kept) == 200
    assert sum(dropped.values()) == 3
    assert any(not r.spans for r in kept), "a row of an annotating source without spans says that nothing is named"


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
        slot_rows(utterances().slice(2, 1))


def test_an_artifact_holds_the_tagger_and_what_it_said_of_rows_unseen(artifact: Artifact) -> None:
    answered = SlotPredictions.load(artifact.path / "predictions.npz")
    assert artifact.manifest["rows"] == len(answered.ids) == 200
    assert artifact.manifest["languages"]["song"] == ["en"]
    assert 0.5 < artifact.manifest["metrics"]["f1"] < 1
    for unit in np.unique(answered.units):
        assert len(np.unique(answered.folds[answered.units == unit])) == 1
    held = {path.name for path in artifact.path.iterdir()}
    assert held == {"manifest.json", "slots.crfsuite", "names.safetensors", "frames.json", "predictions.npz"}


def test_the_same_rows_are_not_learned_twice_and_give_the_same_model(artifact: Artifact, tmp_path: Path) -> None:
    shuffled = utterances().take(np.random.default_rng(1).permutation(200))
    again, trained = train("crf", request(artifact.path.parents[2], shuffled))
    assert (again.id, trained) == (artifact.id, False)
    anew, trained = train("crf", request(tmp_path, shuffled))
    assert (anew.id, trained) == (artifact.id, True)


def test_a_larger_catalogue_is_learned_anew(artifact: Artifact) -> None:
    more = pa.concat_tables([catalogue(), catalogue().slice(0, 1).set_column(0, "track_id", pa.array(["t9"]))])
    _, trained = train("crf", request(artifact.path.parents[2], utterances(), more))
    assert trained
