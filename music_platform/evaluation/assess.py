"""From the artifacts of a task to its report and its champion.

Which figures there are is decided in `text` and `grouping`, how they look in `figures` and `report`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from music_platform.evaluation.classification import evaluate_text
from music_platform.evaluation.clustering import evaluate_clusters
from music_platform.evaluation.plots import draw
from music_platform.evaluation.report import write_overview, write_report
from music_platform.evaluation.tagging import evaluate_slots
from music_platform.evaluation.training_curves import training_of
from music_platform.features.text import song_id
from music_platform.models import slot_rows as slots
from music_platform.models.candidates import CANDIDATES
from music_platform.models.predictions import Predictions
from music_platform.models.rows import Task
from music_platform.models.scorers.clusters import Clusters
from music_platform.storage.code import code_version
from music_platform.storage.files import content_hash, fingerprint
from music_platform.storage.registry import Artifact, Registry
from music_platform.tasks import CLUSTER_FEATURES, TASKS

_TEMPLATES = Path(__file__).with_name("templates")
_SONG = ("artists", "track_name")


@dataclass(frozen=True)
class Assessed:
    """The report of a task as it stands, and whether it had to be written."""

    metrics: dict[str, Any]
    folder: Path
    changed: bool


def assess_text(registry: Registry, task: Task, candidates: tuple[str, ...], reports: Path) -> Assessed | None:
    """Report on the current artifacts of a text task and promote the best; None when nothing was trained.

    Figures are of out-of-fold predictions; the champion is the best candidate by the task's main figure, of those
    that can be served, the linear one on a tie within the interval. One that breaks the contract of its export is
    shown, and never champion.
    """
    artifacts = {name: artifact for name in candidates if (artifact := registry.current(task.name, name))}
    unserved = {
        name
        for name, artifact in artifacts.items()
        if not CANDIDATES[name].served or artifact.manifest.get("contract", {}).get("broken")
    }
    if not artifacts.keys() - unserved:
        return None

    def evaluate() -> dict[str, Any]:
        answering = (artifact for name, artifact in artifacts.items() if name not in unserved)
        best = max(answering, key=lambda artifact: artifact.manifest["metrics"][task.metric])
        return evaluate_text(
            task.name,
            task.kind,
            {name: Predictions.load(a.path / "predictions.npz") for name, a in artifacts.items()},
            main=task.metric,
            grouped_by="language" if task.group == task.language else task.group,
            offered=best.manifest["languages"] if task.group == task.language else None,
            left_out=best.manifest["left_out"],
            unserved=unserved,
            facts={name: _facts(artifact.manifest) for name, artifact in artifacts.items()},
            made_of={name: CANDIDATES[name].of for name in artifacts},
        )

    assessed = _assess(reports / task.name, artifacts, evaluate)
    _promote(registry, artifacts[assessed.metrics["champion"]], assessed)
    return assessed


def _facts(manifest: dict[str, Any]) -> dict[str, Any]:
    """What `evaluate_text` takes as the facts of a candidate."""
    told = {name: manifest.get(name) for name in ("cost", "contract", "cascade")}
    return told | {"training": training_of(manifest), "tuned": manifest["config"].get("tuned")}


def assess_slots(registry: Registry, candidates: tuple[str, ...], reports: Path) -> Assessed | None:
    """Report on the current slot taggers and promote the best; None when nothing was trained."""
    artifacts = {name: artifact for name in candidates if (artifact := registry.current(slots.TASK, name))}
    if not artifacts:
        return None
    assessed = _assess(
        reports / slots.TASK,
        artifacts,
        lambda: evaluate_slots(
            {name: slots.SlotPredictions.load(a.path / "predictions.npz") for name, a in artifacts.items()}
        ),
    )
    _promote(registry, artifacts[assessed.metrics["champion"]], assessed)
    return assessed


def assess_clusters(
    registry: Registry, tracks: Callable[[], pa.Table], reports: Path, data_version: str = ""
) -> Assessed | None:
    """Report on the clusters and promote them; None when nothing was fitted.

    Args:
        registry: where artifacts are kept.
        tracks: gives the validated table the clusters were fitted on; called only when there is something to do.
        reports: folder of all reports.
        data_version: of that table: artists and genres matter to the report, though not to the fit.
    """
    artifact = registry.current("clusters", "kmeans")
    if artifact is None:
        return None

    def evaluate() -> dict[str, Any]:
        table, model = tracks(), Clusters.load(artifact.path)
        features = np.column_stack([table[name].to_numpy() for name in CLUSTER_FEATURES])
        return evaluate_clusters(
            features,
            table["artist_key"].to_pylist(),
            table["genre"].to_pylist(),
            songs=[song_id(*names) for names in zip(*(table[x].to_pylist() for x in _SONG), strict=True)],
            popularity=table["popularity"].to_pylist(),
            k=artifact.manifest["config"]["k"],
            assigned=model.assign(features),
            cluster_names=model.names,
        )

    assessed = _assess(reports / "clusters", {"kmeans": artifact}, evaluate, data_version)
    _promote(registry, artifact, assessed)
    return assessed


def _assess(
    folder: Path, artifacts: dict[str, Artifact], evaluate: Callable[[], dict[str, Any]], data_version: str = ""
) -> Assessed:
    identifiers = {name: artifact.id for name, artifact in artifacts.items()}
    made_from = fingerprint(identifiers, data_version, code_version(__name__), content_hash(_TEMPLATES))
    path = folder / "metrics.json"
    if path.exists() and (known := json.loads(path.read_text("utf-8")))["fingerprint"] == made_from:
        return Assessed(known, folder, changed=False)
    metrics = {**evaluate(), "fingerprint": made_from, "artifacts": identifiers}
    newest = max(artifacts.values(), key=lambda artifact: artifact.manifest["created_at"]).manifest
    about = {name: str(newest[name]) for name in ("version", "created_at", "data_hash", "code_version", "seed")}
    write_report(folder, metrics, draw(metrics), about)
    return Assessed(metrics, folder, changed=True)


def _promote(registry: Registry, artifact: Artifact, assessed: Assessed) -> None:
    """Promote on new evidence only, so that a rollback by hand stands until something changes."""
    history, evidence = registry.history(artifact.manifest["task"]), assessed.metrics["fingerprint"]
    if not history or history[-1].evidence != evidence:
        main = assessed.metrics["main"]
        value = assessed.metrics["candidates"][assessed.metrics["champion"]]["figures"][main]["value"]
        figure = "" if value is None else f": {value:.3f}"
        registry.promote(artifact, f"best {main} of the candidates{figure}", evidence)


def read_reports(reports: Path) -> list[dict[str, Any]]:
    """The `metrics.json` of every task that has a report, in the order of `tasks.TASKS`."""
    paths = [reports / task / "metrics.json" for task in TASKS]
    return [json.loads(path.read_text("utf-8")) for path in paths if path.exists()]


def overview(reports: Path) -> tuple[list[dict[str, Any]], bool]:
    """Bring the page over all tasks up to date: the reports it shows, and whether it had to be written."""
    shown = read_reports(reports)
    studies = {f"Tuning of {p.parent.name}": p for p in sorted(reports.glob("tuning/*/index.html"))}
    made_from = fingerprint(
        [report["fingerprint"] for report in shown], list(studies), code_version(__name__), content_hash(_TEMPLATES)
    )
    stamp = reports / "overview.fingerprint"
    if stamp.exists() and stamp.read_text("utf-8") == made_from:
        return shown, False
    pages = {f"Validation of {p.stem}": p for p in sorted((reports / "validation").glob("*.html"))} | studies
    links = {name: page.relative_to(reports).as_posix() for name, page in pages.items()}
    write_overview(reports, shown, links=links)
    stamp.write_text(made_from, "utf-8")
    return shown, True
