"""Tiny champions in invented words, a bundle of them, the built bento, and a running service."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
from music_platform.models.candidates import Request, train

from music_platform.features.text import artist_key
from music_platform.models import slot_training
from music_platform.models.scorers import clusters, linear
from music_platform.serving.bundle import write_bundle
from music_platform.storage.registry import Registry
from music_platform.tasks import CLUSTER_FEATURES
from music_platform_tests.support import catalogue_samples, slot_samples

ROOT = Path(__file__).parents[2]

_WORDS = {
    "genre": {
        "rap": "and the microphone is my corner in the city with the rhyme",
        "country": "and the dusty truck is on the road by the river of the farm",
        "samba": "e o pandeiro da roda na ladeira não quer que você vá embora",
    },
    "genre_pt": {
        "gospel": "o senhor é a minha luz e não há quem me tire da graça",
        "sertanejo": "a viola chora na estrada e você não vem mais pra mim",
    },
    "topic": {
        "World": "treaty border envoy",
        "Sports": "goal match league",
        "Business": "profit shares market",
        "Sci/Tech": "chip orbit software",
    },
    "intent": {
        "add": "add put include",
        "remove": "remove delete drop",
        "view": "show view list",
        "clear": "clear empty wipe",
        "other": "weather joke time",
    },
}
_ROWS = 24
LANGUAGES = {"rap": ["en"], "country": ["en"], "samba": ["pt"], "gospel": ["pt"], "sertanejo": ["pt"]}


def text_artifacts(root: Path, tasks: tuple[str, ...] = tuple(_WORDS)) -> dict[str, Path]:
    """Task -> artifact folder of a linear model that learned a few invented words."""
    return {task: _text_artifact(Registry(root), task) for task in tasks}


def _text_artifact(registry: Registry, task: str) -> Path:
    draw = np.random.default_rng(7)
    labels = tuple(_WORDS[task])
    truth = np.eye(len(labels), dtype=bool)[np.arange(_ROWS * len(labels)) % len(labels)]
    texts = [" ".join(draw.permutation(_WORDS[task][labels[i]].split())) for i in truth.argmax(axis=1)]
    settings = linear.Settings(char_ngrams=(2, 3), C=100.0)
    model = linear.fit(
        linear.count(texts, settings), labels, truth, np.ones_like(truth), settings, single=task != "genre"
    )
    manifest: dict[str, Any] = {
        "labels": list(labels),
        "languages": {label: LANGUAGES.get(label, []) for label in labels},
        "thresholds": [0.5 if task == "genre" else 0.0] * len(labels),
        "metrics": {"macro_f1": 0.75},
    }
    return registry.save(task, "linear", model.save, manifest).path


def _cluster_artifact(registry: Registry) -> Path:
    fitted = clusters.fit(features(tracks()), k=3, seed=1)
    return registry.save("clusters", "kmeans", fitted.save, {"labels": list(fitted.names), "metrics": {}}).path


def _slot_artifact(folder: Path) -> Path:
    settings, names = slot_training.Settings(iterations=10), slot_samples.catalogue()
    request = Request(Registry(folder), "slots", slot_samples.utterances(), 0, folder, settings=settings, names=names)
    return train("crf", request)[0].path


def tracks(count: int = 300) -> pa.Table:
    """Invented tracks: the first two are recordings of one song with nearly the same features.

    A few have no genre, year or popularity.
    """
    draw = np.random.default_rng(11)
    columns: dict[str, Any] = {name: draw.uniform(0, 1, count) for name in CLUSTER_FEATURES if name != "tempo"}
    columns["tempo"] = draw.uniform(60, 200, count)
    for values in columns.values():
        values[1] = values[0]
    names = ["Paper Boat", "Paper Boat (Live)", *(f"Song {i}" for i in range(2, count))]
    artists = ["Ana Vale", "Ana Vale", *(f"Singer {i % 40}" for i in range(2, count))]
    genres, years = ("forro", "rap", "rock"), [None if i % 5 == 4 else 1960 + i % 60 for i in range(count)]
    columns |= {
        "genre": ["samba" if i == 1 else (None, *genres)[i % 4] for i in range(count)],
        "year": pa.array(years, pa.int64()),
        "popularity": pa.array([None if i % 7 == 6 else float(i % 100) for i in range(count)], pa.float64()),
        "track_id": [f"t{i:04d}" for i in range(count)],
        "track_name": names,
        "artists": artists,
        "artist_key": [artist_key(artist) for artist in artists],
    }
    return pa.table(columns)


def features(table: pa.Table) -> np.ndarray:
    """(n, 5) audio features of tracks."""
    return np.column_stack([table[name].to_numpy() for name in CLUSTER_FEATURES])


def make_bundle(folder: Path) -> Path:
    """A bundle of all six champions, with figures beside the genre model, and of the invented catalogue."""
    figure = {"macro_f1": {"value": 0.75, "low": 0.7, "high": 0.8}}
    baseline = {"macro_f1": {"value": 0.2, "low": 0.1, "high": 0.3}}
    measured = {"genre": {"figures": figure, "baseline": baseline, "classes": []}}
    saved = text_artifacts(folder / "artifacts")
    saved["clusters"] = _cluster_artifact(Registry(folder / "artifacts"))
    saved["slots"] = _slot_artifact(folder / "artifacts")
    catalogue_samples.built(folder / "catalogue.sqlite")
    return write_bundle(folder / "bundle", saved, tracks(), measured, folder / "catalogue.sqlite")


@contextmanager
def serving(
    bento: Path, python: str = sys.executable, home: Path | None = None, environment: dict[str, str] | None = None
) -> Iterator[str]:
    """Serve a bento in a process group of its own, its state in `home`; gives the address once it is ready.

    When left, it is asked to stop, as `music-platform serve` does.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(bento.parent),
        "BENTOML_HOME": str(bento.parents[2]),
        "BENTOML_DO_NOT_TRACK": "True",
        "MUSIC_PLATFORM_HOME": str(home or bento.parent),
        **(environment or {}),
    }
    log = bento.parent / f"serve-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, "-m", "bentoml", "serve", str(bento), "--port", str(port)],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=variables,
            cwd=bento.parent,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process, log)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def processes(address: str) -> list[psutil.Process]:
    """The processes of the service at an address."""
    port = address.rsplit(":", 1)[1]
    first = [process for process in psutil.process_iter(["cmdline"]) if port in (process.info["cmdline"] or [])]
    every = {process.pid: process for one in first for process in [one, *one.children(recursive=True)]}
    return list(every.values())


def megabytes(address: str) -> float:
    """Memory of all of them; pages that they share count once."""
    return sum(process.memory_full_info().pss for process in processes(address)) / 2**20


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if call(address, "/readyz")[0] == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the bento is not ready: {log.read_text()[-2000:]}")


def call(
    address: str, path: str, body: Any = None, content_type: str = "application/json", **headers: str
) -> tuple[int, Any, Any]:
    """Status, body and headers of a GET, or of a POST of `body`; bytes are sent as they are."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    given = headers | ({"Content-Type": content_type} if data is not None else {})
    request = urllib.request.Request(address + path, data, given)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status, headers, text = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            status, headers, text = error.code, error.headers, error.read()
    is_json = headers.get("Content-Type", "").startswith("application/json")
    return status, json.loads(text) if is_json else text.decode(), headers
