"""A run that is killed in the middle of a training, and the run after it."""

import json
import os
import shutil
import signal
import subprocess
import sys

import dagster as dg
import pytest

from music_platform.defs.instance import opened
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry
from music_platform.tasks import TASKS
from music_platform_tests.conftest import environment

pytestmark = pytest.mark.slow

TASK = "topic"
KILLED_IN_TRAINING = """
import os, signal
from pathlib import Path
from music_platform.models.predictions import Predictions

def killed(predictions: Predictions, path: Path) -> None:
    path.write_bytes(b"half a file")
    os.kill(os.getpid(), signal.SIGKILL)

Predictions.save = killed
from music_platform.cli.app import main
main()
"""


def forget(home: Home, task: str) -> None:
    """Remove all artifacts of a task and their promotions."""
    shutil.rmtree(home.artifacts / task)
    promotions = home.artifacts / "promotions.jsonl"
    lines = [line for line in promotions.read_text().splitlines() if json.loads(line)["task"] != task]
    promotions.write_text("".join(f"{line}\n" for line in lines))


def test_killed_in_the_middle_of_training_the_next_run_completes(copied_home, process, command):
    registry = Registry(copied_home.artifacts)
    before = {task: registry.champion(task).id for task in TASKS}
    forget(copied_home, TASK)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_IN_TRAINING, "run", "--home", str(copied_home.root)],
        env=environment(copied_home),
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert all((folder / "manifest.json").exists() for folder in copied_home.artifacts.glob("*/*/[0-9a-f]*/"))
    assert registry.champion(TASK) is None
    done = process(copied_home, "run")
    assert done.code == 0, done.err
    assert {task: registry.champion(task).id for task in TASKS} == before
    with opened(copied_home) as instance:
        under_way = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
        assert instance.get_runs(under_way) == []
        assert instance.get_runs_count(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE])) == 1
    orphans = list(copied_home.artifacts.glob("*/*/.*"))
    assert orphans
    for orphan in orphans:
        os.utime(orphan, (0, 0))
    assert command(copied_home, "prune").code == 0
    assert not any(orphan.exists() for orphan in orphans)
