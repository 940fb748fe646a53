"""Stage 3: one asset per task and candidate. An artifact is trained when its rows, code or hyperparameters changed."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import dagster as dg

from music_platform.declarations import Task, Training
from music_platform.defs.keys import model_key, study_key, table_key
from music_platform.defs.pictures import picture
from music_platform.defs.policies import RETRY_TRAINING
from music_platform.defs.resources import HomeResource, SettingsResource, WarehouseResource
from music_platform.settings import Settings, variable
from music_platform.tasks import CANDIDATES, MINUTES, STUDIES, TASKS

if TYPE_CHECKING:
    import pyarrow as pa

    from music_platform.models.callbacks import TrainerCallback
    from music_platform.models.making import Made
    from music_platform.storage.manifest import Manifest
    from music_platform.storage.warehouse import Warehouse

_NO_BUDGET = {"not_trained": "the training budget has no minutes for it"}

_SHOWN = ("loss_function", "all_metrics_evolution")
"""The pictures of a training that its asset shows; MLflow has all of them."""


def _candidate_asset(task: Task, name: str) -> dg.AssetsDefinition:
    candidate, training = CANDIDATES[name], task.candidates[name]
    tables = [table for table in (task.table, task.looked_up, task.corrected_by) if table]
    study = [study_key(task.name, name)] if (task.name, name) in STUDIES else []

    @dg.asset(
        key=model_key(task.name, name),
        group_name="models",
        kinds=set(candidate.kinds),
        deps=[*map(table_key, tables), *(model_key(task.name, part) for part in candidate.parts), *study],
        description=f"{candidate.description}. It answers {task.answers}.",
        retry_policy=RETRY_TRAINING,
    )
    def make(
        context: dg.AssetExecutionContext,
        home: HomeResource,
        settings: SettingsResource,
        warehouse: WarehouseResource,
    ) -> dg.MaterializeResult:
        chosen = settings.read()
        if candidate.setting and not getattr(chosen, candidate.setting):
            home.registry.clear_current(task.name, name)
            return dg.MaterializeResult(metadata={"not_trained": f"{variable(candidate.setting)} is not set"})
        seconds = _minutes(home, chosen, training) * 60 * training.share
        if training.share and not seconds and not home.registry.has(task.name, name):  # torch takes seconds to import
            return dg.MaterializeResult(metadata=_NO_BUDGET)
        return _tracked(context, home, task, name, _trainer(context, home, chosen, warehouse.open, task, name, seconds))

    return make


def _minutes(home: HomeResource, settings: Settings, training: Training) -> float:
    """The minutes of training of which the candidate has its share."""
    if settings.budget is not None:
        return settings.budget
    is_sample = home.landing.holds_sample
    return MINUTES[is_sample] if training.on_sample or not is_sample else 0.0


def _trainer(
    context: dg.AssetExecutionContext,
    home: HomeResource,
    settings: Settings,
    warehouse: "Warehouse",
    task: Task,
    name: str,
    seconds: float,
) -> "Callable[[TrainerCallback], Made | None]":
    """A function that trains the candidate and calls back at its epochs."""
    from music_platform.models.request import Request
    from music_platform.models.training import train
    from music_platform.models.tuned import Tuned

    def trained(callback: "TrainerCallback") -> "Made | None":
        request = Request(
            home.registry,
            task,
            name,
            _rows(warehouse, task, settings.correction_weight),
            seconds,
            home.home.checkpoints,
            context.log.info,
            callbacks=(callback,),
            given={key: getattr(settings, field) for key, field in task.candidates[name].settings.items()},
            tuned=Tuned.load(home.home.tuned, task.name, name),
            names=_table(warehouse, task.looked_up) if task.looked_up else None,
            base_model=settings.base_model,
            causal_model=settings.causal_model,
            int8=settings.precision == "int8",
        )
        return train(request)

    return trained


def _table(warehouse: "Warehouse", name: str) -> "pa.Table":
    return warehouse.arrow(f"SELECT * FROM features.{name}")  # noqa: S608 - the name of a declared table


def _rows(warehouse: "Warehouse", task: Task, correction_weight: int) -> "pa.Table":
    """The rows of the task's table, with accepted corrections in their places."""
    rows = _table(warehouse, task.table)
    if task.corrected_by is None:
        return rows
    from music_platform.models.corrected import corrected

    accepted = f"SELECT * FROM features.{task.corrected_by} WHERE status = 'accepted' AND task = ?"  # noqa: S608
    return corrected(rows, warehouse.arrow(accepted, [task.name]), correction_weight)


def _tracked(
    context: dg.AssetExecutionContext,
    home: HomeResource,
    task: Task,
    candidate: str,
    make: "Callable[[TrainerCallback], Made | None]",
) -> dg.MaterializeResult:
    """Make a candidate; a training becomes a run in MLflow."""
    from music_platform.errors import InputError
    from music_platform.evaluation.findings import progress_sentence
    from music_platform.models.tracking import Tracking

    pictures: dict[str, bytes] = {}
    try:
        with Tracking(home.home.mlflow, task.name, candidate, context.log.warning) as tracking:
            made = make(tracking)
            if made and made.is_new:
                from music_platform.evaluation.training_runs import describe

                figures, pictures = describe(made.artifact)
                tracking.record(made.artifact, figures, pictures)
    except InputError as error:
        return _not_trained(context, home, task, candidate, str(error))
    if made is None:
        home.registry.clear_current(task.name, candidate)
        return dg.MaterializeResult(metadata=_NO_BUDGET)
    manifest = made.artifact.manifest
    if manifest.stopped == "budget":
        context.log.warning(f"{task.name}/{candidate}: {progress_sentence(manifest.stopped, manifest.progress)}")
    return _result(manifest, made.is_new, pictures)


def _not_trained(
    context: dg.AssetExecutionContext, home: HomeResource, task: Task, candidate: str, why: str
) -> dg.MaterializeResult:
    """Too little data is no failure: other tasks go on, and a champion of earlier data stays."""
    context.log.warning(f"{task.name}/{candidate} was not trained: {why}")
    home.registry.clear_current(task.name, candidate)
    return dg.MaterializeResult(metadata={"not_trained": why})


def _result(manifest: "Manifest", is_new: bool, pictures: dict[str, bytes]) -> dg.MaterializeResult:
    """The metadata of an artifact; the pictures of a known one are in the event of its training."""
    figures = {name: round(value, 4) for name, value in manifest.metrics.items()}
    described = ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
    return dg.MaterializeResult(
        data_version=dg.DataVersion(manifest.version),
        metadata={
            "dagster/row_count": manifest.rows,
            "artifact": manifest.version,
            "figure": described or f"{len(manifest.labels)} {manifest.task}",
            "changed": is_new,
            **figures,
            "config": dg.MetadataValue.json(manifest.config),
            "labels": manifest.labels,
            **_epochs(manifest),
            **{name: picture(name, pictures[name]) for name in _SHOWN if name in pictures},
        },
    )


def _epochs(manifest: "Manifest") -> dict[str, Any]:
    """The table of the epochs, for a candidate that has some, and the reason why they ended."""
    if not manifest.history:
        return {}
    records = [dg.TableRecord({k: round(v, 4) for k, v in epoch.items()}) for epoch in manifest.history]
    ended = {"best_epoch": manifest.best_epoch, "stopped": manifest.stopped, "seconds": manifest.seconds}
    return {"epochs": dg.MetadataValue.table(records), **ended}


candidates = [_candidate_asset(task, name) for task in TASKS.values() for name in task.candidates]
