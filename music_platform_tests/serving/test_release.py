"""A release: built from the champions and their figures, once; old bentos go, the latest stays."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from music_platform.serving.bundle import BENTO
from music_platform.serving.release import latest_bento, prune_bentos, release
from music_platform.storage.files import content_hash, write_json
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry
from music_platform.tasks import TASKS
from music_platform_tests.support.catalogue_samples import built
from music_platform_tests.support.champions import cluster_artifact, text_artifacts, tracks
from music_platform_tests.support.serving import ROOT

BUNDLE = f"src/bentos/{BENTO}/bundle"


class Tables:
    """A warehouse of invented tables: 40 songs in words that the genre model knows, or tracks."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def made(self, table: str) -> SimpleNamespace | None:
        """The state of a table."""
        known = table.removeprefix("features.") in self.names
        return SimpleNamespace(data_version="1", rows=40, made_at="2026-01-01") if known else None

    def arrow(self, query: str) -> pa.Table:
        """The songs, the tracks, or when the newest file landed."""
        if "ingestion." in query:
            return pa.table({"newest": ["2026-01-01T00:00:00+00:00"]})
        if "features.tracks" in query:
            return tracks()
        words = ["dusty truck", "microphone rhyme", "pandeiro ladeira", "river farm"]
        lyrics = [f"{words[i % 4]} and the {words[i % 3]}" for i in range(40)]
        names = {"title": [f"Song {i}" for i in range(40)], "artist": ["Ana"] * 40, "genres": [["rap"]] * 40}
        return pa.table({**names, "lyrics": lyrics})


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the files that a bento is made from, and a builder that leaves BentoML out: it has tests of its own."""
    tree = tmp_path / "tree"
    shutil.copytree(ROOT / "bentos", tree / "bentos", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "constraints.txt", tree / "constraints.txt")
    monkeypatch.setattr("music_platform.serving.release.ROOT", tree)

    def build(bundle: Path, bentoml_home: Path) -> Path:
        bento = bentoml_home / "bentos" / BENTO / content_hash(bundle)[:16]
        shutil.copytree(bundle, bento / BUNDLE, dirs_exist_ok=True)
        (bento / "bento.yaml").touch()
        return bento

    monkeypatch.setattr("music_platform.serving.release.build_bento", build)
    return tree


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path)


@pytest.fixture
def registry(home: Home) -> Registry:
    return Registry(home.artifacts)


def promoted(registry: Registry, task: str) -> str:
    """The id of a task's artifact, which becomes champion."""
    identifier = text_artifacts(registry.root, (task,))[task].name
    registry.promote(registry.artifact(task, identifier), "the only one")
    return identifier


def measured(bento: Path) -> dict[str, Any]:
    return json.loads((bento / BUNDLE / "models/genre/measured.json").read_text())


def test_a_bento_is_built_when_champions_or_figures_change_and_only_then(
    tree: Path, home: Home, registry: Registry
) -> None:
    warehouse = Tables()
    assert release(home, registry, warehouse) is None
    identifier = promoted(registry, "genre")
    first = release(home, registry, warehouse)
    assert (first.changed, first.champions, measured(first.bento)["baseline"]) == (True, {"genre": identifier}, {})

    figures = {"figures": {"macro_f1": {"value": 0.7}}, "baseline": {"macro_f1": {"value": 0.2}}}
    entry = {**figures, "classes": []}
    report = {"champion": "linear", "artifacts": {"linear": identifier}, "candidates": {"linear": entry}}
    home.reports.joinpath("genre").mkdir(parents=True)
    write_json(home.reports / "genre" / "metrics.json", report)
    second = release(home, registry, warehouse)
    assert second.changed
    assert measured(second.bento) == figures

    compiled = tree / "bentos/music/__pycache__/service.pyc"
    compiled.parent.mkdir()
    compiled.write_bytes(b"what running the service from the tree leaves")
    again = release(home, registry, warehouse)
    assert (again.changed, again.bento) == (False, second.bento)
    assert not (second.bento / BUNDLE / "catalogue.sqlite").exists()
    assert prune_bentos(home, keep=1) == [first.bento.name]
    assert latest_bento(home) == second.bento

    built(home.catalogue)
    third = release(home, registry, warehouse)
    assert third.changed
    assert (third.bento / BUNDLE / "catalogue.sqlite").read_bytes() == home.catalogue.read_bytes()

    (tree / "bentos/music/web/style.css").write_text("body { color: red }")
    assert release(home, registry, warehouse).changed
    assert not release(home, registry, warehouse).changed


def test_songs_explain_the_tasks_that_are_declared_so(
    tree: Path, home: Home, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def files(bento: Path) -> set[str]:
        return {file.name for file in (bento / BUNDLE / "models" / "genre").iterdir()}

    promoted(registry, "genre")
    explained = release(home, registry, Tables("songs"))
    assert {"similar.json", "similar.safetensors"} <= files(explained.bento)
    assert "dusty truck and the" not in (explained.bento / BUNDLE / "models/genre/similar.json").read_text("utf-8")
    assert not release(home, registry, Tables("songs")).changed
    assert "similar.json" not in files(release(home, registry, Tables()).bento)
    monkeypatch.setitem(TASKS, "genre", replace(TASKS["genre"], explained_by_songs=False))
    assert "similar.json" not in files(release(home, registry, Tables("songs")).bento)


def test_clusters_are_served_with_the_tracks_of_their_table_alone(tree: Path, home: Home, registry: Registry) -> None:
    promoted(registry, "genre")
    artifact = cluster_artifact(registry.root)
    registry.promote(artifact, "the only one")
    assert set(release(home, registry, Tables()).champions) == {"genre"}
    served = release(home, registry, Tables("tracks"))
    assert served.champions["clusters"] == artifact.id
    assert {"map.json", "tracks.sqlite", "tracks.safetensors"} <= {f.name for f in (served.bento / BUNDLE).iterdir()}
    status = json.loads((served.bento / BUNDLE / "status.json").read_text("utf-8"))
    assert [champion["title"] for champion in status["champions"]] == [
        TASKS[name].title for name in ("genre", "clusters")
    ]
