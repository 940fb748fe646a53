"""Trained models that several modules share: each is made once, also where pytest-xdist runs several workers."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from music_platform.models.training import train
from music_platform.storage.registry import Registry

Encoders = Callable[[str], Registry]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], object]], Path]:
    """The folder of a name, which the first one that asks for it fills. Nobody else writes to it."""
    root = tmp_path_factory.getbasetemp()
    root = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "shared_models"
    root.mkdir(exist_ok=True)

    def folder(name: str, fill: Callable[[Path], object]) -> Path:
        with FileLock(root / f"{name}.lock"):
            if not (root / name).exists():
                (root / f"{name}.unfinished").mkdir()
                fill(root / f"{name}.unfinished")
                (root / f"{name}.unfinished").rename(root / name)
        return root / name

    return folder


@pytest.fixture(scope="session")
def base(shared) -> str:
    """The folder of a tiny BERT."""
    from music_platform_tests.support import tiny_models

    return str(shared("base", tiny_models.base_folder))


@pytest.fixture(scope="session")
def encoders(shared, base: str) -> Encoders:
    """From `genre` or `genre_pt` to a registry with its linear model, its encoder and the blend of both, all current.

    They learned from `tiny_rows.songs`, the encoder by `tiny_models.HYPERPARAMETERS`. Nobody writes to the registry.
    """
    from music_platform_tests.support import tiny_models

    def filled(task: str, folder: Path) -> None:
        for candidate in ("linear", "encoder", "blend"):
            train(tiny_models.request(Registry(folder / "artifacts"), task, candidate, base_model=base))

    return lambda task: Registry(shared(task, lambda folder: filled(task, folder)) / "artifacts")


@pytest.fixture
def copied(encoders: Encoders, tmp_path: Path) -> Encoders:
    """As `encoders`, but a registry that the test may write to."""

    def copy(task: str) -> Registry:
        shutil.copytree(encoders(task).root, tmp_path / "artifacts")
        return Registry(tmp_path / "artifacts")

    return copy
