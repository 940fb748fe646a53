"""The built bento: its content, the libraries that it needs, a task declared beside the others, and its end."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from music_platform.errors import InputError
from music_platform.ingestion.ingest import ingest
from music_platform.ingestion.landing import Landing
from music_platform.schema import KINDS
from music_platform.serving.bundle import build_bento, write_bundle
from music_platform.serving.wire.samples import SAMPLES
from music_platform.storage.warehouse import Warehouse
from music_platform_tests.support.serving import ROOT, call, serving

pytestmark = pytest.mark.slow
_WITHOUT = """
import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in sys.argv[1:]:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Without())
import bentos.music.service
"""
HEAVY = ("torch", "transformers", "dagster", "pandas", "pyarrow", "duckdb", "pyspark", "ibis", "great_expectations")
HEAVY += ("scrapy", "mlflow", "optuna", "matplotlib")


def test_the_bento_holds_the_service_and_nothing_else(bento: Path) -> None:
    source = bento / "src"
    held = {str(file.relative_to(source)) for file in source.rglob("*") if file.suffix in (".py", ".html")}
    assert {
        "bentos/music/service.py",
        "bentos/music/web/docs.html",
        "music_platform/tasks.py",
        "music_platform/features/text.py",
        "music_platform/models/scorers/encoder.py",
        "music_platform/models/scorers/slots.py",
    } <= held
    rooms = {file.split("/")[1] for file in held}
    assert rooms.isdisjoint({"defs", "cli", "sample", "evaluation", "definitions.py"})
    models = {file.split("/")[2] for file in held if file.startswith("music_platform/models/")}
    assert models <= {"__init__.py", "scorers"}
    unserved = {"bundle.py", "release.py", "status.py", "batch.py", "requirements.py"}
    assert unserved.isdisjoint(file.split("/")[2] for file in held if file.startswith("music_platform/serving/"))
    models = {file.name for file in (source / "bentos/music/bundle/models/genre").iterdir()}
    assert models == {"manifest.json", "measured.json", "model.safetensors", "vocabulary.json"}
    requirements = (bento / "env/python/requirements.txt").read_text()
    assert "bentoml==" in requirements
    assert "torch" not in requirements


def test_equal_champions_are_one_bento_that_is_built_once(bento: Path, bundle: Path) -> None:
    stamp = (bento / "bento.yaml").stat().st_mtime_ns
    assert build_bento(bundle, bento.parents[2]) == bento
    assert (bento / "bento.yaml").stat().st_mtime_ns == stamp


def test_what_bentoml_can_not_build_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    with pytest.raises(InputError, match=r"^bento music:not a version: BentoML can't build it and says: .+$"):
        build_bento(tmp_path / "bundle", tmp_path / "bentoml", version="not a version")


def test_clusters_without_tracks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^features\.tracks: the service of clusters needs this table"):
        write_bundle(tmp_path / "bundle", {"clusters": tmp_path})


def test_the_service_imports_no_orchestrator_and_no_training_library(bento: Path) -> None:
    command = [sys.executable, "-c", _WITHOUT, *HEAVY]
    done = subprocess.run(command, cwd=bento / "src", capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr


_SEVENTH = """
import sys
from dataclasses import replace
from pathlib import Path
from music_platform.tasks import TASKS
named = {"name": "mood", "route": "moods", "title": "Mood of a text", "answers": "the mood of a text"}
TASKS["mood"] = replace(TASKS["topic"], **named, labels=None)
from bentos.music.service import Music
from fastapi.testclient import TestClient
with TestClient(Music.to_asgi()) as client:
    sample = client.get("/samples/moods").json()
    answer = client.post("/moods", json=sample)
    batch = client.post("/moods", json={"items": [{"text": "goal match"}, sample]})
    refused = client.post("/moods", json={"lyrics": "goal match"})
    described = client.get("/openapi.json").json()["paths"]["/moods"]["post"]
    model, = [model for model in client.get("/models").json()["models"] if model["task"] == "mood"]
    print(answer.status_code, answer.json()["labels"][0]["label"], len(batch.json()["items"]), refused.status_code,
          described["description"], model["title"], model["route"], client.get("/health").json()["models"]["mood"],
          sep="|")
"""


def test_a_seventh_task_that_is_declared_is_served_at_its_route(bento: Path, tmp_path: Path) -> None:
    subprocess.run(["cp", "-a", str(bento / "src"), str(tmp_path / "src")], check=True)
    models = tmp_path / "src" / "bentos" / "music" / "bundle" / "models"
    subprocess.run(["cp", "-a", str(models / "topic"), str(models / "mood")], check=True)
    manifest = json.loads((models / "mood" / "manifest.json").read_text("utf-8"))
    (models / "mood" / "manifest.json").write_text(json.dumps(manifest | {"task": "mood"}), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _SEVENTH],
        cwd=tmp_path / "src",
        env={**os.environ, "MUSIC_PLATFORM_HOME": str(tmp_path), "BENTOML_HOME": str(tmp_path / "bentoml")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answered = done.stdout.strip().splitlines()[-1].split("|")
    assert answered[0] == "200"
    assert answered[1] in manifest["labels"]
    assert answered[2:] == ["2", "422", "The mood of a text.", "Mood of a text", "moods", manifest["version"]]


def test_with_a_key_nobody_else_is_answered_and_what_was_answered_is_landed(bento: Path, tmp_path: Path) -> None:
    body = {"items": [{"lyrics": "night boat " * 18}] * 200}
    with serving(bento, tmp_path, environment={"MUSIC_PLATFORM_API_KEY": "s3cret"}) as address:
        assert [call(address, path)[0] for path in ("/livez", "/models", "/metrics", "/")] == [200, 401, 401, 401]
        assert call(address, "/genres", SAMPLES["genres"])[0] == 401
        status, answer, _ = call(address, "/genres", SAMPLES["genres"], Authorization="Bearer s3cret")
        assert status == 200
        with ThreadPoolExecutor(8) as pool:  # the service is asked to stop while it answers them
            under_way = [pool.submit(call, address, "/genres", body, Authorization="Bearer s3cret") for _ in range(8)]
            next(as_completed(under_way))  # then the others are under way too, and not only on their way
            os.kill(psutil.Process().children()[-1].pid, signal.SIGTERM)
            assert [done.result()[0] for done in under_way] == [200] * 8
    (landed,) = (tmp_path / "landing" / "answers").iterdir()
    rows = [json.loads(line) for line in landed.read_text("utf-8").splitlines()]
    assert (len(rows), rows[0]["trace_id"], rows[0]["input"]) == (1_601, answer["trace_id"], None)
    os.utime(landed, (1_700_000_000, 1_700_000_000))  # it stands still
    with closing(Warehouse(tmp_path / "warehouse.duckdb")) as warehouse:
        assert not ingest(warehouse, Landing(tmp_path / "landing"), KINDS["answers"]).refused
        found = warehouse.sql.sql("SELECT count(*), max(len(problems)), max(labels) FROM ingestion.answers").fetchone()
    assert found == (1_601, 0, max(row["labels"] for row in rows))


def test_nothing_but_the_serving_extra_is_needed(bento: Path, tmp_path: Path) -> None:
    python = ROOT / ".venv-serving" / "bin" / "python"
    if not python.exists():
        pytest.skip(".venv-serving is missing: `make test` makes it, with nothing but the serving extra installed")
    with serving(bento, tmp_path, str(python)) as address:
        for route, sample in SAMPLES.items():
            assert call(address, f"/{route}", sample)[0] == 200, route
        assert json.dumps(call(address, "/openapi.json")[1])
