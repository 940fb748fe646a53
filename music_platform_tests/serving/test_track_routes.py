"""Tracks by name and the map over HTTP, and the same tracks in recommendations: shape, limits, what is missing."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from music_platform.ingestion.landing import Landing
from music_platform.models import cluster_training
from music_platform.serving.api.app import create_app
from music_platform.serving.assistant.assistant import Assistant
from music_platform.serving.engine import Engine
from music_platform.serving.tracks.map import MAX_BYTES, map_of
from music_platform.serving.wire.track_answers import TrackMap
from music_platform.serving.wire.track_requests import RecommendationRequest
from music_platform.tasks import CLUSTER_FEATURES
from music_platform_tests.support.champions import features, tracks


def client_of(engine: Engine, folder: Path) -> TestClient:
    return TestClient(
        create_app(lambda: engine, lambda: Assistant(engine, folder), folder, Landing(folder / "landing"))
    )


@pytest.fixture(scope="module")
def client(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client_of(engine, tmp_path_factory.mktemp("app")) as client:
        yield client


def test_a_track_is_found_with_all_that_recommendations_need(client: TestClient, engine: Engine) -> None:
    answer = client.get("/tracks", params={"query": "pap boat", "limit": 1}).json()
    (track,) = answer["tracks"]
    assert set(answer) == {"tracks", "trace_id"}
    assert set(track) == {"track_id", "track_name", "artists", "genres", "cluster", *CLUSTER_FEATURES}
    assert (track["track_id"], track["track_name"], track["genres"]) == ("t0001", "Paper Boat (Live)", ["samba"])
    body = {name: track[name] for name in CLUSTER_FEATURES}
    found = engine.tracks().recommend(RecommendationRequest.model_validate(body), "")
    assert (found.tracks[0].track_id, found.tracks[0].reason) == ("t0001", "the same in all five features")
    assert found.cluster.id == track["cluster"]


@pytest.mark.parametrize(
    ("params", "field"),
    [({}, "query"), ({"query": ""}, "query"), ({"query": "x" * 201}, "query")]
    + [({"query": "a", "limit": limit}, "limit") for limit in (0, 51, "many")],
)
def test_a_query_out_of_its_limits_is_refused_with_the_path(client: TestClient, params: dict, field: str) -> None:
    answer = client.get("/tracks", params=params)
    assert answer.status_code == 422
    assert [problem["loc"] for problem in answer.json()["detail"]] == [["query", field]]


def test_the_map_shows_tracks_of_every_cluster_where_the_clusters_are(client: TestClient) -> None:
    answer = client.get("/map")
    assert answer.headers["content-type"] == "application/json"
    shown = TrackMap.model_validate_json(answer.content)
    assert set(answer.json()) == {"clusters", "points", "axes", "model_version", "trace_id"}
    assert [cluster.id for cluster in shown.clusters] == [0, 1, 2]
    assert sum(cluster.tracks for cluster in shown.clusters) == len(shown.points) == 300
    assert Counter(point.cluster for point in shown.points) == {c.id: c.tracks for c in shown.clusters}
    assert [axis.count(",") for axis in shown.axes] == [1, 1]
    places = np.array([[point.x, point.y] for point in shown.points])
    assert np.abs(places.mean(axis=0)).max() < 0.01
    assert abs(np.corrcoef(places.T)[0, 1]) < 0.01
    assert places.var(axis=0)[0] >= places.var(axis=0)[1]


def test_a_direction_is_named_by_what_there_is_more_of(client: TestClient) -> None:
    shown = client.get("/map").json()
    rows = {row["track_id"]: row for row in tracks().to_pylist()}
    for side, axis in zip("xy", shown["axes"], strict=True):
        for part in axis.split(", "):
            more, name = part.split(" ")
            values = [rows[point["track_id"]][name] for point in shown["points"]]
            slope = np.corrcoef([point[side] for point in shown["points"]], values)[0, 1]
            assert (slope > 0.2) if more == "more" else (slope < -0.2)


def test_the_map_of_many_tracks_is_a_sample_that_stays_small() -> None:
    many = tracks(6_000)
    fitted = cluster_training.fit(features(many), k=4, seed=0)
    text = map_of(many, fitted)
    assert text == map_of(many, fitted)
    drawn = json.loads(text)
    assert 1_500 < len(drawn["points"]) <= 2_000
    counted = Counter(point["cluster"] for point in drawn["points"])
    for cluster in drawn["clusters"]:
        assert counted[cluster["id"]] / len(drawn["points"]) == pytest.approx(cluster["tracks"] / 6_000, abs=0.01)
    long = many.set_column(many.schema.get_field_index("artists"), "artists", pa.array(["Ñandú " * 60] * 6_000))
    assert len(map_of(long, fitted).encode()) <= MAX_BYTES
