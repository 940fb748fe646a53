"""From the artifacts of a task to its report and its champion, and from all reports to the overview."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from music_platform.declarations import Task
from music_platform.evaluation.evidence import Evidence, gather
from music_platform.evaluation.kinds import KINDS
from music_platform.evaluation.report import OVERVIEW, draw, template_sources, write_overview, write_report
from music_platform.storage.code import code_version
from music_platform.storage.files import fingerprint
from music_platform.storage.registry import Artifact, Registry
from music_platform.tasks import TASKS

if TYPE_CHECKING:
    import pyarrow as pa

_METRICS = "metrics.json"


@dataclass(frozen=True)
class Assessed:
    """The report of a task as it stands, and whether it had to be written."""

    metrics: dict[str, Any]
    folder: Path
    changed: bool


def assess(
    registry: Registry, task: Task, reports: Path, table: "Callable[[], pa.Table]", data_version: str = ""
) -> Assessed | None:
    """Report on the current artifacts of a task and promote the best one.

    A candidate that the service can't run, that breaks the contract of its export, or that the budget ended before
    its first epoch was whole, is shown with this reason, and never champion.

    Args:
        registry: the registry of artifacts.
        task: its declaration.
        reports: the folder of all reports.
        table: loads the rows of the task's table; called only for a kind that reads them (`kinds.Kind.reads_table`).
        data_version: of that table, for such a kind.

    Returns:
        the report; None where no candidate that could be champion was trained.
    """
    evidence, kind = gather(registry, task, table), KINDS[task.kind]
    if not evidence.artifacts.keys() - evidence.unserved.keys():
        return None
    identifiers = {name: artifact.id for name, artifact in evidence.artifacts.items()}
    made_from = fingerprint(
        identifiers,
        [evidence.parts, evidence.unserved, evidence.facts],
        [task.title, task.metric, task.group, task.language],
        code_version(f"{__name__}:_written", kind.evaluate, kind.draw, kind.losses),
        template_sources(kind.template),
        data_version if kind.reads_table else "",
    )
    folder = reports / task.name
    path = folder / _METRICS
    if path.exists() and (known := json.loads(path.read_text("utf-8")))["fingerprint"] == made_from:
        assessed = Assessed(known, folder, changed=False)
    else:
        assessed = _written(evidence, folder, {"fingerprint": made_from, "artifacts": identifiers})
    _promote(registry, evidence.artifacts[assessed.metrics["champion"]], assessed)
    return assessed


def _written(evidence: Evidence, folder: Path, made_from: dict[str, Any]) -> Assessed:
    evaluated = resolve_name(KINDS[evidence.task.kind].evaluate)(evidence)
    metrics = {**evaluated, **made_from}
    newest = max((a.manifest for a in evidence.artifacts.values()), key=lambda manifest: manifest.created_at)
    about = {
        name: str(getattr(newest, name)) for name in ("version", "created_at", "data_hash", "code_version", "seed")
    }
    write_report(folder, metrics, draw(metrics), about)
    return Assessed(metrics, folder, changed=True)


def _promote(registry: Registry, artifact: Artifact, assessed: Assessed) -> None:
    """Promote on new evidence only, so that a rollback by hand stands until something changes."""
    history, evidence = registry.history(artifact.manifest.task), assessed.metrics["fingerprint"]
    if not history or history[-1].evidence != evidence:
        main = assessed.metrics["main"]
        value = assessed.metrics["candidates"][assessed.metrics["champion"]]["figures"][main]["value"]
        figure = "" if value is None else f": {value:.3f}"
        registry.promote(artifact, f"best {main} of the candidates{figure}", evidence)


def read_reports(reports: Path) -> list[dict[str, Any]]:
    """The `metrics.json` of every task that has a report, in the order of `tasks.TASKS`.

    A report of an earlier version, which knew the task as another kind, is left out until the next run writes it anew.
    """
    paths = [reports / task / _METRICS for task in TASKS]
    found = [json.loads(path.read_text("utf-8")) for path in paths if path.exists()]
    return [metrics for metrics in found if metrics["kind"] == TASKS[metrics["task"]].kind]


def overview(reports: Path) -> tuple[list[dict[str, Any]], bool]:
    """Bring the page over all tasks up to date: the reports it shows, and whether it had to be written."""
    shown = read_reports(reports)
    studies = {f"Tuning of {p.parent.name}": p for p in sorted(reports.glob("tuning/*/index.html"))}
    pages = {f"Validation of {p.stem}": p for p in sorted((reports / "validation").glob("*.html"))} | studies
    links = {name: page.relative_to(reports).as_posix() for name, page in pages.items()}
    code = code_version(f"{__name__}:overview")
    made_from = fingerprint([report["fingerprint"] for report in shown], links, code, template_sources(OVERVIEW))
    stamp = reports / "overview.fingerprint"
    if stamp.exists() and stamp.read_text("utf-8") == made_from:
        return shown, False
    write_overview(reports, shown, links=links)
    stamp.write_text(made_from, "utf-8")
    return shown, True
