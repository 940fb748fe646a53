"""The one path of all fine-tuned candidates, from training rows to the saved artifact, within a budget.

`encoder`, `lora` and `causal` differ in their recipe only. Put a new fine-tuned candidate in a module of its own that
calls `train` with a recipe.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from music_platform.errors import InputError
from music_platform.features.splits import HELD_OUT, fold_of
from music_platform.models.encoders import base_model, quantise
from music_platform.models.encoders.export import export, reading
from music_platform.models.encoders.exported import contract_of
from music_platform.models.encoders.finetune import Finetuned, finetune
from music_platform.models.encoders.judging import judge
from music_platform.models.encoders.start import EncoderHyperparameters, Start, encoder_start
from music_platform.models.making import Draft, Made, make, text_facts
from music_platform.models.predictions import HELD_OUT_FILE, VALIDATION
from music_platform.models.request import Request
from music_platform.models.rows import Rows, rows
from music_platform.models.scorers.windows import windows
from music_platform.storage.code import code_version
from music_platform.storage.files import fingerprint


@dataclass(frozen=True)
class Recipe:
    """The differences between candidates that are fine-tuned."""

    kind: str = "encoder"
    """The kind of scorer that reads the artifact."""
    start: Callable[[EncoderHyperparameters, Sequence[str]], Start] = encoder_start
    save: Callable[[Finetuned, Path], None] = export
    identity: Callable[[str], str] = base_model.identity
    """Names the base model, given its source."""
    exported: bool = True
    """Whether `save` exports a network that has to keep the contract."""
    code: tuple[str, ...] = ()
    """The definitions of the candidate's own module that the result depends on; see `code_version`."""


def train(request: Request, recipe: Recipe | None = None) -> Made | None:
    """A fine-tuned candidate of a text task; None where it is unknown and there is no budget to train it.

    A known artifact is not trained again, unless its budget ended it and this budget is larger: then training goes on
    where it stopped, for as long as the budget is larger. The budget is that of all calls for the same rows, code and
    hyperparameters together.

    Raises:
        InputError: fewer than two labels have enough units to be learned, the base model can't be loaded, or int8 is
            asked for without NNCF.
    """
    recipe = recipe or Recipe()
    hyperparameters, study = request.configured(EncoderHyperparameters)
    hyperparameters = replace(hyperparameters, base=hyperparameters.base or _base_of(request, recipe))
    int8 = recipe.exported and request.int8
    if int8:
        quantise.check_available()
    learned = rows(request.task, request.table)
    code = code_version(f"{__name__}:train", *recipe.code)
    # The base model counts by its files, wherever they lie.
    values = (request.task.kind, request.task.metric, asdict(replace(hyperparameters, base="")), int8)
    made_from = fingerprint(learned.hash, code, recipe.identity(hyperparameters.base), *values)
    known = request.registry.find(request.task.name, request.candidate, made_from)
    spent = (known.manifest.budget_seconds or 0.0) if known else 0.0

    def draft() -> Draft | None:
        if not request.seconds:
            return None
        return _trained(request, recipe, learned, hyperparameters, code, made_from, spent, study)

    made = make(request, made_from, draft, lambda known: known.stopped != "budget" or request.seconds <= spent)
    if made and made.is_new and made.artifact.manifest.stopped != "budget":
        _checkpoint(request, made_from).unlink(missing_ok=True)
    return made


def _base_of(request: Request, recipe: Recipe) -> str:
    return request.base_model if recipe.exported else request.causal_model


def _trained(
    request: Request,
    recipe: Recipe,
    learned: Rows,
    hyperparameters: EncoderHyperparameters,
    code: str,
    made_from: str,
    spent: float,
    study: dict[str, Any],
) -> Draft:
    """Fine-tune for the seconds of the budget that were not spent yet, and judge the result on the held-out fold."""
    task, budget = request.task, request.seconds
    folds = fold_of(learned.units)
    seen = np.flatnonzero(folds != HELD_OUT)
    if len(seen) == len(folds):
        raise InputError(
            f"{task.name}: no {task.unit} of {task.table} lies in the fold that encoders are judged on; land more"
        )
    seen = np.repeat(seen, learned.weights[seen])
    request.progress(f"{request.name}: {len(seen):,} texts, {(budget - spent) / 60:.1f} min")
    finetuned = finetune(
        task,
        learned,
        seen,
        hyperparameters,
        checkpoint=_checkpoint(request, made_from),
        budget=budget - spent,
        progress=request.progress,
        callbacks=request.callbacks,
        start=recipe.start,
        what=request.candidate,
    )
    request.progress(f"{request.name}: predicting fold {HELD_OUT + 1}")
    judged = judge(task, learned, folds, seen, finetuned)
    how = reading(finetuned, judged.scale, judged.offset, single=task.single)

    def write(folder: Path) -> dict[str, Any]:
        recipe.save(finetuned, folder)
        if recipe.exported and request.int8:
            texts = learned.texts[seen[np.linspace(0, len(seen) - 1, quantise.SAMPLE, dtype=int)]].tolist()
            quantise.quantise(folder, windows(finetuned.tokenizer, texts, 1))
        judged.predictions.save(folder / HELD_OUT_FILE)
        judged.validation.save(folder / VALIDATION)
        measured: dict[str, Any] = {"seconds": round(finetuned.seconds, 1), "cost": finetuned.cost}
        if recipe.exported:
            request.progress(f"{request.name}: comparing the exported files with torch")
            measured |= contract_of(task, learned, folds, finetuned, judged, folder, how)
        return measured

    config = asdict(hyperparameters) | {"held_out_fold": HELD_OUT, "trained_rows": len(seen)} | study
    facts = text_facts(learned, judged.predictions) | {
        "kind": recipe.kind,
        "seed": hyperparameters.seed,
        "base": finetuned.base,
        "history": [asdict(epoch) for epoch in finetuned.history],
        "best_epoch": finetuned.best,
        "stopped": finetuned.stopped,
        "progress": finetuned.progress,
        "budget_seconds": budget,
        "encoder": how.model_dump(),
    }
    return Draft(write, learned.hash, code, config, len(learned.ids), facts)


def _checkpoint(request: Request, made_from: str) -> Path:
    """The state's file; those of earlier rows or hyperparameters, hundreds of megabytes each, are removed."""
    folder, name = request.checkpoints, request.name.replace("/", "-")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{made_from}"
    for stale in set(folder.glob(f"{name}-*")) - {path}:
        stale.unlink()
    return path
