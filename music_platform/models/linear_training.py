"""From a validated table to a saved artifact: rows, fingerprint, training when something changed, manifest.

How a candidate learns is in its own module; which one becomes champion is decided in evaluation.
"""

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from music_platform.models import crossfit
from music_platform.models.candidates import Request
from music_platform.models.predictions import Predictions
from music_platform.models.rows import TASKS, Rows, rows
from music_platform.models.scorers import clusters
from music_platform.models.thresholds import f1
from music_platform.storage.code import code_version
from music_platform.storage.files import fingerprint
from music_platform.storage.registry import Artifact, Registry
from music_platform.tasks import CLUSTER_FEATURES

SEED = 20260101

Progress = Callable[[str], None]


def train(request: Request) -> tuple[Artifact, bool]:
    """The linear candidate of a text task; True when it had to be trained.

    Raises:
        InputError: fewer than two labels have enough units to be learned.
    """
    registry, task = request.registry, TASKS[request.task]
    settings, trace = request.configured(task.linear)
    task = replace(task, linear=settings)
    learned = rows(task, request.table)
    data = data_hash(learned)
    code = code_version(__name__)
    made_from = fingerprint(data, code, repr(task))
    if known := registry.find(task.name, "linear", made_from):
        registry.set_current(known)
        return known, False
    trained = crossfit.train(task, learned, request.progress)

    def write(folder: Path) -> None:
        trained.model.save(folder)
        trained.predictions.save(folder / "predictions.npz")

    manifest = manifest_of(made_from, data, code, trained.config | trace, len(learned.ids))
    manifest |= text_manifest(learned, trained.predictions) | {"kind": "linear"}
    artifact = registry.save(task.name, "linear", write, manifest)
    registry.set_current(artifact)
    return artifact, True


def train_clusters(
    registry: Registry, table: pa.Table, k: int = 4, progress: Progress = lambda line: None
) -> tuple[Artifact, bool]:
    """K-Means on the audio features of `table` (`tables.TABLES["tracks"]`); True when it had to be fitted."""
    features = np.column_stack([table[name].to_numpy() for name in CLUSTER_FEATURES])
    data = fingerprint(features.tolist())
    code = code_version(__name__)
    made_from = fingerprint(data, code, k, SEED)
    if known := registry.find("clusters", "kmeans", made_from):
        registry.set_current(known)
        return known, False
    progress(f"clusters/kmeans: {len(features):,} tracks into {k} clusters")
    fitted = clusters.fit(features, k=k, seed=SEED)
    manifest = manifest_of(made_from, data, code, {"k": k, "scaling": "standard"}, len(features)) | {
        "labels": list(fitted.names),
        "metrics": {},
    }
    artifact = registry.save("clusters", "kmeans", fitted.save, manifest)
    registry.set_current(artifact)
    return artifact, True


def manifest_of(made_from: str, data: str, code: str, config: dict[str, Any], learned: int) -> dict[str, Any]:
    """What the manifest of every artifact says about how it was made."""
    return {
        "fingerprint": made_from,
        "data_hash": data,
        "code_version": code,
        "seed": SEED,
        "config": config,
        "rows": learned,
    }


def text_manifest(learned: Rows, predictions: Predictions) -> dict[str, Any]:
    """What the manifest of every candidate of a text task says about its labels and figures."""
    return {
        "labels": list(learned.labels),
        "languages": learned.languages,
        "thresholds": predictions.thresholds.tolist(),
        "metrics": headline(predictions),
        "left_out": learned.left_out,
        "dropped": learned.dropped,
    }


def data_hash(learned: Rows) -> str:
    """Of every field by itself, as JSON: where a value ends, and which it is, can't be mistaken."""
    values = (getattr(learned, field.name) for field in fields(learned))
    return fingerprint([fingerprint(v.tolist() if isinstance(v, np.ndarray) else v) for v in values])


def headline(predictions: Predictions) -> dict[str, float]:
    """Pooled out-of-fold macro-F1, and accuracy where a row has one label."""
    predictions = predictions.at(~predictions.own)
    truth, known = predictions.truth, predictions.known
    figures = {"macro_f1": float(f1(truth, predictions.selected, known).mean())}
    if ((truth & known).sum(axis=1) == 1).all():
        figures["accuracy"] = float((truth & known & predictions.selected).any(axis=1).mean())
    return figures
