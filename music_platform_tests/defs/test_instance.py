"""The Dagster instance of a home, and the runs whose process is gone."""

import os
import subprocess
import sys

import dagster as dg
import pytest

from music_platform.defs.instance import PID, fail_orphans, latest_runs, opened
from music_platform.storage.home import Home

STARTED, FAILURE = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE


@pytest.fixture
def home(tmp_path):
    home = Home.at(tmp_path / "home")
    home.prepare()
    return home


@pytest.fixture
def gone() -> int:
    """The id of a process that ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@dg.op
def nothing() -> None:
    """Do nothing."""


@dg.job
def idle() -> None:
    """Do nothing."""
    nothing()


def under_way(instance: dg.DagsterInstance, **tags: str) -> str:
    return instance.create_run_for_job(idle, status=STARTED, tags=tags).run_id


def test_a_new_home_gets_its_configuration_and_a_changed_one_keeps_it(home):
    with opened(home) as instance:
        assert instance.root_directory == str(home.dagster)
        assert not instance.telemetry_enabled
        assert instance.run_coordinator.__class__.__name__ == "QueuedRunCoordinator"
    (home.dagster / "dagster.yaml").write_text("telemetry: {enabled: true}\n")
    with opened(home) as instance:
        assert instance.telemetry_enabled


@pytest.mark.parametrize(("launched", "failed"), [(False, {"gone"}), (True, {"gone", "launched"})])
def test_runs_fail_whose_process_is_gone(home, gone, launched, failed):
    with opened(home) as instance:
        runs = {
            "gone": under_way(instance, **{PID: str(gone)}),
            "alive": under_way(instance, **{PID: str(os.getpid())}),
            "launched": under_way(instance),
        }
        fail_orphans(instance, launched=launched)
        found = {name: instance.get_run_by_id(run).status for name, run in runs.items()}
    assert {name for name, status in found.items() if status is FAILURE} == failed


def test_the_history_names_the_trigger_of_a_run(home):
    with opened(home) as instance:
        under_way(instance)
        under_way(instance, **{"dagster/sensor_name": "landed_tracks"})
        under_way(instance, **{PID: "1"})
        assert latest_runs(instance) == []  # one that is under way has no end yet to show
        for run in instance.get_runs():
            instance.report_run_failed(run)
        assert [run.trigger for run in latest_runs(instance)] == ["command line", "landed_tracks", "by hand"]
