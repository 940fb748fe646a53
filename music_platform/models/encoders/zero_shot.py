"""The candidate `zero_shot`, a baseline that learns nothing from a task's rows, and the path of such baselines.

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
from music_platform.models.encoders import base_model
from music_platform.models.encoders.judging import predictions_on
from music_platform.models.encoders.network import Encoder, device, predict
from music_platform.models.making import Draft, Made, make, text_facts
from music_platform.models.predictions import HELD_OUT_FILE
from music_platform.models.request import Request
from music_platform.models.rows import rows
from music_platform.models.scorers.scorer import probabilities
from music_platform.models.scorers.windows import windowed, windows
from music_platform.storage.code import code_version
from music_platform.storage.files import fingerprint

LENGTH = 64
"""The tokens that are read of a text, from its beginning."""
SCALE = 20.0
"""The factor from cosines to logits, with which the default base was trained."""


def train(request: Request) -> Made | None:
    """The similarities of the held-out rows; None where they are unknown and there is no budget.

    Raises:
        InputError: fewer than two labels have enough rows, or the base model can't be loaded.
    """
    source = request.base_model
    logits = partial(similarities, request.task.name, source=source)
    return judge(request, source, base_model.identity(source), f"{__name__}:similarities", logits)


def similarities(task: str, texts: list[str], labels: tuple[str, ...], source: str = "") -> np.ndarray:
    """(n, L) logits: the similarity of n texts to the descriptions of L labels of a task."""
    described = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))[task]
    vectors = _vectors([*texts, *(described[label] for label in labels)], source)
    return SCALE * vectors[: len(texts)] @ vectors[len(texts) :].T


def judge(
    request: Request,
    source: str,
    identity: str,
    made_by: str,
    logits: Callable[[list[str], tuple[str, ...]], np.ndarray],
) -> Made | None:
    """An artifact of predictions alone: those of the fold that fine-tuned candidates never see.

    Args:
        request: the request to make it.
        source: folder, Hub id or preset of the model.
        identity: hash that names the model.
        made_by: the definition that makes the logits, for `code_version`.
        logits: (n, L) of n texts and L labels.
    """
    task = request.task
    learned = rows(task, request.table)
    data, code = learned.hash, code_version(made_by, f"{__name__}:judge")

    def draft() -> Draft | None:
        if not request.seconds:
            return None
        request.progress(f"{request.name}: scoring fold {HELD_OUT + 1}")
        folds = fold_of(learned.units)
        held = np.flatnonzero(folds == HELD_OUT)
        scores = probabilities(logits(learned.texts[held].tolist(), learned.labels), single=task.single)
        predictions = predictions_on(task, learned, folds, held, scores, np.zeros(len(learned.labels), np.float32))
        facts = text_facts(learned, predictions) | {"kind": request.candidate}
        config = {"held_out_fold": HELD_OUT, "base": source}
        return Draft(
            lambda folder: predictions.save(folder / HELD_OUT_FILE), data, code, config, len(learned.ids), facts
        )

    return make(request, fingerprint(data, code, task.kind, identity), draft)


def _vectors(texts: list[str], source: str) -> np.ndarray:
    """(n, hidden) float32 of length 1: the mean token vectors of texts."""
    base = base_model.load(source)
    network = Encoder(base.network, base.network.config.hidden_size)
    network.head = torch.nn.Identity()
    cut = windows(windowed(base.tokenizer, min(LENGTH, base.longest), 0), texts, 1)
    vectors = predict(network.to(device()), cut, base.pad)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
