"""The app where the bundle holds less than it could: every route refuses in the same words."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from music_platform.ingestion.landing import Landing
from music_platform.serving.api.app import create_app
from music_platform.serving.assistant.assistant import Assistant
from music_platform.serving.bundle import write_bundle
from music_platform.serving.engine import Engine, NoCatalogueError, NoModelError
from music_platform_tests.support.champions import slot_artifact, text_artifacts


def client_of(engine: Engine, folder: Path) -> TestClient:
    return TestClient(
        create_app(lambda: engine, lambda: Assistant(engine, folder), folder, Landing(folder / "landing"))
    )


def test_without_models_and_catalogue_every_route_says_which_is_missing(tmp_path: Path) -> None:
    engine = Engine(write_bundle(tmp_path / "bundle", {}))
    engine.warm()
    with pytest.raises(NoCatalogueError):
        _ = engine.catalogue
    with pytest.raises(NoModelError):
        engine.text("genre")
    correction = {"route": "genres", "lyrics": "a", "labels": ["rap"], "answered": [], "model_version": "1"}
    with client_of(engine, tmp_path) as client:
        for answer, missing in (
            (client.get("/catalogue", params={"query": "paper"}), "No catalogue"),
            (client.get("/tracks?query=a"), "No model for the task 'clusters'"),
            (client.get("/map"), "No model for the task 'clusters'"),
            (client.post("/corrections", json=correction), "No model for the task 'genre'"),
            (client.post("/assistant", json={"text": "hello"}), "No model for the task 'intent'"),
            (client.get("/playlists/abc"), "No model for the task 'intent'"),
        ):
            assert answer.status_code == 404
            assert answer.json()["detail"] == [
                {"loc": ["path"], "msg": f"{missing} in this bento", "type": "not_found"}
            ]
        with client.websocket_connect("/assistant/ws") as socket:
            socket.send_json({})
            assert socket.receive_json()["detail"][0]["msg"] == "No model for the task 'intent' in this bento"


def test_without_a_catalogue_alone_the_assistant_says_so(tmp_path: Path) -> None:
    artifacts = {**text_artifacts(tmp_path / "a", ("intent",)), "slots": slot_artifact(tmp_path / "a").path}
    with client_of(Engine(write_bundle(tmp_path / "bundle", artifacts)), tmp_path) as client:
        answer = client.post("/assistant", json={"text": "hello"})
    assert (answer.status_code, answer.json()["detail"][0]["msg"]) == (404, "No catalogue in this bento")
