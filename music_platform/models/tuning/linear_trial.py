"""A trial of the linear candidate: the space of its hyperparameters, and a cross-validation with a choice of them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from music_platform.declarations import Task
from music_platform.errors import InputError
from music_platform.features.splits import HELD_OUT, fold_of
from music_platform.models.encoders.learning import judged
from music_platform.models.linear_fitting import count, fit
from music_platform.models.rows import Rows
from music_platform.models.scorers.linear import LinearHyperparameters
from music_platform.storage.code import code_version

SPACE: dict[str, BaseDistribution] = {
    "word_ngrams": CategoricalDistribution(("1-1", "1-2", "1-3")),
    "char_ngrams": CategoricalDistribution(("2-4", "2-5", "3-5", "2-6")),
    "min_df": IntDistribution(1, 6),
    "max_terms": IntDistribution(10_000, 160_000, log=True),
    "C": FloatDistribution(0.1, 30.0, log=True),
    "balanced": CategoricalDistribution((True, False)),
}
"""Setting -> where to look; a range of n-grams is a text."""


HYPERPARAMETERS = LinearHyperparameters


def version(hyperparameters: LinearHyperparameters) -> str:
    """A hash of the code that the values of trials depend on."""
    return code_version(f"{__name__}:measure")


def measure(
    task: Task,
    learned: Rows,
    hyperparameters: LinearHyperparameters,
    report: Callable[[int, float], None],
    checkpoint: Path,
    progress: Callable[[str], None],
) -> float:
    """Mean figure over the folds that a study sees, each judged by a model of the others; one step per fold.

    Raises:
        InputError: the units lie in fewer than two of these folds.
    """
    folds = fold_of(learned.units)
    seen = np.flatnonzero(folds != HELD_OUT)
    inner = np.unique(folds[seen])
    if len(inner) < 2:
        raise InputError(f"{task.name}: too few values of {task.unit} to tune on, they lie in {len(inner)} fold(s)")
    blocks = count(learned.texts[seen].tolist(), hyperparameters)
    truth, known = learned.truth[seen], learned.known[seen]
    values: list[float] = []
    for step, fold in enumerate(inner):
        progress(f"{task.name}/linear: fold {step + 1} of {len(inner)}")
        others, held = np.flatnonzero(folds[seen] != fold), np.flatnonzero(folds[seen] == fold)
        parts = [block.rows(others) for block in blocks]
        model = fit(parts, learned.labels, truth[others], known[others], hyperparameters, single=task.single)
        logits = model.logits([block.rows(held) for block in blocks])
        figures = judged(logits, truth[held], known[held], single=task.single)
        values.append(figures["accuracy" if task.metric == "accuracy" else "f1"])
        report(step, float(np.mean(values)))
    return float(np.mean(values))
