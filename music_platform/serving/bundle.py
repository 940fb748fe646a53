"""From champions to a bento: gather the files that the service loads, then build.

BentoML builds in a process of its own: it reads its home from the environment when it is imported, and
imports the service from the folder that is built.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from music_platform.errors import InputError
from music_platform.models.scorers.clusters import Clusters
from music_platform.serving.requirements import pinned
from music_platform.serving.tracks.files import write_tracks
from music_platform.serving.tracks.map import map_of
from music_platform.serving.tracks.model import MAP
from music_platform.storage.code import sources
from music_platform.storage.files import content_hash, link, replacing_folder, write_json
from music_platform.tasks import TASKS

if TYPE_CHECKING:
    import pyarrow as pa

ROOT = Path(__file__).resolve().parents[2]
"""The source tree: a bento is built from it, not from an installed wheel."""
BENTO = "music"
_SERVED = ("*.json", "*.xml", "*.bin", "*.safetensors", "*.crfsuite")


def write_bundle(
    folder: Path,
    artifacts: Mapping[str, Path],
    tracks: "pa.Table | None" = None,
    measured: Mapping[str, Mapping[str, Any]] | None = None,
    catalogue: Path | None = None,
) -> Path:
    """Write everything that the service loads into `folder`, which is replaced as a whole.

    Equal artifacts, tracks and figures give equal bytes.

    Args:
        folder: gets `models/<task>/`, `tracks.sqlite`, `tracks.safetensors`, `map.json` and `catalogue.sqlite`.
        artifacts: task -> artifact folder of its champion.
        tracks: the validated table `tracks`; needed with an artifact of clusters.
        measured: task -> the champion's entry of its evaluation report; `/models` shows `figures` and `baseline` of it.
        catalogue: file of the songs that can be found, if there is one.

    Raises:
        InputError: clusters without tracks.
    """
    clusters = [artifact for task, artifact in artifacts.items() if TASKS[task].kind == "clustering"]
    if clusters and tracks is None:
        raise InputError("features.tracks: the service of clusters needs this table; land tracks, then run")
    with replacing_folder(folder) as staged:
        for task, artifact in artifacts.items():
            _copy_model(artifact, staged / "models" / task, (measured or {}).get(task, {}))
        if tracks is not None:
            tracks = write_tracks(staged, tracks)
        for artifact in clusters:
            (staged / MAP).write_text(map_of(tracks, Clusters.load(artifact)), "utf-8")
        if catalogue is not None:
            link(catalogue, staged / "catalogue.sqlite")
    return folder


def _copy_model(artifact: Path, target: Path, report: Mapping[str, Any]) -> None:
    """Copy the files that a scorer reads, and note the figures beside them."""
    for file in sorted(file for kind in _SERVED for file in artifact.rglob(kind)):
        copy = target / file.relative_to(artifact)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    write_json(target / "measured.json", {part: report.get(part, {}) for part in ("figures", "baseline")})


def build_bento(bundle: Path, bentoml_home: Path, version: str | None = None) -> Path:
    """Build the bento `music` of a bundle, offline, and give the folder that `bentoml serve` takes.

    Args:
        bundle: a folder that `write_bundle` wrote.
        bentoml_home: `BENTOML_HOME`; the bento lies in `bentos/music/<version>`.
        version: name of the bento's version; a hash of its content if missing. A version that exists is not built
            again.

    Raises:
        InputError: BentoML could not build it; the message ends with the last line that BentoML printed.
    """
    with tempfile.TemporaryDirectory(prefix="bento-") as temporary:
        context = Path(temporary)
        _gather(context, bundle)
        version = version or content_hash(context)[:16]
        bento = bentoml_home / "bentos" / BENTO / version
        if not (bento / "bento.yaml").is_file():
            _build(context, bentoml_home, version)
    return bento


def _gather(context: Path, bundle: Path) -> None:
    """Put the service, the modules that it imports, the bundle and the requirements into the build context."""
    here = ROOT / "bentos" / BENTO
    code = sources(f"bentos.{BENTO}.service")
    above = {parent / "__init__.py" for file in code for parent in file.parents if ROOT in parent.parents}
    for source in sorted(code | set(filter(Path.is_file, above)) | set((here / "web").iterdir())):
        target = context / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    shutil.copyfile(here / "bentofile.yaml", context / "bentofile.yaml")
    shutil.copytree(bundle, context / "bentos" / BENTO / "bundle", copy_function=link)
    requirements = pinned(ROOT / "pyproject.toml", "serving")
    (context / "requirements.txt").write_text("\n".join(requirements) + "\n", "utf-8")


def _build(context: Path, bentoml_home: Path, version: str) -> None:
    bentoml_home.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "bentoml", "build", "--version", version, "--output", "tag", str(context)],
        env={**os.environ, "BENTOML_HOME": str(bentoml_home), "BENTOML_DO_NOT_TRACK": "True"},
        cwd=context,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        printed = (done.stderr or done.stdout).strip().splitlines() or ["nothing"]
        raise InputError(f"bento {BENTO}:{version}: BentoML can't build it and says: {printed[-1]}")
