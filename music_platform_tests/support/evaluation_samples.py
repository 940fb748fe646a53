"""Invented predictions and tracks, and reports on them, for the tests of evaluation."""

from typing import Any

import numpy as np

from music_platform.evaluation import classification, clustering
from music_platform.evaluation.tracks import tracks
from music_platform.models.cluster_training import fit
from music_platform.models.predictions import HELD_OUT_FILE, Predictions
from music_platform.storage.registry import Artifact, Registry
from music_platform.tasks import TASKS

LABELS = ("gospel", "rap", "rock", "samba")


def predictions(*, single: bool = True, rows: int = 400, skill: float = 2.0, seed: int = 0) -> Predictions:
    """Predictions of `rows` rows of `rows / 4` artists; the higher the skill, the better."""
    random = np.random.default_rng(seed)
    truth = np.eye(len(LABELS), dtype=bool)[np.random.default_rng(101).integers(len(LABELS), size=rows)]
    if not single:
        truth |= np.random.default_rng(102).random(truth.shape) < 0.15
    logits = random.normal(size=truth.shape) + skill * truth
    if single:
        scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        selected = scores == scores.max(axis=1, keepdims=True)
    else:
        scores = 1 / (1 + np.exp(-2 * (logits - 1)))
        selected = scores >= 0.5
    units = np.array([f"artist {i // 4}" for i in range(rows)])
    return Predictions(
        labels=LABELS,
        ids=np.array([f"row {i}" for i in range(rows)]),
        units=units,
        groups=np.array([("en", "pt")[i % 2] for i in range(rows)]),
        folds=np.arange(rows) // 4 % 5,
        truth=truth,
        known=np.ones_like(truth),
        scores=scores.astype(np.float32),
        selected=selected,
        thresholds=np.full(len(LABELS), 0 if single else 0.5, np.float32),
        baseline=np.tile(np.arange(len(LABELS)) == 0, (rows, 1)),
    )


def grouped_tracks(rows: int = 600, seed: int = 0) -> tuple[np.ndarray, list[str], list[str | None]]:
    """Features of four groups of tracks, artists of three tracks, and a genre per group for two thirds of them."""
    random = np.random.default_rng(seed)
    group = random.integers(4, size=rows)
    centres = np.array(
        [
            [0.8, 0.3, 0, 0.8, 120],
            [0.3, 0.05, 0.8, 0.2, 80],
            [0.6, 0.05, 0, 0.5, 140],
            [0.2, 0.8, 0, 0.5, 100],
        ]
    )
    features = centres[group] + random.normal(size=(rows, 5)) * [0.03, 0.03, 0.03, 0.03, 4]
    genres = [None if i % 3 == 0 else f"genre-{g}" for i, g in enumerate(group)]
    return features, [f"artist {i // 3}" for i in range(rows)], genres


def saved(registry: Registry, task: str, candidate: str, found: Predictions, **facts: Any) -> Artifact:
    """An artifact of predictions alone, which becomes the current one of its candidate."""
    entries = {
        "fingerprint": candidate,
        "data_hash": "d1",
        "code_version": "c1",
        "rows": len(found.ids),
        "labels": list(found.labels),
        "languages": {label: ["en", "pt"] for label in found.labels},
        "metrics": found.headline(),
    }
    artifact = registry.save(task, candidate, lambda folder: found.save(folder / HELD_OUT_FILE), entries | facts)
    registry.set_current(artifact)
    return artifact


def _epoch(number: int) -> dict[str, float]:
    metrics = {"accuracy": 0.8, "f1": 0.7, "precision": 0.6, "recall": 0.5}
    return {"number": number, "loss": 1 / number, "validation_loss": 1.234 * number, **metrics}


PROGRESS = {"steps": 1204, "planned_steps": 3000, "epochs": 2, "planned_epochs": 5}
TRAINING = {
    "history": [_epoch(1), _epoch(2)],
    "best_epoch": 1,
    "stopped": "patience",
    "seconds": 90.0,
    "progress": PROGRESS,
}
COST = {"parameters": 400, "trained": 100, "peak_bytes": 2_000_000}
CONTRACT = {
    "rows": 400,
    "flips": 0.0025,
    "macro_f1_change": -0.0012,
    "torch_ms": 12.34,
    "runner_ms": 6.5,
    "speed": 1.9,
    "precision": "bf16",
    "broken": [],
}


def classified(task: str, candidates: dict[str, Predictions], **options: Any) -> dict[str, Any]:
    """The report of a declared task on candidates."""
    return classification.evaluate(TASKS[task], candidates, **({"resamples": 50} | options))


def clustered(columns: tuple, **options: Any) -> dict[str, Any]:
    """The report of clusters that are fitted to the columns of tracks."""
    found = tracks(*columns)
    return clustering.evaluate(TASKS["clusters"], found, {"kmeans": fit(found.features)}, resamples=50, **options)
