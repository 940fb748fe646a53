"""Tiny champions in invented words, invented tracks, and a bundle of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from music_platform.declarations import Task
from music_platform.features.text import artist_key
from music_platform.models import cluster_training, slot_training
from music_platform.models.linear_fitting import count, fit
from music_platform.models.request import Request
from music_platform.models.scorers.linear import LinearHyperparameters
from music_platform.serving.assistant.assistant import ACTS
from music_platform.serving.assistant.learning import write_acts
from music_platform.serving.bundle import write_bundle
from music_platform.storage.files import write_json
from music_platform.storage.registry import Artifact, Registry
from music_platform.tasks import CLUSTER_FEATURES, TASKS
from music_platform_tests.support import catalogue_samples, slot_samples
from music_platform_tests.support.manifests import facts

WORDS = {
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
"""Task -> label -> the words of its texts."""
_ROWS = 24
LANGUAGES = {"rap": ["en"], "country": ["en"], "samba": ["pt"], "gospel": ["pt"], "sertanejo": ["pt"]}

STATUS: dict[str, Any] = {
    "built_at": "2026-01-02T03:04:05+00:00",
    "champions": [
        {
            "task": "topic",
            "title": "Topic of a news article",
            "candidate": "linear",
            "version": "a1",
            "since": "2026-01-02T03:04:05+00:00",
            "why": "best accuracy of the candidates: 0.714",
            "metric": "accuracy",
            "value": 0.714,
            "low": 0.69,
            "high": 0.74,
            "baseline": 0.221,
            "rows": 1188,
        },
        {
            "task": "moods",
            "title": "Mood of a <b>poem</b>",
            "candidate": "kmeans",
            "version": "a2",
            "since": "2026-01-02T03:04:05+00:00",
            "why": "the only one",
            **dict.fromkeys(("metric", "value", "low", "high", "baseline", "rows")),
        },
    ],
    "tables": [
        {"name": "songs", "rows": 1370, "made_at": "2026-01-02T03:04:05+00:00", "newest": "2026-01-01T00:00:00+00:00"}
    ],
    "runs": [
        {
            "job": "platform",
            "trigger": "command line",
            "status": "success",
            "started_at": "2026-01-02T03:00:00+00:00",
            "seconds": 147.8,
        },
        {"job": "tune", "trigger": "weekly", "status": "started", "started_at": None, "seconds": None},
    ],
    "reports": ["index.html", "topic/index.html", "tuning/topic_linear/index.html", "validation/songs.html"],
}
"""The status of a platform, with a task that the page has no words for."""
_REPORT = "<!doctype html><title>Report</title><style>h1 { color: red }</style><h1>A report</h1>"


def text_artifacts(root: Path, tasks: tuple[str, ...] = tuple(WORDS)) -> dict[str, Path]:
    """Task -> artifact folder of a linear model that learned a few invented words."""
    return {task: text_artifact(Registry(root), TASKS[task], WORDS[task]).path for task in tasks}


def text_artifact(registry: Registry, task: Task, words: dict[str, str]) -> Artifact:
    """A linear model of a task that learned the words of each label."""
    draw = np.random.default_rng(7)
    labels = tuple(words)
    truth = np.eye(len(labels), dtype=bool)[np.arange(_ROWS * len(labels)) % len(labels)]
    texts = [" ".join(draw.permutation(words[labels[i]].split())) for i in truth.argmax(axis=1)]
    hyperparameters = LinearHyperparameters(char_ngrams=(2, 3), C=100.0)
    blocks = count(texts, hyperparameters)
    model = fit(blocks, labels, truth, np.ones_like(truth), hyperparameters, single=task.single)
    manifest = facts(
        labels=list(labels),
        languages={label: LANGUAGES.get(label, []) for label in labels},
        thresholds=[0.0 if task.single else 0.5] * len(labels),
        metrics={"macro_f1": 0.75},
    )
    return registry.save(task.name, "linear", model.save, manifest)


def cluster_artifact(root: Path, k: int = 3) -> Artifact:
    """A model of k clusters of the invented tracks."""
    fitted = cluster_training.fit(features(tracks()), k=k, seed=1)
    return Registry(root).save("clusters", "kmeans", fitted.save, facts(labels=list(fitted.names)))


def slot_artifact(root: Path) -> Artifact:
    """A slot tagger that learned a few invented requests."""
    hyperparameters = slot_training.CrfHyperparameters(iterations=10)
    request = Request(
        Registry(root),
        TASKS["slots"],
        "crf",
        slot_samples.utterances(),
        hyperparameters=hyperparameters,
        names=slot_samples.catalogue(),
    )
    made = slot_training.train(request)
    assert made is not None
    return made.artifact


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
    """A bundle of all six champions and the invented catalogue, with figures of the genre model, and a status."""
    figure = {"macro_f1": {"value": 0.75, "low": 0.7, "high": 0.8}}
    baseline = {"macro_f1": {"value": 0.2, "low": 0.1, "high": 0.3}}
    measured = {"genre": {"figures": figure, "baseline": baseline, "classes": []}}
    saved = text_artifacts(folder / "artifacts")
    saved["clusters"] = cluster_artifact(folder / "artifacts").path
    saved["slots"] = slot_artifact(folder / "artifacts").path
    catalogue_samples.built(folder / "catalogue.sqlite")
    bundle = write_bundle(folder / "bundle", saved, tracks(), measured, folder / "catalogue.sqlite")
    write_acts(bundle / ACTS)
    write_json(bundle / "status.json", STATUS)
    (bundle / "reports").mkdir()
    (bundle / "reports" / "index.html").write_text(_REPORT, "utf-8")
    return bundle
