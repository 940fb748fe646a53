"""The long-running programs: what they start with, and that they end together."""

import os
import signal
import subprocess
import sys

import pytest

from music_platform.cli.processes import Program, dagster_processes, service_process, supervise
from music_platform.errors import InputError
from music_platform.storage.home import Home

SLEEPS = "import time; time.sleep(600)"
SUPERVISES = """
import os, signal, sys
from music_platform.cli.processes import Program, supervise

before = signal.getsignal(signal.SIGINT)
code = supervise([Program("a program", [sys.executable, "-c", sys.argv[1]], dict(os.environ))] * 2)
print(f"ended with {code}, handlers as before: {signal.getsignal(signal.SIGINT) is before}")
"""


@pytest.fixture
def home(tmp_path):
    home = Home.at(tmp_path / "home")
    home.prepare()
    return home


def program(code: str) -> Program:
    return Program("a program", [sys.executable, "-c", code], dict(os.environ))


@pytest.fixture
def started(monkeypatch):
    """The processes that `supervise` starts."""
    real, processes = subprocess.Popen, []
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: processes.append(real(*a, **k)) or processes[-1])
    return processes


def test_a_program_that_ends_ends_the_others(started, capsys):
    assert supervise([program(SLEEPS), program("raise SystemExit(3)")]) == 1
    assert "a program ended with code 3" in capsys.readouterr().err
    assert [process.poll() for process in started] == [-signal.SIGTERM, 3]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_end_all(number):
    says_its_id = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISES, says_its_id], stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout
    with supervisor:
        ids = [int(supervisor.stdout.readline()) for _ in range(2)]
        supervisor.send_signal(number)
        assert supervisor.stdout.read() == "ended with 0, handlers as before: True\n"
    for i in ids:
        with pytest.raises(ProcessLookupError):
            os.kill(i, 0)


def test_the_service_runs_the_latest_bento_in_as_many_processes_as_asked(home):
    with pytest.raises(InputError, match="music-platform run"):
        service_process(home, 8000)
    bento = home.bentoml / "bentos" / "music" / "1f"
    bento.mkdir(parents=True)
    (bento / "bento.yaml").touch()
    (home.bentoml / "latest.json").write_text('{"fingerprint": "", "version": "1f"}')
    service = service_process(home, 8000, "127.0.0.1", workers=3)
    assert str(bento) in service.command
    assert service.environment["MUSIC_PLATFORM_WORKERS"] == "3"
    assert service.environment["MUSIC_PLATFORM_HOME"] == str(home.root)
    assert "MUSIC_PLATFORM_WORKERS" not in service_process(home, 8000).environment


def test_the_ui_and_the_daemon_work_on_the_home(home):
    for process in dagster_processes(home, 3000):
        assert process.environment["DAGSTER_HOME"] == str(home.dagster)
        assert process.environment["MUSIC_PLATFORM_HOME"] == str(home.root)
