"""Manifests of invented artifacts: the entries that every artifact needs, with those that a test is about."""

from pathlib import Path
from typing import Any

from music_platform.storage.manifest import Manifest

_MADE_FROM = {"fingerprint": "made from", "data_hash": "data", "code_version": "code", "rows": 100}


def facts(**given: Any) -> dict[str, Any]:
    """The facts that `Registry.save` takes: `given`, and something for the entries that are missing."""
    return _MADE_FROM | given


def manifest(task: str, candidate: str = "linear", **given: Any) -> Manifest:
    """The manifest of an artifact that is not saved."""
    stamps = {"task": task, "candidate": candidate, "version": "v1", "created_at": "2026-01-01T00:00:00.000+00:00"}
    return Manifest.of(stamps | facts(**given), Path("manifest.json"))
