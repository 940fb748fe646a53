"""Runs the jobs from the command line, in this process, against the instance that the Dagster UI shows; what ran."""

import os
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg

from music_platform.serving.status import Run
from music_platform.settings import Home

_PID = "music_platform/pid"
_SHOWN = 10
_UNDER_WAY = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def run_job(home: Home, name: str, assets: Sequence[str] = ()) -> bool:
    """Execute a job of the code location in process, with progress on the terminal; True when it succeeded.

    With `assets`, only those of its assets, by their keys. The partitioned crawl gets today's partition. The caller has
    set the environment of `home`.
    """
    from music_platform.definitions import defs

    # Dagster's own Pipes client uses what Dagster calls a preview.
    warnings.filterwarnings("ignore", category=dg.PreviewWarning)
    job = defs.resolve_job_def(name)
    steps = len(assets) or len(job.graph.node_dict)
    partition = datetime.now(UTC).date().isoformat() if job.partitions_def else None
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        _fail_orphans(instance, also_launched=False)
        result = job.execute_in_process(
            instance=instance,
            partition_key=partition,
            asset_selection=[dg.AssetKey(key.split("/")) for key in assets] or None,
            run_config={"loggers": {"terminal": {"config": {"steps": steps}}}},
            tags={_PID: str(os.getpid())},
            raise_on_error=False,
        )
        return result.success


def fail_orphans(home: Home) -> None:
    """Mark runs failed whose process is gone; called before the daemon starts, so none of its own is under way.

    A killed run would otherwise count as under way for ever, and with one run at a time no other would start.
    """
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        _fail_orphans(instance, also_launched=True)


def _fail_orphans(instance: dg.DagsterInstance, *, also_launched: bool) -> None:
    for run in instance.get_runs(dg.RunsFilter(statuses=_UNDER_WAY)):
        pid = run.tags.get(_PID)
        if (pid and not _is_alive(int(pid))) or (pid is None and also_launched):
            instance.report_run_failed(run, "The process of this run is gone; the next run completes its work.")


def latest_runs(instance: dg.DagsterInstance) -> list[Run]:
    """The last runs of any job, newest first."""
    return [_run(record) for record in instance.get_run_records(limit=_SHOWN)]


def _run(record: dg.RunRecord) -> Run:
    tags, started, ended = record.dagster_run.tags, record.start_time, record.end_time
    named = [tags[name] for name in ("dagster/sensor_name", "dagster/schedule_name") if name in tags]
    return Run(
        job=record.dagster_run.job_name,
        trigger=(named or ["command line" if _PID in tags else "by hand"])[0],
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
