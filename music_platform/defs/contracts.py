"""The blocking check of every exported candidate: its files answer as the trained network did."""

import dagster as dg

from music_platform.declarations import Task
from music_platform.defs.keys import model_key
from music_platform.defs.resources import HomeResource
from music_platform.tasks import CANDIDATES, TASKS


def _check(task: Task, name: str) -> dg.AssetChecksDefinition:
    others = [other for other in task.candidates if other != name and name not in CANDIDATES[other].parts]

    @dg.asset_check(
        asset=model_key(task.name, name),
        name="contract",
        blocking=True,
        description="The exported files answer as the network did in torch, within the limits of encoders/contract.py. "
        "A model that breaks them in f32 too is never champion: another candidate answers, and the run stops here only "
        "if there is none.",
    )
    def contract(context: dg.AssetCheckExecutionContext, home: HomeResource) -> dg.AssetCheckResult:
        artifact = home.registry.current(task.name, name)
        if artifact is None or artifact.manifest.contract is None:
            return dg.AssetCheckResult(passed=True, metadata={"not_measured": "this candidate was not trained"})
        for sentence in artifact.manifest.broken:
            context.log.warning(
                f"{task.name}/{name} can't be champion, since its export breaks the contract: {sentence}"
            )
        replaced = any(home.registry.current(task.name, other) for other in others)
        return dg.AssetCheckResult(
            passed=not artifact.manifest.broken,
            severity=dg.AssetCheckSeverity.WARN if replaced else dg.AssetCheckSeverity.ERROR,
            metadata=artifact.manifest.contract,
        )

    return contract


defs = dg.Definitions(
    asset_checks=[
        _check(task, name) for task in TASKS.values() for name in task.candidates if CANDIDATES[name].is_exported
    ]
)
