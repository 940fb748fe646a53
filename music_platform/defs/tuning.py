"""Stage 3, before training: one study per candidate that can be tuned. Without a budget for it a study does nothing."""

from typing import TYPE_CHECKING, Any

import dagster as dg

from music_platform.defs.pictures import picture
from music_platform.defs.policies import RETRY_TRAINING
from music_platform.defs.resources import HomeResource, WarehouseResource
from music_platform.models.candidates import STUDIES
from music_platform.models.tuning.tuned import Tuned
from music_platform.schema import LEARNED_FROM
from music_platform.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from music_platform.models.tuning.study import Study


def _study_asset(task: str, candidate: str) -> dg.AssetsDefinition:
    table = LEARNED_FROM[task]

    @dg.asset(
        name=f"{task}_{candidate}_study",
        key_prefix="models",
        group_name="models",
        kinds={"optuna"},
        deps=[dg.AssetKey(["features", table])],
        description=f"The search for settings of {task}_{candidate}, if there is a budget for it "
        "(MUSIC_PLATFORM_TUNE_TRIALS, _TUNE_MINUTES). It never sees the first fold.",
        retry_policy=RETRY_TRAINING,
    )
    def study(
        context: dg.AssetExecutionContext, home: HomeResource, warehouse: WarehouseResource
    ) -> dg.MaterializeResult:
        settings = Settings.read()
        if settings.tune_trials is None and settings.tune_minutes is None:  # optuna takes a second to import
            known = Tuned.load(home.home.tuned, task, candidate)
            return dg.MaterializeResult(
                data_version=dg.DataVersion(f"{known.study}:{known.trials}" if known else "none"),
                metadata={"changed": False, "not_tuned": "no tuning budget"},
            )
        from music_platform.errors import InputError
        from music_platform.evaluation.studies import write_study
        from music_platform.models.tuning.study import Budget, tune

        seconds = None if settings.tune_minutes is None else settings.tune_minutes * 60
        rows = warehouse.open.arrow(f"SELECT * FROM features.{table}")  # noqa: S608 - a name from the schema
        try:
            found = tune(home.home, task, candidate, rows, Budget(settings.tune_trials, seconds), context.log.info)
        except InputError as error:
            context.log.warning(f"{task}/{candidate}: not tuned, {error}")
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
