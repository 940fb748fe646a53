"""The state of the platform, and its reports: written beside the models when a bento is built, for the page.

A service reads no warehouse, so everything is as of that moment.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from music_platform.storage.files import content_hash, fingerprint, write_json
from music_platform.tables import TABLES
from music_platform.tasks import TASKS

if TYPE_CHECKING:
    from music_platform.storage.registry import Artifact, Registry
    from music_platform.storage.warehouse import Warehouse

_PAGES = ("**/*.html", "**/metrics.json", "summary.json")


@dataclass(frozen=True)
class Run:
    """A run of the orchestrator."""

    job: str
    trigger: str
    """`command line`, `by hand`, or the name of a sensor or a schedule."""
    status: str
    started_at: str | None
    """ISO 8601, in UTC; None before it starts."""
    seconds: float | None
    """None while it is running."""


def version_of(reports: Path, warehouse: "Warehouse") -> str:
    """A hash of the content that `write_status` shows, without runs and times: they alone need no new bento."""
    tables = {name: made.data_version for name in TABLES if (made := warehouse.made(f"features.{name}"))}
    return fingerprint(tables, {str(page.relative_to(reports)): content_hash(page) for page in _pages(reports)})


def write_status(
    bundle: Path,
    reports: Path,
    registry: "Registry",
    warehouse: "Warehouse",
    champions: "Mapping[str, Artifact]",
    measured: Mapping[str, Mapping[str, Any]],
    runs: Sequence[Run],
) -> None:
    """Write `status.json` and copy the reports to `reports/` in the folder `bundle`.

    Args:
        bundle: a folder that `bundle.write_bundle` wrote.
        reports: folder of the reports.
        registry: its history says when each champion was promoted, and why.
        warehouse: it knows rows and dates of the tables.
        champions: task -> champion.
        measured: task -> `main`, `rows`, `figures` and `baseline` of the champion; empty where it was not measured.
        runs: newest first.
    """
    pages = _pages(reports)
    for page in pages:
        copy = bundle / "reports" / page.relative_to(reports)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(page, copy)
    status = {
        "built_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "champions": [_champion(registry, champion, measured[task]) for task, champion in champions.items()],
        "tables": _tables(warehouse),
        "runs": [asdict(run) for run in runs],
        "reports": [str(page.relative_to(reports)) for page in pages if page.suffix == ".html"],
    }
    write_json(bundle / "status.json", status)


def _pages(reports: Path) -> list[Path]:
    return sorted(page for pattern in _PAGES for page in reports.glob(pattern))


def _champion(registry: "Registry", champion: "Artifact", measured: Mapping[str, Any]) -> dict[str, Any]:
    task, main = champion.manifest.task, measured.get("main")
    figure = measured["figures"][main] if main else {}
    promotion = registry.history(task)[-1]
    return {
        "task": task,
        "title": TASKS[task].title,
        "candidate": champion.manifest.candidate,
        "version": champion.id,
        "since": promotion.at,
        "why": promotion.why,
        "metric": main,
        **{part: figure.get(part) for part in ("value", "low", "high")},
        "baseline": measured["baseline"].get(main, {}).get("value") if main else None,
        "rows": measured.get("rows"),
    }


def _tables(warehouse: "Warehouse") -> list[dict[str, Any]]:
    """Name, rows, when each table was made, and when the newest of the files landed that it is made from."""
    shown = []
    for name, table in TABLES.items():
        made = warehouse.made(f"features.{name}")
        if made is None:
            continue
        query = f"SELECT strftime(max(landed_at), '%Y-%m-%dT%H:%M:%S+00:00') FROM ingestion.{table.kind}"  # noqa: S608
        newest = warehouse.arrow(query).column(0).to_pylist()[0]
        shown.append({"name": name, "rows": made.rows, "made_at": made.made_at, "newest": newest})
    return shown
