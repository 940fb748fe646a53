"""What several test files share: a home that went through one whole run on a small sample."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from music_platform.settings import Home

SAMPLE_SIZE = "0.25"

Command = Callable[..., subprocess.CompletedProcess]


def environment(home: Home) -> dict[str, str]:
    """What a command on `home` runs with: the small sample, and no minutes for encoders."""
    return {**home.environment(), "MUSIC_PLATFORM_SAMPLE_SIZE": SAMPLE_SIZE, "MUSIC_PLATFORM_BUDGET": "0"}


@pytest.fixture(scope="session")
def command() -> Command:
    """Runs `music-platform NAME ... --home HOME` in a process of its own."""

    def run(home: Home, name: str, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "music_platform.cli.app", name, *arguments, "--home", str(home.root)],
            env=environment(home),
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory, command: Command) -> Home:
    """A home after `music-platform run` on the small sample. Tests read it; who writes takes a copy."""
    home = Home.at(tmp_path_factory.mktemp("sample") / "home")
    done = command(home, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    (home.root / "run.log").write_text(done.stdout + done.stderr)
    return home


@pytest.fixture
def copied_home(sample_home: Home, tmp_path: Path) -> Home:
    """A copy of `sample_home` to change."""
    subprocess.run(["cp", "-a", str(sample_home.root), str(tmp_path / "home")], check=True)
    return Home.at(tmp_path / "home")
