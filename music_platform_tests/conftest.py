"""Fixtures of several folders: a home after one whole run on a small sample, and the command line in two ways."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from music_platform.cli.app import main
from music_platform.storage.home import Home

# Models of a few rows are fitted several times as fast by one thread, above all beside other workers.
for library in ("OMP", "OPENBLAS"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

pytest_plugins = ["music_platform_tests.support.serving"]
SAMPLE_SIZE = "0.25"
_FIRST = ("features/test_engines", "whole/test_up", "house/test_docs", "whole/", "serving/test_dialogue")
"""Files that take longest, or wait for the home that others share: begun first, they end beside all others."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files of `_FIRST` first, in this order."""
    items.sort(key=lambda item: next((at for at, part in enumerate(_FIRST) if part in item.nodeid), len(_FIRST)))


def environment(home: Home) -> dict[str, str]:
    """The environment of a command on `home`: the small sample, and no minutes for encoders."""
    return {**home.environment(), "MUSIC_PLATFORM_SAMPLE_SIZE": SAMPLE_SIZE, "MUSIC_PLATFORM_BUDGET": "0"}


@dataclass(frozen=True)
class Ended:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def is_refused_in_one_line(self) -> bool:
        """Whether it ended with exit code 2 and one line that explains it."""
        return self.code == 2 and self.err.count("\n") == 1


Command = Callable[..., Ended]


@pytest.fixture(scope="session")
def process() -> Command:
    """Runs `music-platform NAME ... --home HOME` in a process of its own, on the small sample."""

    def run(home: Home, name: str, *arguments: str, **variables: str) -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", "music_platform.cli", name, *arguments, "--home", str(home.root)],
            env=environment(home) | variables,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `music-platform NAME ... --home HOME` in this process, on the small sample."""
    monkeypatch.setenv("MUSIC_PLATFORM_SAMPLE_SIZE", SAMPLE_SIZE)
    monkeypatch.setenv("MUSIC_PLATFORM_BUDGET", "0")

    def run(home: Home, name: str, *arguments: str) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([name, *arguments, "--home", str(home.root)])
        shown = capsys.readouterr()
        return Ended(int(ended.value.code or 0), shown.out, shown.err)

    return run


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory, process: Command) -> Home:
    """A home after `music-platform run` on the small sample; `run.log` holds what it printed. Nobody writes to it.

    All workers of pytest-xdist share it: the first one makes it.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    home = Home.at(folder / "sample" / "home")
    log = home.root.parent / "run.log"
    with FileLock(folder / "sample.lock"):
        if not log.exists():
            done = process(home, "run")
            assert done.code == 0, done.out + done.err
            log.write_text(done.out + done.err)
    return home


@pytest.fixture
def copied_home(sample_home: Home, tmp_path: Path) -> Home:
    """A copy of `sample_home` to change."""
    return copy_of(sample_home, tmp_path / "home")


def copy_of(home: Home, root: Path) -> Home:
    """A copy of a home with all times of change; `root` must not exist."""
    subprocess.run(["cp", "-a", "--reflink=auto", str(home.root), str(root)], check=True)
    return Home.at(root)
