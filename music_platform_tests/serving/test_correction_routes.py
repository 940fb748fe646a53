"""Corrections over HTTP: what is taken and where it lies, and what is refused."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from music_platform.ingestion.correction_files import Corrections
from music_platform.ingestion.landing import Landing
from music_platform.serving.api.app import create_app
from music_platform.serving.assistant.assistant import Assistant
from music_platform.serving.engine import Engine

GIVEN = {"route": "genres", "lyrics": "and the dusty truck\nis on the road", "labels": ["samba", "rap"]}
GIVEN |= {"answered": ["country"], "model_version": "7f"}


@pytest.fixture
def zone(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


def client_of(engine: Engine, zone: Landing, folder: Path) -> TestClient:
    return TestClient(create_app(lambda: engine, lambda: Assistant(engine, folder / "state"), folder, zone))


@pytest.fixture
def client(engine: Engine, zone: Landing, tmp_path: Path) -> Iterator[TestClient]:
    with client_of(engine, zone, tmp_path) as client:
        yield client


def test_a_correction_is_one_file_that_lands_and_waits(client: TestClient, zone: Landing) -> None:
    answer = client.post("/corrections", json=GIVEN)
    assert (answer.status_code, answer.json()["status"]) == (201, "waiting")
    assert set(answer.json()) == {"correction_id", "status", "trace_id"}
    (file,) = (zone.root / "corrections").iterdir()
    (line,) = file.read_text("utf-8").splitlines()
    row = json.loads(line)
    assert row.pop("corrected_at").endswith("+00:00")
    assert row == {
        "correction_id": answer.json()["correction_id"],
        "task": "genre",
        "lyrics": GIVEN["lyrics"],
        "labels": ["rap", "samba"],
        "answered": ["country"],
        "model_version": "7f",
        "source": "page",
    }
    assert [landed.path.name for landed in zone.files("corrections", still=0)] == [file.name]


def test_the_same_text_and_labels_are_the_same_correction(client: TestClient, zone: Landing) -> None:
    first = client.post("/corrections", json=GIVEN).json()["correction_id"]
    (file,) = (zone.root / "corrections").iterdir()
    content = file.read_bytes()
    again = GIVEN | {"labels": ["rap", "samba", "rap"], "answered": [], "model_version": "8"}
    assert client.post("/corrections", json=again).json()["correction_id"] == first
    assert file.read_bytes() == content
    assert client.post("/corrections", json=GIVEN | {"labels": ["rap"]}).json()["correction_id"] != first
    pt = client.post("/corrections", json=GIVEN | {"route": "genre_pt", "labels": ["gospel"]})
    assert pt.json()["correction_id"] != first
    Corrections(zone).decide([first], "rejected")
    assert client.post("/corrections", json=GIVEN).json()["status"] == "rejected"


@pytest.mark.parametrize(
    ("more", "where", "said"),
    [
        ({"labels": ["samba", "polka"]}, ["body", "labels", 1], "Label should be one of rap, country, samba"),
        ({"route": "genre_pt", "labels": ["samba"]}, ["body", "labels", 0], "Label should be one of gospel, sertanejo"),
        ({"route": "genre_pt", "labels": ["gospel", "sertanejo"]}, ["body", "labels"], "exactly one"),
        ({"labels": []}, ["body", "labels"], "at least 1 item"),
        ({"labels": "samba"}, ["body", "labels"], "valid list"),
        ({"labels": ["x" * 101]}, ["body", "labels", 0], "at most 100 characters"),
        ({"route": "topics"}, ["body", "route"], "'genres' or 'genre_pt'"),
        ({"lyrics": " "}, ["body", "lyrics"], "no white space"),
        ({"lyrics": "[Chorus]"}, ["body", "lyrics"], "at least one word that is sung"),
        ({"lyrics": "x" * 20_001}, ["body", "lyrics"], "at most 20000 characters"),
        ({"who": "me"}, ["body", "who"], "not permitted"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    client: TestClient, zone: Landing, more: dict, where: list, said: str
) -> None:
    answer = client.post("/corrections", json=GIVEN | more)
    assert answer.status_code == 422
    problem = answer.json()["detail"][0]
    assert problem["loc"] == where
    assert said in problem["msg"]
    assert not (zone.root / "corrections").exists()


def test_a_zone_that_can_not_be_written_is_a_refusal(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with client_of(engine, Landing(tmp_path / "file" / "landing"), tmp_path) as client:
        answer = client.post("/corrections", json=GIVEN)
    assert answer.status_code == 503
    assert "can't be written" in answer.json()["detail"][0]["msg"]
