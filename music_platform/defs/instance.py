"""The Dagster instance of a home: its configuration, its run history, and the runs whose process is gone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import dagster as dg

from music_platform.serving.status import Run
from music_platform.storage.files import replacing
from music_platform.storage.home import Home

PID = "music_platform/pid"
"""The tag of a run from the command line; its value is the process that executes the run."""

_YAML = """\
telemetry: {enabled: false}
nux: {enabled: false}
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
  config: {max_concurrent_runs: 1}
run_monitoring: {enabled: true, max_runtime_seconds: 21600}
"""
_SHOWN = 10
_UNDER_WAY = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


@contextmanager
def opened(home: Home) -> Iterator[dg.DagsterInstance]:
    """The instance that the command line, Dagster's UI and its daemon share; a new home gets its `dagster.yaml`."""
    configuration = home.dagster / "dagster.yaml"
    if not configuration.exists():
        with replacing(configuration) as temporary:
            temporary.write_text(_YAML, "utf-8")
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        yield instance


def fail_orphans(instance: dg.DagsterInstance, *, launched: bool) -> None:
    """Mark the runs failed whose process is gone.

    A killed run would otherwise count as under way for ever, and with one run at a time no other would start.

    Args:
        instance: the instance that keeps the runs.
        launched: whether to mark the runs too that a daemon launched, which name no process. Only before a daemon
            starts is it certain that none of them goes on.
    """
    for run in instance.get_runs(dg.RunsFilter(statuses=_UNDER_WAY)):
        pid = run.tags.get(PID)
        if (pid and not _is_alive(int(pid))) or (pid is None and launched):
            instance.report_run_failed(run, "The process of this run is gone. The next run completes its work.")


def latest_runs(instance: dg.DagsterInstance) -> list[Run]:
    """The last runs of any job that ended, newest first, as the service's page shows them."""
    ended = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    )
    return [_run(record) for record in instance.get_run_records(ended, limit=_SHOWN)]


def _run(record: dg.RunRecord) -> Run:
    tags, started, ended = record.dagster_run.tags, record.start_time, record.end_time
    named = [tags[name] for name in ("dagster/sensor_name", "dagster/schedule_name") if name in tags]
    return Run(
        job=record.dagster_run.job_name,
        trigger=(named or ["command line" if PID in tags else "by hand"])[0],
        status=record.dagster_run.status.value.lower(),
        started_at=datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds") if started else None,
        seconds=round(ended - started, 1) if started and ended else None,
    )


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
