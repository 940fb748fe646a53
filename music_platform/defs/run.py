"""Runs the jobs from the command line, in this process, against the instance that the Dagster UI shows."""

import warnings
from datetime import UTC, datetime

import dagster as dg

from music_platform.settings import Home


def run_job(home: Home, name: str, *, tags: dict[str, str] | None = None) -> bool:
    """Execute a job of the code location in process, with progress on the terminal; True when it succeeded.

    The partitioned crawl gets today's partition. The caller has set the environment of `home`.
    """
    from music_platform.definitions import defs

    # Dagster's own Pipes client uses what Dagster calls a preview.
    warnings.filterwarnings("ignore", category=dg.PreviewWarning)
    job = defs.resolve_job_def(name)
    steps = len(job.graph.node_dict)
    partition = datetime.now(UTC).date().isoformat() if job.partitions_def else None
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        result = job.execute_in_process(
            instance=instance,
            partition_key=partition,
            run_config={"loggers": {"terminal": {"config": {"steps": steps}}}},
            tags=tags or {},
            raise_on_error=False,
        )
        return result.success
