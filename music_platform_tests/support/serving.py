"""A bento of tiny champions and a running service, one for the whole session, and the means to call a service.

The root `conftest.py` names this module as a plugin, so every test may ask for its fixtures.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from music_platform_tests.support.once import once

if TYPE_CHECKING:
    from music_platform.serving.engine import Engine

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of all champions. Tests read it."""
    from music_platform_tests.support.champions import make_bundle

    return once(tmp_path_factory, "champions", make_bundle) / "bundle"


@pytest.fixture(scope="session")
def engine(bundle: Path) -> "Engine":
    """The bundle in memory."""
    from music_platform.serving.engine import Engine

    return Engine(bundle)


@pytest.fixture(scope="session")
def bento(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bento of the bundle."""
    from music_platform.serving.bundle import build_bento

    home = once(tmp_path_factory, "bentoml", lambda home: build_bento(bundle, home))
    (built,) = (home / "bentos" / "music").glob("*/bento.yaml")
    return built.parent


@pytest.fixture(scope="session")
def service_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the running service."""
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="session")
def service(bento: Path, service_home: Path) -> Iterator[str]:
    """The address of a running service."""
    with serving(bento, service_home) as address:
        yield address


@contextmanager
def serving(
    bento: Path, home: Path, python: str = sys.executable, environment: dict[str, str] | None = None
) -> Iterator[str]:
    """Serve a bento in a process group of its own, with its state in `home`; gives the address once it is ready.

    At the end it is asked to stop, as `music-platform serve` does.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "BENTOML_HOME": str(home / "bentoml"),  # it holds the counters, which a service that starts empties
        "BENTOML_DO_NOT_TRACK": "True",
        "MUSIC_PLATFORM_HOME": str(home),
        **(environment or {}),
    }
    log = home / f"serve-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, "-m", "bentoml", "serve", str(bento), "--port", str(port)],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=variables,
            cwd=home,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process, log)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def processes(address: str) -> list[psutil.Process]:
    """The processes of the service at an address."""
    port = address.rsplit(":", 1)[1]
    first = [process for process in psutil.process_iter(["cmdline"]) if port in (process.info["cmdline"] or [])]
    every = {process.pid: process for one in first for process in [one, *one.children(recursive=True)]}
    return list(every.values())


def megabytes(address: str) -> float:
    """Memory of all of them; pages that they share count once."""
    return sum(process.memory_full_info().pss for process in processes(address)) / 2**20


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if call(address, "/readyz")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the bento is not ready: {log.read_text()[-2000:]}")


def call(
    address: str, path: str, body: Any = None, content_type: str = "application/json", **headers: str
) -> tuple[int, Any, Any]:
    """Status, body and headers of a GET, or of a POST of `body`; bytes are sent as they are."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    given = headers | ({"Content-Type": content_type} if data is not None else {})
    request = urllib.request.Request(address + path, data, given)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status, headers, text = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            status, headers, text = error.code, error.headers, error.read()
    is_json = headers.get("Content-Type", "").startswith("application/json")
    return status, json.loads(text) if is_json else text.decode(), headers
