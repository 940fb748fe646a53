"""Runs the jobs from the command line, in this process, against the instance that the Dagster UI shows."""

import os
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg

from music_platform.settings import Home

_PID = "music_platform/pid"
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


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
