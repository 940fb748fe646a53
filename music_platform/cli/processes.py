"""The long-running programs (service, Dagster UI, daemon), which start and end together."""

import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from music_platform.errors import InputError
from music_platform.settings import LOOPBACK, variable
from music_platform.storage.home import Home

_WORKSPACE = Path(__file__).resolve().parents[2] / "workspace.yaml"
_GRACE = 15.0


@dataclass(frozen=True)
class Program:
    """A program to keep running: its name in messages, its argument list and its environment."""

    name: str
    command: list[str]
    environment: dict[str, str]


def service_process(home: Home, port: int, host: str = LOOPBACK, workers: int | None = None) -> Program:
    """The service of the latest bento, in `workers` processes; their number comes from the environment if None.

    Raises:
        InputError: no bento was built yet.
    """
    from music_platform.serving.release import latest_bento

    bento = latest_bento(home)
    if bento is None:
        raise InputError(f"{home.root}: no bento was built in this home; run `music-platform run` first")
    command = [sys.executable, "-m", "bentoml", "serve", str(bento), "--host", host, "--port", str(port)]
    given = {variable("workers"): str(workers)} if workers else {}
    return Program("service", command, home.environment() | given)


def dagster_processes(home: Home, port: int) -> list[Program]:
    """The Dagster UI on loopback, and the daemon that runs sensors, schedules and queued runs."""
    where = ["-w", str(_WORKSPACE)]
    bin_folder = Path(sys.executable).parent
    ui = [str(bin_folder / "dagster-webserver"), *where, "--host", LOOPBACK, "--port", str(port)]
    daemon = [str(bin_folder / "dagster-daemon"), "run", *where]
    return [
        Program("Dagster UI", ui, home.environment()),
        Program("Dagster daemon", daemon, home.environment()),
    ]


def supervise(programs: list[Program]) -> int:
    """Run programs until Ctrl-C or SIGTERM (0), or until one of them ends by itself (1); then end them all."""
    stop = False

    def request_stop(_signal: int, _frame: object) -> None:
        nonlocal stop
        stop = True

    previous = {number: signal.signal(number, request_stop) for number in (signal.SIGINT, signal.SIGTERM)}
    running: list[tuple[Program, subprocess.Popen]] = []
    try:
        for program in programs:
            process = subprocess.Popen(program.command, env=program.environment, start_new_session=True)
            running.append((program, process))
        while not stop:
            for program, process in running:
                if process.poll() is not None:
                    print(f"{program.name} ended with code {process.returncode}", file=sys.stderr)
                    return 1
            time.sleep(0.2)
        return 0
    finally:
        for _, process in running:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + _GRACE
        for _, process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for number, handler in previous.items():
            signal.signal(number, handler)
