"""From a validated table to the saved artifact of a fine-tuned network, within a budget. Imports torch.

The one path of all candidates that `finetune` makes: `encoder`, and with other recipes `lora` and `causal`. How they
learn is in `finetune`, the files that serving reads in `export`; the linear candidate is trained in `training`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from music_platform.errors import InputError
from music_platform.features.splits import HELD_OUT, fold_of
from music_platform.models.candidates import CANDIDATES, Request
from music_platform.models.crossfit import calibration, majority
from music_platform.models.encoders import contract, quantise
from music_platform.models.encoders.export import export, reading
from music_platform.models.encoders.finetune import Finetuned, finetune, scores
from music_platform.models.encoders.learning import validation_rows
from music_platform.models.encoders.network import device
from music_platform.models.encoders.start import SETTINGS, Settings, Start, encoder_start
from music_platform.models.linear_training import data_hash, manifest_of, text_manifest
from music_platform.models.predictions import VALIDATION, Predictions
from music_platform.models.rows import TASKS, Rows, Task, rows
from music_platform.models.scorers.encoder import EncoderRunner
from music_platform.models.scorers.linear import probabilities
from music_platform.models.scorers.windows import windows
from music_platform.models.thresholds import calibrated_thresholds
from music_platform.storage.code import code_version
from music_platform.storage.files import fingerprint
from music_platform.storage.registry import Artifact


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
        InputError: fewer than two labels have enough units to be learned, the base model can't be loaded, or int8 is
            asked for without NNCF.
    """
    registry, task, progress, budget = request.registry, TASKS[request.task], request.progress, request.seconds
    candidate, (settings, trace) = recipe.candidate, request.configured(recipe.settings[task.name])
    name = f"{task.name}/{candidate}"
    learned = rows(task, request.table)
    data, code = data_hash(learned), code_version(__name__, recipe.save.__module__)
    base = recipe.start(settings, learned.labels).base["sha256"]
    int8 = CANDIDATES[candidate].exported and quantise.is_wanted()
    made_from = fingerprint(data, code, repr(task), asdict(settings), base, int8)
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
    seen = np.repeat(seen, learned.weights[seen])
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
        callbacks=request.callbacks,
        start=recipe.start,
        what=candidate,
    )
    progress(f"{name}: predicting fold {HELD_OUT + 1}")
    judged = _judge(task, learned, folds, seen, finetuned)
    predictions = judged.predictions

    def write(folder: Path) -> dict[str, Any]:
        recipe.save(finetuned, folder)
        if int8:
            texts = learned.texts[seen[np.linspace(0, len(seen) - 1, quantise.SAMPLE, dtype=int)]].tolist()
            quantise.quantise(folder, windows(finetuned.tokenizer, texts, 1))
        predictions.save(folder / "predictions.npz")
        judged.validation.save(folder / VALIDATION)
        measured: dict[str, Any] = {"seconds": round(finetuned.seconds, 1), "cost": finetuned.cost}
        if CANDIDATES[candidate].exported:
            progress(f"{name}: comparing the exported files with torch")
            measured["contract"] = _contract(task, learned, folds, finetuned, judged, folder, manifest)
        return measured

    config = asdict(settings) | {"held_out_fold": HELD_OUT, "trained_rows": len(seen)} | trace
    manifest = manifest_of(made_from, data, code, config, len(learned.ids)) | text_manifest(learned, predictions)
    manifest |= {
        "kind": recipe.kind,
        "seed": settings.seed,
        "base": finetuned.base,
        "history": [asdict(epoch) for epoch in finetuned.history],
        "best_epoch": finetuned.best,
        "stopped": finetuned.stopped,
        "budget_seconds": budget,
        "encoder": reading(finetuned, judged.scale, judged.offset, single=task.single),
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


@dataclass(frozen=True, eq=False)
class _Judged:
    """How the network's logits become answers, and what it answers on rows it has not learned from."""

    scale: np.ndarray
    offset: np.ndarray
    thresholds: np.ndarray
    predictions: Predictions
    """Of the held-out fold."""
    validation: Predictions
    """Of the rows that chose the epoch, the calibration and the thresholds: for what is chosen after them."""


def _judge(task: Task, learned: Rows, folds: np.ndarray, seen: np.ndarray, finetuned: Finetuned) -> _Judged:
    chosen = seen[validation_rows(learned.units[seen], finetuned.settings.validation)]
    chosen, held = chosen[learned.judged[chosen]], np.flatnonzero((folds == HELD_OUT) & learned.judged)
    truth, known = learned.truth[chosen], learned.known[chosen]
    logits = scores(finetuned, learned.texts[chosen].tolist())
    scale, offset = calibration(truth, known, logits, single=task.single)
    answered = probabilities(logits * scale + offset, single=task.single)
    thresholds = np.zeros(len(learned.labels), np.float32)
    if not task.single:
        thresholds = calibrated_thresholds(answered, known)
    raw = scores(finetuned, learned.texts[held].tolist())
    of_held = probabilities(raw * scale + offset, single=task.single)
    return _Judged(
        scale,
        offset,
        thresholds,
        predictions=predictions_on(task, learned, folds, held, of_held, thresholds),
        validation=predictions_on(task, learned, folds, chosen, answered, thresholds),
    )


def predictions_on(
    task: Task, learned: Rows, folds: np.ndarray, index: np.ndarray, scores: np.ndarray, thresholds: np.ndarray
) -> Predictions:
    """Predictions of the n rows at `index`.

    Args:
        task: what is learned.
        learned: all rows.
        folds: the fold of each of them.
        index: (n,) positions.
        scores: (n, L), calibrated.
        thresholds: (L,) of multi-label answers; 0 for single-label tasks.
    """
    return Predictions(
        labels=learned.labels,
        ids=learned.ids[index],
        units=learned.units[index],
        groups=learned.groups[index],
        folds=folds[index],
        truth=learned.truth[index],
        known=learned.known[index],
        scores=scores,
        selected=_selected(task, scores, thresholds) & learned.known[index],
        thresholds=thresholds,
        baseline=majority(learned.truth, learned.known, folds, single=task.single)[index],
    )


def _selected(task: Task, answers: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """(n, L) bool: the labels that scores, (n, L), answer."""
    if task.single:
        return np.arange(answers.shape[1]) == answers.argmax(axis=1)[:, None]
    return answers >= thresholds


def _contract(
    task: Task,
    learned: Rows,
    folds: np.ndarray,
    finetuned: Finetuned,
    judged: _Judged,
    folder: Path,
    manifest: dict[str, Any],
) -> dict[str, Any]:
    """What `contract.measure` finds on the held-out rows for the files in `folder`, read as `manifest` says."""
    rows = contract.sample(np.flatnonzero(folds == HELD_OUT), finetuned.settings.seed)
    runner = EncoderRunner.of(folder, manifest, threads=1)

    def trained(texts: Sequence[str]) -> np.ndarray:
        logits = scores(finetuned, texts, exact=True) * judged.scale + judged.offset
        return _selected(task, probabilities(logits, single=task.single), judged.thresholds)

    def served(texts: Sequence[str]) -> np.ndarray:
        return _selected(task, runner.scores(texts), np.asarray(manifest["thresholds"], np.float32))

    texts, truth, known = learned.texts[rows].tolist(), learned.truth[rows], learned.known[rows]
    found = contract.measure(
        trained, served, texts, truth, known, single=task.single, fast=runner.bf16 and device().type == "cpu"
    )
    return found | {"precision": runner.precision}
