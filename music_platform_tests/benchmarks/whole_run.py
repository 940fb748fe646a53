"""How long a first and a second run take, how much memory, and how fast things start.

    python -m music_platform_tests.benchmarks.whole_run [--data DIR]

Times are of this machine and of what else it does; read the ratios.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from music_platform.storage.home import Home

STARTS = 5


def measured(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Wall seconds of a command, and the peak memory in MB of the largest process it ran.

    Raises:
        RuntimeError: the command failed.
    """
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        if process.returncode:
            raise RuntimeError(f"{command} ended with {process.returncode}: {said.read().decode()[-500:]}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def best(repeat: Callable[[], tuple[float, float]], times: int) -> tuple[float, float]:
    """The fastest of several measurements: the one that the rest of the machine disturbed least."""
    return min(repeat() for _ in range(times))


def main(
    data: Annotated[Path | None, typer.Option(help="Folder for `run --data`; the sample otherwise.")] = None,
) -> None:
    """Measure and print."""
    table = Table("what", "seconds", "peak MB")
    program = [sys.executable, "-m", "music_platform.cli"]
    with tempfile.TemporaryDirectory() as folder:
        home = Home.at(Path(folder) / "home")
        run = [*program, "run", "--home", str(home.root), *(["--data", str(data)] if data else [])]
        rows = {
            "first run": lambda: measured(run, home.environment()),
            "second run, nothing new": lambda: measured(run, home.environment()),
            "loading the code location": lambda: best(
                lambda: measured([sys.executable, "-c", "import music_platform.definitions"], home.environment()),
                STARTS,
            ),
            "music-platform --help": lambda: best(lambda: measured([*program, "--help"], home.environment()), STARTS),
        }
        for what, measure in rows.items():
            seconds, memory = measure()
            table.add_row(what, f"{seconds:.1f}", f"{memory:,.0f}")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
