"""A release: built from the champions and their figures, once; old bentos go, the latest stays."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from music_platform.serving.release import latest_bento, prune_bentos, release
from music_platform.storage.files import write_json
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry
from music_platform_tests.support.catalogue_samples import built
from music_platform_tests.support.serving import ROOT, text_artifacts

CATALOGUE = "src/bentos/music/bundle/catalogue.sqlite"

pytestmark = pytest.mark.slow


class NoTracks:
    """A warehouse without tables."""

    def made(self, _table: str) -> None:
        """Nothing was made."""


class OnlySongs:
    """A warehouse of 40 songs in words that the genre model knows."""

    def made(self, table: str) -> SimpleNamespace | None:
        """What is known of a table."""
        return SimpleNamespace(data_version="1", rows=40, made_at="2026-01-01") if table == "features.songs" else None

    def arrow(self, _query: str) -> pa.Table:
        """The songs."""
        words = ["dusty truck", "microphone rhyme", "pandeiro ladeira", "river farm"]
        lyrics = [f"{words[i % 4]} and the {words[i % 3]}" for i in range(40)]
        names = {"title": [f"Song {i}" for i in range(40)], "artist": ["Ana"] * 40, "genres": [["rap"]] * 40}
        return pa.table({**names, "lyrics": lyrics})


def test_a_bento_is_built_when_champions_or_figures_change_and_only_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(ROOT / "bentos", tree / "bentos", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "constraints.txt", tree / "constraints.txt")
    monkeypatch.setattr("music_platform.serving.release.ROOT", tree)
    home, warehouse = Home.at(tmp_path), NoTracks()
    registry = Registry(home.artifacts)
    assert release(home, registry, warehouse) is None
    identifier = text_artifacts(home.artifacts, ("genre",))["genre"].name
    registry.promote(registry.artifact("genre", identifier), "the only one")
    first = release(home, registry, warehouse)
    assert (first.changed, first.champions, shown(first.bento)["baseline"]) == (
        True,
        {"genre": identifier},
        {},
    )

    figures = {"figures": {"macro_f1": {"value": 0.7}}, "baseline": {"macro_f1": {"value": 0.2}}}
    entry = {**figures, "classes": []}
    report = {"champion": "linear", "artifacts": {"linear": identifier}, "candidates": {"linear": entry}}
    home.reports.joinpath("genre").mkdir(parents=True)
    write_json(home.reports / "genre" / "metrics.json", report)
    second = release(home, registry, warehouse)
    assert second.changed
    assert shown(second.bento) == figures

    compiled = tree / "bentos/music/__pycache__/service.pyc"
    compiled.parent.mkdir()
    compiled.write_bytes(b"what running the service from the tree leaves")
    again = release(home, registry, warehouse)
    assert (again.changed, again.bento) == (False, second.bento)
    assert not (second.bento / CATALOGUE).exists()
    assert prune_bentos(home, keep=1) == [first.bento.name]
    assert latest_bento(home) == second.bento

    built(home.catalogue)
    third = release(home, registry, warehouse)
    assert third.changed
    assert (third.bento / CATALOGUE).read_bytes() == home.catalogue.read_bytes()
    fourth = release(home, registry, OnlySongs())
    assert fourth.changed
    held = fourth.bento / "src/bentos/music/bundle"
    assert {"similar.json", "similar.safetensors"} <= {file.name for file in held.iterdir()}
    assert "dusty truck and the" not in (held / "similar.json").read_text("utf-8")
    assert release(home, registry, warehouse).changed
    monkeypatch.setattr("music_platform.serving.release.write_bundle", lambda *_: pytest.fail("built again"))
    assert not release(home, registry, warehouse).changed


def shown(bento: Path) -> dict[str, Any]:
    return json.loads((bento / "src/bentos/music/bundle/models/genre/measured.json").read_text())
