"""Which bento is the latest, whether it is still right, which old ones go. One is built in `bundle`."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from music_platform.models.scorers import similar_songs
from music_platform.serving.bundle import BENTO, ROOT, build_bento, write_bundle
from music_platform.serving.catalogue import index as catalogue_index
from music_platform.serving.status import Run, version_of, write_status
from music_platform.storage.code import code_version
from music_platform.storage.files import content_hash, fingerprint, write_json
from music_platform.storage.home import Home
from music_platform.storage.registry import Artifact, Registry
from music_platform.storage.warehouse import Warehouse
from music_platform.tasks import TASKS


@dataclass(frozen=True)
class Release:
    """The latest bento, the champions in it, and whether it had to be built."""

    bento: Path
    champions: dict[str, str]
    changed: bool


def release(home: Home, registry: Registry, warehouse: Warehouse, runs: Sequence[Run] = ()) -> Release | None:
    """Build the bento of the present champions unless the latest is made of them; None without a champion.

    `runs` are shown on its page, newest first.
    """
    champions = {task: artifact for task in TASKS if (artifact := registry.champion(task))}
    tracks = warehouse.made("features.tracks")
    if not (tracks and tracks.rows):
        champions.pop("clusters", None)
    if not champions:
        return None
    measured = {task: _measured(home, artifact) for task, artifact in champions.items()}
    songs, linear = warehouse.made("features.songs"), _linear(registry, champions)
    made_from = fingerprint(
        {task: artifact.id for task, artifact in champions.items()},
        tracks.data_version if tracks else None,
        catalogue_index.version_of(home.catalogue),
        songs.data_version if songs else None,
        linear.name if linear else None,
        measured,
        version_of(home.reports, warehouse),
        code_version("bentos.music.service", build_bento.__module__, write_status.__module__),
        *(content_hash(ROOT / path) for path in ("bentos/music/web", "bentos/music/bentofile.yaml", "constraints.txt")),
    )
    identifiers = {task: artifact.id for task, artifact in champions.items()}
    known = _pointer(home)
    if known and known["fingerprint"] == made_from and (path := latest_bento(home)):
        return Release(path, identifiers, changed=False)
    with tempfile.TemporaryDirectory(prefix="bundle-") as folder:
        bundle = _bundle(Path(folder) / "bundle", home, champions, warehouse, measured)
        if songs and songs.rows and linear:
            _write_similar(bundle, linear, warehouse)
        write_status(bundle, home.reports, registry, warehouse, champions, measured, runs)
        bento = build_bento(bundle, home.bentoml)
    write_json(home.bentoml / "latest.json", {"fingerprint": made_from, "version": bento.name})
    return Release(bento, identifiers, changed=True)


def _measured(home: Home, champion: Artifact) -> dict[str, Any]:
    """A champion's figures, baseline and main figure from its task's report; empty when that is about others."""
    path = home.reports / champion.manifest["task"] / "metrics.json"
    report = json.loads(path.read_text("utf-8")) if path.exists() else {"artifacts": {}}
    if champion.id not in report["artifacts"].values():
        return {}
    entries = report["candidates"]
    entry = entries.get(champion.manifest["candidate"], entries[report["champion"]])
    return {
        "main": report.get("main"),
        "rows": entry.get("rows"),
        **{part: entry[part] for part in ("figures", "baseline")},
    }


def _bundle(
    folder: Path,
    home: Home,
    champions: dict[str, Artifact],
    warehouse: Warehouse,
    measured: dict[str, dict[str, Any]],
) -> Path:
    tracks = warehouse.arrow("SELECT * FROM features.tracks") if "clusters" in champions else None
    catalogue = home.catalogue if catalogue_index.version_of(home.catalogue) else None
    artifacts = {task: artifact.path for task, artifact in champions.items()}
    return write_bundle(folder, artifacts, tracks, measured, catalogue)


def _linear(registry: Registry, champions: dict[str, Artifact]) -> Path | None:
    """Folder of the linear model of genres: the champion, its part, or else the candidate; None if there is none."""
    champion, candidate = champions.get("genre"), registry.current("genre", "linear")
    if champion is None:
        return None
    folders = (champion.path, champion.path / "linear", *([candidate.path] if candidate else []))
    return next((folder for folder in folders if (folder / "vocabulary.json").exists()), None)


def _write_similar(bundle: Path, linear: Path, warehouse: Warehouse) -> None:
    from music_platform.models.scorers.linear import LinearModel

    query = "SELECT title, artist, genres, lyrics FROM features.songs WHERE len(genres) > 0 ORDER BY song_id"
    similar_songs.write(bundle, LinearModel.load(linear), warehouse.arrow(query))


def _pointer(home: Home) -> dict[str, str] | None:
    path = home.bentoml / "latest.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def latest_bento(home: Home) -> Path | None:
    """The folder of the bento that was built last; None before the first."""
    pointer = _pointer(home)
    path = _store(home) / pointer["version"] if pointer else None
    return path if path and (path / "bento.yaml").exists() else None


def prune_bentos(home: Home, keep: int) -> list[str]:
    """Remove all but the `keep` newest bentos (the latest always stays); returns the versions removed."""
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
