"""A trial of the encoder: the space of its settings, and the fine-tuning that measures some of them. Imports torch.

The study that trials belong to is in `tuning`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from music_platform.features.splits import HELD_OUT, fold_of
from music_platform.models.encoders import base_model
from music_platform.models.encoders.callbacks import TrainerCallback
from music_platform.models.encoders.checkpoint import Run
from music_platform.models.encoders.finetune import finetune
from music_platform.models.encoders.start import SETTINGS, Settings
from music_platform.models.rows import Rows, Task
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


def defaults(task: Task) -> Settings:
    """What the task is fine-tuned with when nothing better is known."""
    return SETTINGS[task.name]


def version(settings: Settings) -> str:
    """What the values of trials hang on besides rows and settings."""
    return fingerprint(code_version(__name__), base_model.load(settings.base).sha256)


def measure(
    task: Task,
    learned: Rows,
    settings: Settings,
    report: Callable[[int, float], None],
    checkpoint: Path,
    progress: Callable[[str], None],
) -> float:
    """The figure of the best epoch on the validation rows of the folds that a study sees; one step per epoch.

    Every trial is judged on the same validation rows, which it does not learn from.
    """
    seen = np.flatnonzero(fold_of(learned.units) != HELD_OUT)
    finetuned = finetune(
        task, learned, seen, settings, checkpoint=checkpoint, callbacks=[_Report(report)], progress=progress
    )
    return max(epoch.score for epoch in finetuned.history)


class _Report(TrainerCallback):
    """Reports the best figure so far after each epoch; a pruned trial ends there."""

    def __init__(self, report: Callable[[int, float], None]) -> None:
        self.report = report

    def on_epoch_end(self, args: Any, state: Run) -> None:
        self.report(len(state.history) - 1, max(epoch.score for epoch in state.history))
