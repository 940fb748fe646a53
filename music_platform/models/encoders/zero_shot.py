"""Baselines that learn nothing from a task's rows: the candidate `zero_shot`, and what it shares with others.

The frozen base encoder compares a text with a description of each label (the data file beside this module), as
Sentence-BERT (Reimers and Gurevych 2019) compares sentences: by the cosine of the mean token vectors.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch

from music_platform.features.splits import HELD_OUT, fold_of
from music_platform.models.candidates import Request
from music_platform.models.encoders import base_model
from music_platform.models.encoders.encoder_training import predictions_on
from music_platform.models.encoders.network import Encoder, device, predict
from music_platform.models.linear_training import data_hash, manifest_of, text_manifest
from music_platform.models.rows import TASKS, rows
from music_platform.models.scorers.linear import probabilities
from music_platform.models.scorers.windows import windowed, windows
from music_platform.storage.code import code_version
from music_platform.storage.files import fingerprint
from music_platform.storage.registry import Artifact

LENGTH = 64
"""Tokens that are read of a text."""
SCALE = 20.0
"""From cosines to logits: what the default base was trained with."""


def train(request: Request) -> tuple[Artifact, bool] | None:
    """The similarities of the held-out rows; True when they had to be computed, None without a budget.

    Raises:
        InputError: fewer than two labels have enough rows, or the base model can't be loaded.
    """
    base = base_model.load()
    source = {"source": base.source, "sha256": base.sha256}
    return judge(request, "zero_shot", source, __name__, partial(similarities, request.task))


def similarities(task: str, texts: list[str], labels: tuple[str, ...]) -> np.ndarray:
    """(n, L) logits: how similar n texts are to the descriptions of L labels of a task."""
    described = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))[task]
    vectors = _vectors([*texts, *(described[label] for label in labels)])
    return SCALE * vectors[: len(texts)] @ vectors[len(texts) :].T


def judge(
    request: Request,
    candidate: str,
    base: dict[str, str],
    made_by: str,
    logits: Callable[[list[str], tuple[str, ...]], np.ndarray],
) -> tuple[Artifact, bool] | None:
    """An artifact of predictions alone: those of the fold that fine-tuned candidates never see.

    Args:
        request: for which task, rows and registry.
        candidate: its name.
        base: source and sha256 of the model.
        made_by: the module whose code makes the logits.
        logits: (n, L) of n texts and L labels.
    """
    registry, task = request.registry, TASKS[request.task]
    learned = rows(task, request.table)
    data, code = data_hash(learned), code_version(made_by)
    made_from = fingerprint(data, code, repr(task), base["sha256"])
    if known := registry.find(task.name, candidate, made_from):
        registry.set_current(known)
        return known, False
    if not request.seconds:
        return None
    request.progress(f"{task.name}/{candidate}: scoring fold {HELD_OUT + 1}")
    folds = fold_of(learned.units)
    held = np.flatnonzero(folds == HELD_OUT)
    scores = probabilities(logits(learned.texts[held].tolist(), learned.labels), single=task.single)
    predictions = predictions_on(task, learned, folds, held, scores, np.zeros(len(learned.labels), np.float32))
    manifest = manifest_of(made_from, data, code, {"held_out_fold": HELD_OUT}, len(learned.ids))
    manifest |= text_manifest(learned, predictions) | {"kind": candidate, "base": base}
    artifact = registry.save(
        task.name, candidate, lambda folder: predictions.save(folder / "predictions.npz"), manifest
    )
    registry.set_current(artifact)
    return artifact, True


def _vectors(texts: list[str]) -> np.ndarray:
    """(n, hidden) float32 of length 1: the mean token vectors of texts."""
    base = base_model.load()
    network = Encoder(base.network, base.network.config.hidden_size)
    network.head = torch.nn.Identity()
    cut = windows(windowed(base.tokenizer, min(LENGTH, base.longest), 0), texts, 1)
    vectors = predict(network.to(device()), cut, base.pad)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
