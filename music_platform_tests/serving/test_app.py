"""The pages beside the inference routes where the bundle holds less than it could."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from music_platform.serving.api.app import create_app
from music_platform.serving.assistant.assistant import Assistant
from music_platform.serving.bundle import write_bundle
from music_platform.serving.engine import Engine, NoCatalogueError


def test_without_a_catalogue_its_route_says_so(tmp_path: Path) -> None:
    engine = Engine(write_bundle(tmp_path / "bundle", {}))
    engine.warm()
    assert engine.catalogue is None
    with pytest.raises(NoCatalogueError):
        engine.songs("paper", 10, "")
    with TestClient(create_app(lambda: engine, lambda: Assistant(engine, tmp_path), tmp_path, dict)) as client:
        answer = client.get("/catalogue", params={"query": "paper"})
        assert answer.status_code == 404
        assert answer.json()["detail"] == [{"loc": ["path"], "msg": "No catalogue in this bento", "type": "not_found"}]
        said = client.post("/assistant", json={"text": "hello"})
    assert (said.status_code, said.json()["detail"][0]["msg"]) == (404, "No model for the task 'intent' in this bento")
