"""The blocking check of every exported candidate: its files answer as the trained network did. Measures nothing."""

import dagster as dg

from music_platform.defs.resources import HomeResource
from music_platform.models.candidates import CANDIDATES
from music_platform.tasks import CANDIDATES as TASK_CANDIDATES


def _check(task: str, name: str) -> dg.AssetChecksDefinition:
    others = [other for other in TASK_CANDIDATES[task] if other != name and name not in CANDIDATES[other].of]

    @dg.asset_check(
        asset=dg.AssetKey(["models", f"{task}_{name}"]),
        name="contract",
        blocking=True,
        description="What serving runs answers as the network did in torch, and faster: see models/contract.py. A "
        "model that breaks this is never champion: another candidate answers, and without one the run stops here.",
    )
    def contract(context: dg.AssetCheckExecutionContext, home: HomeResource) -> dg.AssetCheckResult:
        artifact = home.registry.current(task, name)
        if artifact is None:
            return dg.AssetCheckResult(passed=True, metadata={"not_measured": "nothing was trained"})
        measured = artifact.manifest["contract"]
        for sentence in measured["broken"]:
            context.log.warning(f"{task}/{name}: never champion, its export breaks the contract: {sentence}")
        replaced = any(home.registry.current(task, other) for other in others)
        return dg.AssetCheckResult(
            passed=not measured["broken"],
            severity=dg.AssetCheckSeverity.WARN if replaced else dg.AssetCheckSeverity.ERROR,
            metadata=measured,
        )

    return contract


defs = dg.Definitions(
    asset_checks=[
        _check(task, name) for task, names in TASK_CANDIDATES.items() for name in names if CANDIDATES[name].exported
    ]
)
