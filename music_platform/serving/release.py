"""The latest bento: whether it is made of the present champions, and which older ones go. `bundle` builds one."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from music_platform.models.scorers import similar_songs
from music_platform.models.scorers.linear import LinearModel
from music_platform.serving.assistant.assistant import ACTS
from music_platform.serving.assistant.learning import write_acts
from music_platform.serving.bundle import BENTO, ROOT, build_bento, write_bundle
from music_platform.serving.catalogue import index as catalogue_index
from music_platform.serving.status import Run, version_of, write_status
from music_platform.storage.code import code_version
from music_platform.storage.files import content_hash, fingerprint, read_json, write_json
from music_platform.storage.home import Home
from music_platform.storage.registry import Artifact, Registry
from music_platform.storage.warehouse import Warehouse
from music_platform.tasks import TASKS

Champions = Mapping[str, Artifact]
_CODE = (
    f"bentos.{BENTO}.service",
    *(f"music_platform.serving.bundle:{name}" for name in ("write_bundle", "build_bento")),
    "music_platform.serving.assistant.learning:write_acts",
    "music_platform.serving.status:write_status",
    f"{__name__}:_write_songs",
)
_FILES = (f"bentos/{BENTO}/web", f"bentos/{BENTO}/bentofile.yaml", "constraints.txt")
"""The code and the other files of the source tree that a bento is made from."""


@dataclass(frozen=True)
class Release:
    """The latest bento, the ids of its champions by task, and whether it had to be built."""

    bento: Path
    champions: dict[str, str]
    changed: bool


def release(home: Home, registry: Registry, warehouse: Warehouse, runs: Sequence[Run] = ()) -> Release | None:
    """Build the bento of the present champions unless the latest is made of them; None without a champion.

    Args:
        home: where the bento goes, and where reports and the catalogue lie.
        registry: names the champions.
        warehouse: holds the tables that the service answers from.
        runs: shown on the bento's page, newest first.
    """
    champions = _champions(registry, warehouse)
    if not champions:
        return None
    identifiers = {task: artifact.id for task, artifact in champions.items()}
    measured = {task: _measured(home, artifact) for task, artifact in champions.items()}
    explaining = _explaining(registry, champions, warehouse)
    made_from = fingerprint(
        identifiers,
        measured,
        {task: folder.name for task, folder in explaining.items()},
        catalogue_index.version_of(home.catalogue),
        version_of(home.reports, warehouse),
        code_version(*_CODE),
        *(content_hash(ROOT / path) for path in _FILES),
    )
    latest = latest_bento(home)
    if latest and _pointer(home).get("fingerprint") == made_from:
        return Release(latest, identifiers, changed=False)
    with tempfile.TemporaryDirectory(prefix="bundle-") as folder:
        bundle = _bundle(Path(folder) / "bundle", home, champions, warehouse, measured)
        for task, linear in explaining.items():
            _write_songs(bundle / "models" / task, task, linear, warehouse)
        write_acts(bundle / ACTS)
        write_status(bundle, home.reports, registry, warehouse, champions, measured, runs)
        bento = build_bento(bundle, home.bentoml)
    write_json(home.bentoml / "latest.json", {"fingerprint": made_from, "version": bento.name})
    return Release(bento, identifiers, changed=True)


def _champions(registry: Registry, warehouse: Warehouse) -> dict[str, Artifact]:
    """Task -> its champion. Clusters answer with the tracks of their table, so they are left out without rows."""
    return {
        name: artifact
        for name, task in TASKS.items()
        if (artifact := registry.champion(name)) and (task.kind != "clustering" or _has_rows(warehouse, task.table))
    }


def _has_rows(warehouse: Warehouse, table: str) -> bool:
    made = warehouse.made(f"features.{table}")
    return bool(made and made.rows)


def _measured(home: Home, champion: Artifact) -> dict[str, Any]:
    """A champion's figures, baseline and main figure from its task's report; empty if the report has no such model."""
    path = home.reports / champion.manifest.task / "metrics.json"
    report = read_json(path) if path.exists() else {"artifacts": {}}
    if champion.id not in report["artifacts"].values():
        return {}
    entries = report["candidates"]
    entry = entries.get(champion.manifest.candidate, entries[report["champion"]])
    return {
        "main": report.get("main"),
        "rows": entry.get("rows"),
        **{part: entry[part] for part in ("figures", "baseline")},
    }


def _bundle(
    folder: Path, home: Home, champions: Champions, warehouse: Warehouse, measured: Mapping[str, Mapping[str, Any]]
) -> Path:
    tables = [TASKS[name].table for name in champions if TASKS[name].kind == "clustering"]
    tracks = warehouse.arrow(f"SELECT * FROM features.{tables[0]}") if tables else None  # noqa: S608 - declared
    catalogue = home.catalogue if catalogue_index.version_of(home.catalogue) else None
    artifacts = {task: artifact.path for task, artifact in champions.items()}
    return write_bundle(folder, artifacts, tracks, measured, catalogue)


def _explaining(registry: Registry, champions: Champions, warehouse: Warehouse) -> dict[str, Path]:
    """Task -> folder of the linear model whose words index its songs, for the tasks that songs explain.

    The model is the champion, the champion's part, or else the current candidate.
    """
    found: dict[str, Path] = {}
    for name, champion in champions.items():
        if TASKS[name].explained_by_songs and _has_rows(warehouse, TASKS[name].table):
            candidate = registry.current(name, "linear")
            folders = (champion.path, champion.path / "linear", *([candidate.path] if candidate else []))
            linear = next((folder for folder in folders if (folder / "vocabulary.json").exists()), None)
            if linear is not None:
                found[name] = linear
    return found


def _write_songs(folder: Path, name: str, linear: Path, warehouse: Warehouse) -> None:
    """Write the index of the songs that a task learns from beside its model."""
    task = TASKS[name]
    columns = f"title, artist, {task.label} AS genres, {task.text} AS lyrics"
    learned = f"len({task.label}) > 0" + (f" AND {task.language} = '{task.only}'" if task.only else "")
    query = f"SELECT {columns} FROM features.{task.table} WHERE {learned} ORDER BY {task.id}"  # noqa: S608 - declared
    similar_songs.write(folder, LinearModel.load(linear), warehouse.arrow(query))


def _pointer(home: Home) -> dict[str, str]:
    path = home.bentoml / "latest.json"
    return read_json(path) if path.exists() else {}


def latest_bento(home: Home) -> Path | None:
    """The folder of the bento that was built last; None before the first."""
    version = _pointer(home).get("version")
    path = _store(home) / version if version else None
    return path if path and (path / "bento.yaml").exists() else None


def prune_bentos(home: Home, keep: int) -> list[str]:
    """Remove all but the `keep` newest bentos; the latest always stays. Gives the versions that were removed."""
    latest = latest_bento(home)
    bentos = sorted(
        (p.parent for p in _store(home).glob("*/bento.yaml")), key=lambda p: p.stat().st_mtime, reverse=True
    )
    old = [bento for bento in bentos if bento != latest][max(keep - 1, 0) :]
    for bento in old:
        shutil.rmtree(bento)
    return [bento.name for bento in old]


def _store(home: Home) -> Path:
    return home.bentoml / "bentos" / BENTO
