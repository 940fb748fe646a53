"""The running service over HTTP: its answers, its refusals, its documentation."""

import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from websockets.sync.client import connect

from music_platform.serving.wire.samples import SAMPLES
from music_platform.tasks import TASKS, classifying
from music_platform_tests.support.serving import ROOT, call

pytestmark = pytest.mark.slow
CORRECTION = {"route": "genres", "lyrics": "dusty truck", "labels": ["samba"], "answered": [], "model_version": "1"}
_FROM = ["body", "filters", "year", "from"]


@pytest.mark.parametrize("route", SAMPLES)
def test_every_sample_is_answered(service: str, route: str) -> None:
    status, body, _ = call(service, f"/samples/{route}")
    assert status == 200
    status, answer, headers = call(service, f"/{route}", body)
    assert status == 200
    assert answer["trace_id"] == headers["X-Trace-Id"]
    assert len(answer["trace_id"]) == 32
    assert answer["model_version"]


@pytest.mark.parametrize(("route", "field"), [(task.route, task.body) for task in classifying()])
def test_a_batch_answers_every_item_in_its_order(service: str, route: str, field: str) -> None:
    texts = [SAMPLES[route][field], "0", "the microphone is my corner in the city"]
    status, batch, _ = call(service, f"/{route}", {"items": [{field: text} for text in texts]})
    assert status == 200
    for text, item in zip(texts, batch["items"], strict=True):
        _, alone, _ = call(service, f"/{route}", {field: text})
        assert item["labels"] == alone["labels"]
        assert item["uncertain"] == alone["uncertain"]
        scores = [label["score"] for label in item["labels"]]
        assert scores == sorted(scores, reverse=True)


def test_an_answer_is_explained_and_corrected(service: str, service_home: Path) -> None:
    _, plain, _ = call(service, "/genres", SAMPLES["genres"])
    assert set(plain) == {"labels", "uncertain", "model_version", "trace_id"}
    status, explained, _ = call(service, "/genres", {**SAMPLES["genres"], "explain": True})
    assert (status, set(explained) - set(plain)) == (200, {"explanations"})
    assert [line["line"] for line in explained["explanations"][0]["lines"]] == [0, 1, 2]
    status, taken, _ = call(service, "/corrections", CORRECTION)
    assert (status, taken["status"]) == (201, "waiting")
    assert (service_home / "landing" / "corrections" / f"{taken['correction_id']}.jsonl").is_file()


def test_recommendations_and_cluster_of_a_track_agree(service: str) -> None:
    _, found, _ = call(service, "/recommendations", {"track_id": "t0000", "k": 7})
    assert len(found["tracks"]) == 7
    shown = {"track_id", "track_name", "artists", "distance", "reason", "genres", "year", "popularity"}
    assert set(found["tracks"][0]) == shown
    assert {"t0000", "t0001"}.isdisjoint(track["track_id"] for track in found["tracks"])
    for track in found["tracks"]:
        _, answer, _ = call(service, "/clusters", {"track_id": track["track_id"]})
        assert answer["cluster"]["id"] == found["cluster"]["id"]
        assert answer["cluster"]["name"] == found["cluster"]["name"]
    assert set(answer["cluster"]["profile"]) == set(SAMPLES["clusters"])


