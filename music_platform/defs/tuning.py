"""Stage 3, before training: one study per candidate that can be tuned. It does nothing without a budget for it."""

from typing import TYPE_CHECKING, Any

import dagster as dg

from music_platform.defs.keys import study_key, table_key
from music_platform.defs.pictures import picture
from music_platform.defs.policies import RETRY_TRAINING
from music_platform.defs.resources import HomeResource, SettingsResource, WarehouseResource
from music_platform.errors import InputError
from music_platform.models.tuned import Tuned
from music_platform.tasks import STUDIES, TASKS

if TYPE_CHECKING:
    from pathlib import Path

    from music_platform.models.tuning.study import Study


def _study_asset(task: str, candidate: str) -> dg.AssetsDefinition:
    table = TASKS[task].table

    @dg.asset(
        key=study_key(task, candidate),
        group_name="models",
        kinds={"optuna"},
        deps=[table_key(table)],
        description=f"The search for hyperparameters of {task}/{candidate}, if there is a budget for it "
        "(MUSIC_PLATFORM_TUNE_TRIALS, MUSIC_PLATFORM_TUNE_MINUTES). It never sees the held-out fold.",
        retry_policy=RETRY_TRAINING,
    )
    def study(
        context: dg.AssetExecutionContext,
        home: HomeResource,
        settings: SettingsResource,
        warehouse: WarehouseResource,
    ) -> dg.MaterializeResult:
        chosen = settings.read()
        if chosen.tune_trials is None and chosen.tune_minutes is None:  # importing optuna takes a second
            known = Tuned.load(home.home.tuned, task, candidate)
            return dg.MaterializeResult(
                data_version=dg.DataVersion(f"{known.study}:{known.trials}" if known else "none"),
                metadata={"changed": False, "not_tuned": "no tuning budget"},
            )
        from music_platform.evaluation.studies import write_study
        from music_platform.models.tuning.study import Budget, tune

        budget = Budget(chosen.tune_trials, None if chosen.tune_minutes is None else chosen.tune_minutes * 60)
        rows = warehouse.open.arrow(f"SELECT * FROM features.{table}")  # noqa: S608 - a name from tables.py
        try:
            found = tune(home.home, task, candidate, rows, budget, context.log.info)
        except InputError as error:
            context.log.warning(f"{task}/{candidate} was not tuned: {error}")
            return dg.MaterializeResult(metadata={"not_tuned": str(error)})
        return _result(found, write_study(home.home.reports, found))

    return study


def _result(study: "Study", page: "Path") -> dg.MaterializeResult:
    pictures: dict[str, Any] = {
        path.stem: picture(path.stem, path.read_bytes()) for path in sorted(page.parent.glob("*.png"))
    }
    tuned, pruned = study.tuned, sum(trial.pruned for trial in study.trials)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(f"{tuned.study}:{tuned.trials}"),
        metadata={
            "figure": f"best {tuned.value:.4f} of {tuned.trials} trials, defaults {tuned.default:.4f}",
            "used": tuned.gained,
            "best_value": tuned.value,
            "default_value": tuned.default,
            "parameters": dg.MetadataValue.json(tuned.parameters),
            "trials": tuned.trials,
            "pruned": pruned,
            "added": study.added,
            "changed": study.added > 0,
            "page": dg.MetadataValue.path(page),
            **pictures,
        },
    )


studies = [_study_asset(task, candidate) for task, candidate in STUDIES]
