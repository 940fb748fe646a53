"""Trained models that several modules share: each is made once, also where pytest-xdist runs several workers."""

import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from music_platform.models.training import train
from music_platform.storage.registry import Registry
from music_platform_tests.support.once import once

Encoders = Callable[[str], Registry]


@pytest.fixture(scope="session", autouse=True)
def _write_without_waiting() -> None:
    """MLflow's SQLite need not wait for the disk: tests kill processes, which loses nothing, and no machine."""
    if find_spec("sqlalchemy"):
        from sqlalchemy import Engine, event

        event.listen(Engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a tiny BERT."""
    from music_platform_tests.support import tiny_models

    return str(once(tmp_path_factory, "base", tiny_models.base_folder))


@pytest.fixture(scope="session")
def encoders(tmp_path_factory: pytest.TempPathFactory, base: str) -> Encoders:
    """From `genre` or `genre_pt` to a registry with its linear model, its encoder and the blend of both, all current.

    They learned from `tiny_rows.songs`, the encoder by `tiny_models.HYPERPARAMETERS`. Nobody writes to the registry.
    """
    from music_platform_tests.support import tiny_models

    def filled(task: str, folder: Path) -> None:
        for candidate in ("linear", "encoder", "blend"):
            train(tiny_models.request(Registry(folder / "artifacts"), task, candidate, base_model=base))

    return lambda task: Registry(once(tmp_path_factory, task, lambda folder: filled(task, folder)) / "artifacts")


@pytest.fixture
def copied(encoders: Encoders, tmp_path: Path) -> Encoders:
    """As `encoders`, but a registry that the test may write to."""

    def copy(task: str) -> Registry:
        shutil.copytree(encoders(task).root, tmp_path / "artifacts")
        return Registry(tmp_path / "artifacts")

    return copy
