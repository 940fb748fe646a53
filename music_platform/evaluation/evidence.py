"""The evidence that the report of a task rests on: its current artifacts, and the reasons against some of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from music_platform.declarations import Task
from music_platform.evaluation.findings import progress_sentence
from music_platform.storage.manifest import Manifest
from music_platform.storage.registry import Artifact, Registry
from music_platform.tasks import CANDIDATES

if TYPE_CHECKING:
    import pyarrow as pa

FACTS = ("training", "cost", "contract", "cascade")
"""Entries of a candidate in a report that come from its manifest; None where the candidate has none."""


@dataclass(frozen=True)
class Evidence:
    """Everything that a report is made from. Mappings go from candidates, in the order of the task's declaration."""

    task: Task
    artifacts: Mapping[str, Artifact]
    """The current artifact of each candidate that has one."""
    parts: Mapping[str, tuple[str, ...]]
    """The candidates that each candidate combines."""
    unserved: Mapping[str, str]
    """The reason why a candidate can't be champion, for those that can't."""
    facts: Mapping[str, Mapping[str, Any]]
    """The `FACTS` of each candidate, and as `tuned` the study that its hyperparameters come from."""
    table: "Callable[[], pa.Table]"
    """Loads the rows of the task's table."""


def gather(registry: Registry, task: Task, table: "Callable[[], pa.Table]") -> Evidence:
    """The evidence about a task that lies in the registry."""
    artifacts = {name: artifact for name in task.candidates if (artifact := registry.current(task.name, name))}
    unserved: dict[str, str] = {}
    for name, artifact in artifacts.items():
        if reason := _reason(name, artifact.manifest, unserved):
            unserved[name] = reason
    return Evidence(
        task,
        artifacts,
        parts={name: CANDIDATES[name].parts for name in artifacts},
        unserved=unserved,
        facts={name: _facts(artifact.manifest) for name, artifact in artifacts.items()},
        table=table,
    )


def _reason(candidate: str, manifest: Manifest, unserved: Mapping[str, str]) -> str:
    """A sentence why a candidate can't be champion; empty if it can."""
    if not CANDIDATES[candidate].is_served:
        return "The service can't run this kind of model; it is here for comparison."
    if manifest.broken:
        return f"Its exported files do not answer as the trained network does: {'; '.join(manifest.broken)}."
    if manifest.stopped == "budget" and manifest.progress and manifest.progress["epochs"] < 1:
        ended = progress_sentence(manifest.stopped, manifest.progress)
        return f"{ended} That is less than one epoch: the machine was too slow for the budget, and it does not count."
    if parts := [part for part in CANDIDATES[candidate].parts if part in unserved]:
        return f"It combines {' and '.join(parts)}, which can't be champion either."
    return ""


def training_of(manifest: Manifest) -> dict[str, Any] | None:
    """The part of a manifest that describes a training by epochs; None of a candidate that has no epochs.

    Returns:
        history (a dictionary per epoch: number, loss, validation_loss and the metrics on the validation rows),
        best_epoch, stopped, seconds, progress.
    """
    if not manifest.history:
        return None
    return {name: getattr(manifest, name) for name in ("history", "best_epoch", "stopped", "seconds", "progress")}


def _facts(manifest: Manifest) -> dict[str, Any]:
    return {
        "training": training_of(manifest),
        "cost": manifest.cost,
        "contract": manifest.contract,
        "cascade": manifest.cascade.model_dump() if manifest.cascade else None,
        "tuned": manifest.config.get("tuned"),
    }
