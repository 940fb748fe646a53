"""Runs a job from the command line: in this process, against the instance that Dagster's UI shows."""

import os
import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from pydantic import SecretStr

from music_platform.defs.instance import PID, fail_orphans, opened
from music_platform.settings import Settings, variable
from music_platform.storage.home import Home


def run_job(home: Home, name: str, given: Mapping[str, Any] | None = None, assets: Sequence[dg.AssetKey] = ()) -> bool:
    """Execute a job of the code location, with progress on the terminal; True when it succeeded.

    The partitioned crawl gets today's partition.

    Args:
        home: where everything is read and written.
        name: the job.
        given: the fields of `Settings` whose values this run sets itself. The run's configuration shows them in
            Dagster's UI, and a re-execution repeats them.
        assets: the assets of the job to make; all of them if empty.
    """
    from music_platform.definitions import defs

    # Dagster's own Pipes client uses a part that Dagster calls a preview.
    warnings.filterwarnings("ignore", category=dg.PreviewWarning)
    job = defs.resolve_job_def(name)
    with opened(home) as instance:
        fail_orphans(instance, launched=False)
        result = job.execute_in_process(
            instance=instance,
            partition_key=datetime.now(UTC).date().isoformat() if job.partitions_def else None,
            asset_selection=list(assets) or None,
            run_config=configuration(home, given or {}, steps=len(assets) or len(job.graph.node_dict)),
            tags={PID: str(os.getpid())},
            raise_on_error=False,
        )
        return result.success


def configuration(home: Home, given: Mapping[str, Any], steps: int) -> dict[str, Any]:
    """The run configuration: the home, the settings of this run, and the length of the progress bar.

    Raises:
        ValueError: a secret is among the settings. Dagster keeps a run's configuration in clear text, so a secret comes
            from the environment alone.
    """
    if secrets := [name for name in given if Settings.model_fields[name].annotation is SecretStr]:
        raise ValueError(f"{secrets[0]}: a secret can't be given to a run; set {variable(secrets[0])} instead")
    return {
        "resources": {
            "home": {"config": {"root": str(home.root)}},
            "settings": {"config": {"given": dict(given)}},
        },
        "loggers": {"terminal": {"config": {"steps": steps}}},
    }