@pytest.mark.parametrize(
    ("route", "body", "content_type", "status", "where"),
    [
        ("genres", {}, None, 422, ["body", "lyrics"]),
        ("genres", {"lyrics": " "}, None, 422, ["body", "lyrics"]),
        ("genres", {"lyrics": "x" * 20_001}, None, 422, ["body", "lyrics"]),
        ("topics", {"text": None}, None, 422, ["body", "text"]),
        ("topics", {"text": "a", "lyrics": "a"}, None, 422, ["body", "lyrics"]),
        ("intents", {"items": [{"text": "a"}, {"text": 1}]}, None, 422, ["body", "items", 1, "text"]),
        ("clusters", {**SAMPLES["clusters"], "tempo": 251}, None, 422, ["body", "tempo"]),
        ("recommendations", {"track_id": "t0000", "k": 51}, None, 422, ["body", "k"]),
        ("genres", b"", None, 422, ["body", "lyrics"]),
        ("genres", b"{", None, 422, ["body"]),
        ("genres", b"\xff\xfe", None, 422, ["body"]),
        ("genres", b'{"lyrics": "\\udfff"}', None, 422, ["body"]),
        ("clusters", b'{"tempo": NaN, "valence": 1}', None, 422, ["body", "tempo"]),
        ("genres", b"[" * 100_000, None, 422, ["body"]),
        ("assistant", b"\xe3#", None, 422, ["body"]),
        ("assistant", b"[" * 100_000, None, 422, ["body"]),
        ("assistant", b'{"text": "\\udfff"}', None, 422, ["body", "text"]),
        ("assistant", {"text": "a", "session_id": "nobody"}, None, 404, ["session_id"]),
        ("genres", b"lyrics=a", "application/x-www-form-urlencoded", 422, ["header", "content-type"]),
        ("genres", b"a", "multipart/form-data", 422, ["header", "content-type"]),
        ("genres", b"a", "application/vnd.bentoml+pickle", 422, ["header", "content-type"]),
        ("genres", {"items": [{"lyrics": "a"}] * 1_001}, None, 413, ["body", "items"]),
        ("topics", {"items": [{"text": "x" * 10_001}] * 20}, None, 413, ["body", "items"]),
        ("genres", b" " * 4_000_000, None, 413, ["body"]),
        ("genres", {"items": [{"lyrics": "a"}], "explain": True}, None, 422, ["body", "explain"]),
        ("genres", {"items": [{"lyrics": "a", "explain": True}]}, None, 422, ["body", "items", 0, "explain"]),
        ("corrections", b" " * 4_000_000, None, 413, ["body"]),
        ("corrections", b"a", "text/plain", 422, ["header", "content-type"]),
        ("corrections", b"{", None, 422, ["body", 1]),
        ("corrections", {**CORRECTION, "lyrics": "\udfff"}, None, 422, ["body", "lyrics"]),
        ("corrections", {**CORRECTION, "labels": ["polka"]}, None, 422, ["body", "labels", 0]),
        ("clusters", {"track_id": "missing\0"}, None, 404, ["body", "track_id"]),
        ("recommendations", {"track_id": "missing"}, None, 404, ["body", "track_id"]),
        ("recommendations", {"track_ids": ["t0000", "missing"]}, None, 404, ["body", "track_ids", 1]),
        ("recommendations", {"track_id": "t0000", "filters": {"year": {"from": 3}}}, None, 422, _FROM),
    ],
)
def test_what_can_not_be_answered_is_refused_with_the_path(
    service: str, route: str, body: Any, content_type: str | None, status: int, where: list[Any]
) -> None:
    given_status, answer, headers = call(service, f"/{route}", body, content_type or "application/json")
    assert given_status == status
    assert where in [problem["loc"] for problem in answer["detail"]]
    assert all(problem["msg"] and problem["type"] for problem in answer["detail"])
    assert answer["trace_id"] == headers["X-Trace-Id"]


def test_the_largest_batch_is_answered(service: str) -> None:
    body = {"items": [{"lyrics": "night boat " * 18}] * 1_000}
    status, answer, _ = call(service, "/genres", body)
    assert (status, len(answer["items"])) == (200, 1_000)


def test_songs_are_found_in_spite_of_slips(service: str) -> None:
    status, answer, headers = call(service, "/catalogue?query=papr+lanterns+grey%20herons&limit=1")
    assert status == 200
    assert answer["trace_id"] == headers["X-Trace-Id"]
    (song,) = answer["songs"]
    assert 0.9 < song.pop("score") < 1
    assert song == {
        "track_id": "c04",
        "title": "Paper Lanterns",
        "artist": "The Grey Herons",
        "album": "Marsh",
        "year": 2001,
        "match": "corrected",
    }
    assert call(service, "/catalogue?query=%00%22*%22%ff")[0] == 200
    assert call(service, f"/catalogue?query={'x' * 200}&limit=50")[1]["songs"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [("", "query"), ("query=", "query"), ("query=" + "x" * 201, "query")]
    + [(f"query=a&limit={limit}", "limit") for limit in ("0", "51", "many", "")],
)
def test_a_query_out_of_its_limits_is_refused_with_the_path(service: str, query: str, field: str) -> None:
    status, answer, headers = call(service, f"/catalogue?{query}")
    assert status == 422
    assert [problem["loc"] for problem in answer["detail"]] == [["query", field]]
    assert set(answer["detail"][0]) == {"loc", "msg", "type"}
    assert answer["trace_id"] == headers["X-Trace-Id"]


