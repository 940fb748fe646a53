"""From a validated table to the saved artifact of a fine-tuned network, within a budget. Imports torch.

The one path of all candidates that `finetune` makes: `encoder`, and with other recipes `lora` and `causal`. How they
learn is in `finetune`, the files that serving reads in `export`; the linear candidate is trained in `training`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from music_platform.errors import InputError
from music_platform.features.splits import fold_of
from music_platform.models.candidates import Request
from music_platform.models.crossfit import calibration, majority
from music_platform.models.export import export, reading
from music_platform.models.finetune import SETTINGS, Finetuned, Settings, Start, encoder_start, finetune, scores
from music_platform.models.learning import validation_rows
from music_platform.models.linear import probabilities
from music_platform.models.predictions import Predictions
from music_platform.models.tasks import TASKS, Rows, Task, rows
from music_platform.models.thresholds import best_thresholds
from music_platform.models.training import data_hash, manifest_of, text_manifest
from music_platform.storage.code import code_version
from music_platform.storage.files import fingerprint
from music_platform.storage.registry import Artifact

HELD_OUT = 0
"""The fold of `splits.fold_of` that the encoder never sees: what it says there is its prediction."""


@dataclass(frozen=True)
class Recipe:
    """What tells candidates that are fine-tuned apart."""

    candidate: str
    settings: Mapping[str, Settings]
    """By task, where a request brings none."""
    kind: str = "encoder"
    """How the artifact is read; see `serving.predictors`."""
    start: Callable[[Settings, Sequence[str]], Start] = encoder_start
    save: Callable[[Finetuned, Path], None] = export


ENCODER = Recipe("encoder", SETTINGS)


def train(request: Request, recipe: Recipe = ENCODER) -> tuple[Artifact, bool] | None:
    """A fine-tuned candidate of a text task; True when it had to be trained, None without a budget if it is not known.

    One that is known is not trained again, unless its budget ended it and this one is larger: then training goes on
    where it stopped, for as long as the budget is larger. The budget is that of all calls for the same rows, code
    and settings together.

    Raises:
        InputError: fewer than two labels have enough units to be learned, or the base model can't be loaded.
    """
    registry, task, progress, budget = request.registry, TASKS[request.task], request.progress, request.seconds
    settings, candidate = request.settings or recipe.settings[task.name], recipe.candidate
    name = f"{task.name}/{candidate}"
    learned = rows(task, request.table)
    data, code = data_hash(learned), code_version(__name__, recipe.save.__module__)
    base = recipe.start(settings, learned.labels).base["sha256"]
    made_from = fingerprint(data, code, repr(task), asdict(settings), base)
    known = registry.find(task.name, candidate, made_from)
    spent = known.manifest["budget_seconds"] if known else 0.0
    if known and (known.manifest["stopped"] != "budget" or budget <= spent):
        registry.set_current(known)
        return known, False
    if not budget:
        return None
    folds = fold_of(learned.units)
    seen = np.flatnonzero(folds != HELD_OUT)
    if len(seen) == len(folds):
        raise InputError(f"{task.name}: no {task.unit} of {task.table} lies in the fold that encoders are judged on")
    checkpoint = _checkpoint(request.checkpoints, f"{task.name}-{candidate}", made_from)
    progress(f"{name}: {len(seen):,} texts, {(budget - spent) / 60:.1f} min")
    finetuned = finetune(
        task,
        learned,
        seen,
        settings,
        checkpoint=checkpoint,
        budget=budget - spent,
        progress=progress,
        start=recipe.start,
        what=candidate,
    )
    progress(f"{name}: predicting fold {HELD_OUT + 1}")
    predictions, scale, offset = _judge(task, learned, folds, seen, finetuned)

    def write(folder: Path) -> None:
        recipe.save(finetuned, folder)
        predictions.save(folder / "predictions.npz")

    config = asdict(settings) | {"held_out_fold": HELD_OUT, "trained_rows": len(seen)}
    manifest = manifest_of(made_from, data, code, config, len(learned.ids)) | text_manifest(learned, predictions)
    manifest |= {
        "kind": recipe.kind,
        "seed": settings.seed,
        "base": finetuned.base,
        "history": [asdict(epoch) for epoch in finetuned.history],
        "best_epoch": finetuned.best,
        "stopped": finetuned.stopped,
        "budget_seconds": budget,
        "cost": finetuned.cost,
        "encoder": reading(finetuned, scale, offset, single=task.single),
    }
    artifact = registry.save(task.name, candidate, write, manifest)
    registry.set_current(artifact)
    if finetuned.stopped != "budget":
        checkpoint.unlink(missing_ok=True)
    return artifact, True


def _checkpoint(folder: Path, name: str, made_from: str) -> Path:
    """The state's file; those of a candidate's earlier rows or settings, hundreds of megabytes each, are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{made_from}"
    for stale in set(folder.glob(f"{name}-*")) - {path}:
        stale.unlink()
    return path


def _judge(
    task: Task, learned: Rows, folds: np.ndarray, seen: np.ndarray, finetuned: Finetuned
) -> tuple[Predictions, np.ndarray, np.ndarray]:
    """Predictions of the held-out rows, and scale and offset (L,); fitted on the rows that chose the epoch."""
    chosen = seen[validation_rows(learned.units[seen], finetuned.settings.validation)]
    held = np.flatnonzero(folds == HELD_OUT)
    truth, known = learned.truth[chosen], learned.known[chosen]
    logits = scores(finetuned, learned.texts[chosen].tolist())
    scale, offset = calibration(truth, known, logits, single=task.single)

    def calibrated(raw: np.ndarray) -> np.ndarray:
        return probabilities(raw * scale + offset, single=task.single).astype(np.float32)

    answers = calibrated(scores(finetuned, learned.texts[held].tolist()))
    thresholds = np.zeros(len(learned.labels), np.float32)
    if task.single:
        selected = np.arange(len(learned.labels)) == answers.argmax(axis=1)[:, None]
    else:
        thresholds = best_thresholds(truth, calibrated(logits), known)
        selected = answers >= thresholds
    return held_out(task, learned, folds, answers, selected, thresholds), scale, offset


def held_out(
    task: Task, learned: Rows, folds: np.ndarray, scores: np.ndarray, selected: np.ndarray, thresholds: np.ndarray
) -> Predictions:
    """Predictions of the n rows of the held-out fold from their scores and selection, (n, L) each."""
    held = np.flatnonzero(folds == HELD_OUT)
    return Predictions(
        labels=learned.labels,
        ids=learned.ids[held],
        units=learned.units[held],
        groups=learned.groups[held],
        folds=folds[held],
        truth=learned.truth[held],
        known=learned.known[held],
        scores=scores,
        selected=selected & learned.known[held],
        thresholds=thresholds,
        baseline=majority(learned.truth, learned.known, folds, single=task.single)[held],
    )
