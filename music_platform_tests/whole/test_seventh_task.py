"""A seventh task is declared in `tasks.py`, with no other edit, and is trained, reported and served."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from music_platform.storage.home import Home
from music_platform_tests.conftest import environment

ROOT = Path(__file__).resolve().parents[2]

DECLARATION = """\
        Task(
            name="tongue",
            title="Language of a song",
            answers="the language of a song from its lyrics",
            kind="single-label",
            table="songs",
            id="song_id",
            unit="artist_key",
            metric="macro_f1",
            route="tongues",
            text="lyrics",
            cleaner="lyrics",
            body="lyrics",
            label="language",
            group="language",
            min_units=2,
            candidates={"linear": Training(hyperparameters={"max_terms": 2_000})},
        ),
"""
_BEFORE = '        Task(\n            name="clusters",'


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source tree whose `tasks.py` declares one more task."""
    tree = tmp_path_factory.mktemp("seventh")
    for name in ("music_platform", "bentos"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "constraints.txt", "workspace.yaml", "README.md"):
        shutil.copyfile(ROOT / name, tree / name)
    tasks = tree / "music_platform" / "tasks.py"
    text = tasks.read_text("utf-8")
    assert text.count(_BEFORE) == 1
    tasks.write_text(text.replace(_BEFORE, DECLARATION + _BEFORE), "utf-8")
    return tree


def _command(source: Path, home: Home, *arguments: str) -> subprocess.Popen[str]:
    variables = environment(home) | {"PYTHONPATH": str(source)}
    command = [sys.executable, "-m", "music_platform.cli", *arguments, "--home", str(home.root)]
    return subprocess.Popen(
        command, cwd=source, env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


@pytest.fixture
def service(source: Path, copied_home: Home) -> Iterator[tuple[str, str]]:
    """The address of the service after a run with the seventh task, and the lines that the run printed."""
    run = _command(source, copied_home, "run")
    printed, _ = run.communicate(timeout=280)
    assert run.returncode == 0, printed
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serving = _command(source, copied_home, "serve", "--port", str(port))
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                if httpx.get(f"{address}/readyz").status_code == httpx.codes.OK:
                    break
            except httpx.TransportError:
                pass
            assert serving.poll() is None
            time.sleep(0.1)
        yield address, printed
    finally:
        serving.terminate()
        serving.communicate(timeout=30)


@pytest.mark.slow
def test_a_declared_task_is_trained_reported_and_served(
    service: tuple[str, str], copied_home: Home, sample_home: Home
) -> None:
    address, printed = service
    trained = [line for line in printed.splitlines() if "models/" in line and "unchanged" not in line]
    done = [line.split()[1] for line in trained if "not trained" not in line and "not tuned" not in line]
    assert done == ["models/tongue_linear"], printed
    assert (copied_home.reports / "tongue" / "index.html").read_text().count("Language of a song")
    assert "tongue" in printed.split("reports/")[-2] or "reports/tongue/index.html" in printed

    answer = httpx.post(f"{address}/tongues", json={"lyrics": "Acendi a luz da varanda pra você me encontrar"})
    assert answer.status_code == httpx.codes.OK, answer.text
    assert answer.json()["labels"][0]["label"] == "pt"
    champions = {model["task"]: model for model in httpx.get(f"{address}/models").json()["models"]}
    assert champions["tongue"]["title"] == "Language of a song"
    assert "/tongues" in httpx.get(f"{address}/openapi.json").json()["paths"]
    assert httpx.post(f"{address}/tongues", json={"lyrics": ""}).status_code == httpx.codes.UNPROCESSABLE_ENTITY
