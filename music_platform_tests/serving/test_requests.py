"""The requests that the service accepts: every limit from both sides, and errors that name the field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from music_platform.serving.api.refusals import problems
from music_platform.serving.wire.bodies import MAX_BYTES, TOO_LARGE
from music_platform.serving.wire.requests import Correction, LyricsRequest, TextRequest
from music_platform.serving.wire.samples import SAMPLES
from music_platform.serving.wire.track_requests import ClusterRequest, RecommendationRequest
from music_platform.tables import TABLES
from music_platform.tasks import CLUSTER_FEATURES, corrected

FEATURES = SAMPLES["clusters"]


def errors(model: Any, body: Any) -> list[dict[str, Any]]:
    with pytest.raises(ValidationError) as raised:
        model.model_validate_json(body if isinstance(body, bytes) else json.dumps(body))
    return problems(raised.value.errors(include_context=False, include_input=False))


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (LyricsRequest, {"lyrics": "a"}),
        (LyricsRequest, {"lyrics": "é" * 20_000}),
        (LyricsRequest, {"items": [{"lyrics": "x" * 200}] * 1_000}),
        (TextRequest, {"text": "\u0000 null bytes are text"}),
        (TextRequest, {"items": [{"text": "x"}]}),
        (RecommendationRequest, {"track_id": "a", "k": 50}),
        (RecommendationRequest, {**FEATURES, "tempo": 40, "valence": 1}),
        (RecommendationRequest, {"track_ids": ["a"] * 100, "per_artist": 1}),
        (RecommendationRequest, {"track_id": "a", "filters": {}}),
        (RecommendationRequest, {**FEATURES, "filters": {"genres": ["samba"], "year": {"from": 1000, "to": 1000}}}),
        (RecommendationRequest, {"track_ids": ["a"], "filters": {"popularity": {"to": 0}, "year": {"from": 2100}}}),
        (ClusterRequest, {**FEATURES, "tempo": 250.0}),
        (ClusterRequest, {"track_id": "a"}),
    ],
)
def test_what_lies_within_the_limits_is_accepted(model: Any, body: Any) -> None:
    assert model.model_validate_json(json.dumps(body))


@pytest.mark.parametrize(
    ("model", "body", "where"),
    [
        (LyricsRequest, {}, ["body", "lyrics"]),
        (LyricsRequest, {"lyrics": ""}, ["body", "lyrics"]),
        (LyricsRequest, {"lyrics": " \n\t\u3000"}, ["body", "lyrics"]),
        (LyricsRequest, {"lyrics": "x" * 20_001}, ["body", "lyrics"]),
        (LyricsRequest, {"lyrics": None}, ["body", "lyrics"]),
        (LyricsRequest, {"lyrics": 3}, ["body", "lyrics"]),
        (LyricsRequest, {"lyrics": ["a"]}, ["body", "lyrics"]),
        (LyricsRequest, {"text": "a", "lyrics": "a"}, ["body", "text"]),
        (LyricsRequest, {"items": [{"lyrics": "a"}], "lyrics": "a"}, ["body", "lyrics"]),
        (LyricsRequest, {"items": []}, ["body", "items"]),
        (LyricsRequest, {"items": {"lyrics": "a"}}, ["body", "items"]),
        (LyricsRequest, {"items": ["a"]}, ["body", "items", 0]),
        (TextRequest, {"items": [{"text": "a"}, {"text": " "}]}, ["body", "items", 1, "text"]),
        (
            TextRequest,
            {"items": [{"text": "a"}, {"lyrics": "a", "text": "b"}]},
            ["body", "items", 1, "lyrics"],
        ),
        (TextRequest, [], ["body"]),
        (TextRequest, None, ["body"]),
        (TextRequest, b"", ["body"]),
        (TextRequest, b"{", ["body"]),
        (TextRequest, b'{"text": "\xff"}', ["body"]),
        (TextRequest, b'{"text": "\\ud800"}', ["body"]),
        (TextRequest, b"[" * 5_000, ["body"]),
        (RecommendationRequest, {}, ["body", "track_id"]),
        (RecommendationRequest, {"k": 3}, ["body", "track_id"]),
        (RecommendationRequest, {"track_id": ""}, ["body", "track_id"]),
        (RecommendationRequest, {"track_id": 7}, ["body", "track_id"]),
        (RecommendationRequest, {"track_id": "a", "k": 0}, ["body", "k"]),
        (RecommendationRequest, {"track_id": "a", "k": 51}, ["body", "k"]),
        (RecommendationRequest, {"track_id": "a", "per_artist": 0}, ["body", "per_artist"]),
        (RecommendationRequest, {"track_ids": []}, ["body", "track_ids"]),
        (RecommendationRequest, {"track_ids": "a"}, ["body", "track_ids"]),
        (RecommendationRequest, {"track_ids": ["a"] * 101}, ["body", "track_ids"]),
        (RecommendationRequest, {"track_ids": ["a", ""]}, ["body", "track_ids", 1]),
        (RecommendationRequest, {"track_ids": ["a"], "track_id": "a"}, ["body", "track_id"]),
        (RecommendationRequest, {"track_ids": ["a"], "tempo": 100.0}, ["body", "tempo"]),
        (RecommendationRequest, {"track_id": "a", "filters": []}, ["body", "filters"]),
        (RecommendationRequest, {"track_id": "a", "filters": {"mood": "sad"}}, ["body", "filters", "mood"]),
        (RecommendationRequest, {"track_id": "a", "filters": {"genres": []}}, ["body", "filters", "genres"]),
        (RecommendationRequest, {"track_id": "a", "filters": {"genres": "rap"}}, ["body", "filters", "genres"]),
        (RecommendationRequest, {"track_id": "a", "filters": {"genres": [1]}}, ["body", "filters", "genres", 0]),
        (
            RecommendationRequest,
            {"track_id": "a", "filters": {"year": {"from": 999}}},
            ["body", "filters", "year", "from"],
        ),
        (
            RecommendationRequest,
            {"track_id": "a", "filters": {"year": {"to": 1999.5}}},
            ["body", "filters", "year", "to"],
        ),
        (
            RecommendationRequest,
            {"track_id": "a", "filters": {"year": {"low": 1999}}},
            ["body", "filters", "year", "low"],
        ),
        (
            RecommendationRequest,
            {"track_id": "a", "filters": {"popularity": {"from": 60, "to": 59.5}}},
            ["body", "filters", "popularity"],
        ),
        (
            RecommendationRequest,
            {"track_id": "a", "filters": {"popularity": {"to": 100.5}}},
            ["body", "filters", "popularity", "to"],
        ),
        (RecommendationRequest, {"track_id": "a", "k": "5"}, ["body", "k"]),
        (RecommendationRequest, {"track_id": "a", "k": True}, ["body", "k"]),
        (RecommendationRequest, {"track_id": "a", "tempo": 100.0}, ["body", "tempo"]),
        (ClusterRequest, {**FEATURES, "k": 5}, ["body", "k"]),
        (ClusterRequest, {**FEATURES, "valence": True}, ["body", "valence"]),
        (ClusterRequest, {**FEATURES, "valence": "0.5"}, ["body", "valence"]),
        (ClusterRequest, b'{"tempo": NaN, "valence": 1}', ["body", "tempo"]),
        (ClusterRequest, b'{"tempo": Infinity, "valence": 1}', ["body", "tempo"]),
        (ClusterRequest, b'{"tempo": 1e999, "valence": 1}', ["body", "tempo"]),
        (ClusterRequest, b'{"tempo": ' + b"9" * 400 + b', "valence": 1}', ["body", "tempo"]),
    ],
)
def test_what_lies_outside_is_refused_with_the_path_of_the_field(model: Any, body: Any, where: list[Any]) -> None:
    found = errors(model, body)
    assert where in [problem["loc"] for problem in found]
    assert all(problem["msg"] and problem["type"] for problem in found)


@pytest.mark.parametrize("name", CLUSTER_FEATURES)
def test_ranges_are_those_of_the_schema_and_the_message_says_them(name: str) -> None:
    column = next(column for column in TABLES["tracks"].columns if column.name == name)
    assert column.minimum is not None
    assert column.maximum is not None
    for limit, outside in ((column.minimum, column.minimum - 0.01), (column.maximum, column.maximum + 0.01)):
        assert ClusterRequest.model_validate({**FEATURES, name: limit})
        (problem,) = errors(ClusterRequest, {**FEATURES, name: outside})
        assert problem["loc"] == ["body", name]
        assert f"{limit:g}" in problem["msg"]


@pytest.mark.parametrize(
    "items", [[{"lyrics": "a"}] * 1_001, [{"lyrics": "x" * 10_000}] * 20 + [{"lyrics": "x"}], ["x"] * 1_001]
)
def test_a_batch_beyond_the_limits_is_too_large(items: list[Any]) -> None:
    assert TOO_LARGE in [problem["type"] for problem in errors(LyricsRequest, {"items": items})]


def test_the_largest_batch_fits_into_the_limit_of_bytes() -> None:
    body = json.dumps({"items": [{"lyrics": "😀" * 200}] * 1_000}).encode()
    assert len(body) < MAX_BYTES
    assert LyricsRequest.model_validate_json(body)


def test_a_refusal_repeats_nothing_of_what_was_sent() -> None:
    with pytest.raises(ValidationError) as raised:
        TextRequest.model_validate_json('{"text": "", "a secret": 1}')
    assert "a secret" not in str(raised.value).replace("<one>.a secret", "")


def test_the_routes_of_a_correction_are_those_of_the_tasks_that_learn_from_corrections() -> None:
    assert Correction.model_json_schema()["properties"]["route"]["enum"] == [task.route for task in corrected()]


@given(st.text(min_size=1, max_size=50))
def test_a_text_is_accepted_unless_it_is_blank(text: str) -> None:
    if text.strip():
        assert TextRequest.model_validate_json(json.dumps({"text": text}))
    else:
        assert errors(TextRequest, {"text": text})[0]["loc"] == ["body", "text"]