def test_the_pages_beside_the_routes(service: str) -> None:
    call(service, "/genres", SAMPLES["genres"])
    _, models, _ = call(service, "/models")
    champion = next(model for model in models["models"] if model["task"] == "genre")
    assert champion["metrics"]["macro_f1"]["value"] > champion["baseline"]["macro_f1"]["value"]
    for model in models["models"]:
        task = TASKS[model["task"]]
        assert (model["title"], model["route"], model["kind"]) == (task.title, task.route, task.kind)
    _, health, _ = call(service, "/health")
    assert health["status"] == "ok"
    assert health["models"] == {model["task"]: model["version"] for model in models["models"]}
    assert [call(service, path)[0] for path in ("/livez", "/readyz")] == [200, 200]
    counted = call(service, "/metrics")[1]
    assert re.search(r'music_answers_total\{model_version="\w+",route="genres",uncertain="\w+"\} [1-9]', counted)
    assert 'music_requests_total{route="/genres",status="200"}' in counted
    call(service, "/playlists/0secret0")
    assert "0secret0" not in call(service, "/metrics")[1]
    assert call(service, "/samples/nothing")[0] == 404


def test_the_documentation_asks_nobody_else(service: str) -> None:
    status, page, headers = call(service, "/docs")
    assert status == 200
    assert page == (ROOT / "bentos/music/web/docs.html").read_text()
    assert "://" not in page
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_one_document_describes_both_kinds_of_route(service: str) -> None:
    _, document, _ = call(service, "/openapi.json")
    assert set(document["paths"]) == {
        *(f"/{route}" for route in SAMPLES),
        "/catalogue",
        "/corrections",
        "/playlists/{session_id}",
        "/tracks",
        "/map",
        "/models",
        "/health",
        "/status",
        "/samples/{route}",
    }
    assert call(service, "/docs.json")[1] == document
    assert {one["name"] for one in document["paths"]["/catalogue"]["get"]["parameters"]} == {"query", "limit"}
    for route, sample in SAMPLES.items():
        described = document["paths"][f"/{route}"]["post"]
        assert described["requestBody"]["content"]["application/json"]["example"] == sample
        assert {"200", "404", "413", "422"} <= set(described["responses"])
    assert document["paths"]["/topics"]["post"]["description"] == "The topic of a news article."


def _without_long_texts(part: Any) -> Any:
    """A schema without the limits of long texts, which slow schemathesis down and have tests of their own."""
    if isinstance(part, dict):
        dropped = {"maxLength", "pattern"} if part.get("maxLength", 0) >= 1_000 else set()
        return {key: _without_long_texts(value) for key, value in part.items() if key not in dropped}
    return [_without_long_texts(value) for value in part] if isinstance(part, list) else part


def test_thousand_malformed_bodies_give_no_500_and_no_200(service: str) -> None:
    schema = schemathesis.openapi.from_dict(_without_long_texts(call(service, "/openapi.json")[1]))
    seen: Counter[int] = Counter()
    session = requests.Session()
    for route in (*SAMPLES, "corrections"):
        invalid = schema[f"/{route}"]["POST"].as_strategy(GenerationMode.NEGATIVE)

        @settings(
            max_examples=130,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(invalid)
        def refused(case: schemathesis.Case) -> None:
            answer = case.call(base_url=service, session=session)
            assert answer.status_code in (413, 422), (case.path, case.body, answer.status_code, answer.text)
            assert answer.json()["detail"]
            seen[answer.status_code] += 1

        refused()
    session.close()
    assert seen.total() >= 1_000


def test_the_assistant_talks_over_a_websocket_and_keeps_the_playlist(service: str) -> None:
    where = f"{service.replace('http', 'ws', 1)}/assistant/ws"
    with connect(where) as socket:
        socket.send("{}")
        session = json.loads(socket.recv(10))["session_id"]
        socket.send(json.dumps({"text": "add paper lanterns by the grey herons"}))
        assert [json.loads(socket.recv(10))["type"] for _ in range(2)] == ["typing", "answer"]
    status, kept, _ = call(service, f"/playlists/{session}")
    assert (status, [song["artist"] for song in kept["playlist"]]) == (200, ["The Grey Herons"])
    with connect(where) as again, connect(where) as other:
        for socket in (again, other):
            socket.send(json.dumps({"session_id": session}))
            assert len(json.loads(socket.recv(10))["playlist"]) == 1
        assert call(service, "/assistant", {"text": "undo", "session_id": session})[1]["playlist"] == []
        assert [json.loads(socket.recv(10))["type"] for socket in (again, other)] == ["changed"] * 2


def test_parallel_requests_get_their_own_answers(service: str) -> None:
    def ask(i: int) -> bool:
        k = i % 50 + 1
        status, answer, headers = call(service, "/recommendations", {"track_id": f"t{i:04d}", "k": k})
        return status == 200 and len(answer["tracks"]) == k and answer["trace_id"] == headers["X-Trace-Id"]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(200)))
