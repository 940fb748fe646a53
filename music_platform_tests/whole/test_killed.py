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
from music_platform.jobs import run_job
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry
from music_platform.tasks import TASKS

pytestmark = pytest.mark.slow

TASK = "topic"
KILLED_IN_TRAINING = """
import os, signal, sys
from pathlib import Path
from music_platform.jobs import run_job
from music_platform.models.predictions import Predictions
from music_platform.storage.home import Home

def killed(predictions: Predictions, path: Path) -> None:
    path.write_bytes(b"half a file")
    os.kill(os.getpid(), signal.SIGKILL)

Predictions.save = killed
run_job(Home.at(sys.argv[1]), "platform", {"budget": 0.0})
"""


def forget(home: Home, task: str) -> None:
    """Remove all artifacts of a task and their promotions."""
    shutil.rmtree(home.artifacts / task)
    promotions = home.artifacts / "promotions.jsonl"
    lines = [line for line in promotions.read_text().splitlines() if json.loads(line)["task"] != task]
    promotions.write_text("".join(f"{line}\n" for line in lines))


def test_killed_in_the_middle_of_training_the_next_run_completes(copied_home, command):
    registry = Registry(copied_home.artifacts)
    before = {task: registry.champion(task).id for task in TASKS}
    forget(copied_home, TASK)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_IN_TRAINING, str(copied_home.root)],
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert all((folder / "manifest.json").exists() for folder in copied_home.artifacts.glob("*/*/[0-9a-f]*/"))
    assert registry.champion(TASK) is None
    assert run_job(copied_home, "platform", {"budget": 0.0})
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
