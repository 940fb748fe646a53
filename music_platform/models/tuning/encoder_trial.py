"""A trial of the encoder: the space of its hyperparameters, and a fine-tuning with a choice of them. Imports torch."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from music_platform.declarations import Task
from music_platform.features.splits import HELD_OUT, fold_of
from music_platform.models.callbacks import TrainerCallback, TrainingState
from music_platform.models.encoders import base_model
from music_platform.models.encoders.finetune import finetune
from music_platform.models.encoders.start import EncoderHyperparameters
from music_platform.models.rows import Rows
from music_platform.storage.code import code_version
from music_platform.storage.files import fingerprint

SPACE: dict[str, BaseDistribution] = {
    "body_lr": FloatDistribution(5e-6, 3e-4, log=True),
    "head_lr": FloatDistribution(1e-4, 1e-2, log=True),
    "epochs": IntDistribution(2, 8),
    "batch": CategoricalDistribution((8, 16, 32)),
    "warmup": FloatDistribution(0.0, 0.3),
    "decay": FloatDistribution(0.0, 0.3),
    "dropout": FloatDistribution(0.0, 0.4),
    "balance": FloatDistribution(0.0, 1.0),
    "windows": IntDistribution(1, 4),
}
"""Setting -> where to look."""


HYPERPARAMETERS = EncoderHyperparameters


def version(hyperparameters: EncoderHyperparameters) -> str:
    """A hash of the code and the base model that the values of trials depend on."""
    return fingerprint(code_version(f"{__name__}:measure"), base_model.identity(hyperparameters.base))


def measure(
    task: Task,
    learned: Rows,
    hyperparameters: EncoderHyperparameters,
    report: Callable[[int, float], None],
    checkpoint: Path,
    progress: Callable[[str], None],
) -> float:
    """The figure of the best epoch on the validation rows of the folds that a study sees; one step per epoch.

    Every trial is judged on the same validation rows, which it does not learn from.
    """
    seen = np.flatnonzero(fold_of(learned.units) != HELD_OUT)
    finetuned = finetune(
        task, learned, seen, hyperparameters, checkpoint=checkpoint, callbacks=[_Report(report)], progress=progress
    )
    return max(epoch.score for epoch in finetuned.history)


class _Report(TrainerCallback):
    """Reports the best figure so far after each epoch; a pruned trial ends there."""

    def __init__(self, report: Callable[[int, float], None]) -> None:
        self.report = report

    def on_epoch_end(self, args: Any, state: TrainingState) -> None:
        self.report(len(state.history) - 1, max(epoch.score for epoch in state.history))
