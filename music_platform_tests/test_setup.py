"""The set-up of a machine: which Python and which torch are taken, and what uv learns of pip's settings."""

import functools
import http.server
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(scope="module")
def environment() -> ModuleType:
    """The script of the set-up as a module."""
    spec = importlib.util.spec_from_file_location("environment", ROOT / ".setup" / "environment.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def interpreter(folder: Path, version: str, code: int = 0) -> str:
    """Put a program `python<version>` into `folder` that answers with its version, or fails with `code`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"python{version}"
    path.write_text(f"#!/bin/sh\necho {version}\nexit {code}\n")
    path.chmod(0o755)
    return str(path)


def test_the_first_interpreter_of_each_version_that_runs_is_found(environment: ModuleType, tmp_path: Path) -> None:
    first, second, pyenv = tmp_path / "first", tmp_path / "second", tmp_path / "pyenv"
    interpreter(first, "3.13", code=127)
    newest = interpreter(pyenv / "versions" / "3.13.0" / "bin", "3.13")
    middle, oldest = interpreter(second, "3.12"), interpreter(first, "3.11")
    interpreter(second, "3.11")
    interpreter(second, "3.14")
    environ = {"PATH": f"{first}{os.pathsep}{second}", "PYENV_ROOT": str(pyenv)}
    assert list(environment.interpreters(environ)) == [newest, middle, oldest]


def test_an_environment_keeps_its_python_unless_another_version_is_wanted(
    environment: ModuleType, tmp_path: Path
) -> None:
    elsewhere, home = tmp_path / "elsewhere", {"PATH": str(tmp_path / "path"), "PYENV_ROOT": str(tmp_path)}
    newest = interpreter(tmp_path / "path", "3.13")
    assert environment.candidates(tmp_path / "env", None, home) == [newest]
    own = tmp_path / "env" / "bin" / "python"
    shutil.move(interpreter(own.parent, "3.12"), own)
    assert environment.candidates(tmp_path / "env", None, home) == [str(own)]
    assert environment.candidates(tmp_path / "env", interpreter(elsewhere, "3.12"), home) == [str(own)]
    other = interpreter(elsewhere, "3.11")
    assert environment.candidates(tmp_path / "env", other, home) == [other]
    assert environment.candidates(tmp_path / "env", interpreter(elsewhere, "3.14"), home) == []


def test_one_line_says_what_to_do_without_a_supported_python(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / ".setup" / "environment.py"), str(tmp_path / "env"), "numpy"],
        env={"PATH": str(tmp_path), "PYENV_ROOT": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "3.13, 3.12, 3.11" in line
    assert "make PYTHON=" in line


def test_supported_versions_are_those_of_the_project(environment: ModuleType) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = {line.rpartition(" ")[2] for line in project["classifiers"] if ":: Python :: 3." in line}
    assert set(environment.SUPPORTED) == named
    assert project["requires-python"] == ">=3.11,<3.14"


def test_a_variable_of_pip_beats_its_files(environment: ModuleType) -> None:
    listing = r"""
:env:.find-links='/variable'
global.extra-index-url='\nhttps://one.example\nhttps://two.example'
global.find-links='/global'
global.index-url='https://global.example'
install.find-links='/install'
install.index-url='https://install.example'
wheel.index-url='https://wheel.example'"""
    assert environment.pip_settings(listing) == {
        "find-links": "/variable",
        "index-url": "https://install.example",
        "extra-index-url": "\nhttps://one.example\nhttps://two.example",
    }


def test_uv_gets_the_places_of_pip(environment: ModuleType, tmp_path: Path) -> None:
    pip = {
        "index-url": "https://main.example",
        "extra-index-url": "\nhttps://one.example\nhttps://two.example",
        "find-links": f"{tmp_path} /nowhere https://wheels.example",
        "timeout": "60",
    }
    places = environment.uv_settings(pip, environment.PLACES, {})
    assert places == {
        "UV_DEFAULT_INDEX": "https://main.example",
        "UV_INDEX": "https://one.example https://two.example",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": f"{tmp_path},https://wheels.example",
    }
    assert environment.uv_settings(pip, environment.CONNECTION, {}) == {"UV_HTTP_TIMEOUT": "60"}
    assert environment.uv_settings({"find-links": "/nowhere"}, environment.PLACES, {}) == {}


def test_a_variable_of_uv_beats_the_setting_of_pip(environment: ModuleType) -> None:
    pip = {"index-url": "https://pip.example", "constraint": "/pip.txt"}
    given = {"UV_DEFAULT_INDEX": "https://uv.example"}
    assert environment.uv_settings(pip, environment.PLACES, given) == {"UV_CONSTRAINT": "/pip.txt"}


@pytest.mark.parametrize(
    ("index", "find_links", "names"),
    [
        (None, [], ["https://download.pytorch.org/whl/cpu"]),
        (None, ["/wheels"], ["find-links", "https://download.pytorch.org/whl/cpu"]),
        ("https://mirror.example", ["/wheels"], ["https://mirror.example"]),
        ("/folder", ["/wheels"], ["/folder"]),
    ],
)
def test_torch_is_looked_for_in_order(
    environment: ModuleType, index: str | None, find_links: list[str], names: list[str]
) -> None:
    sources = environment.torch_sources(index, find_links)
    assert [source.name for source in sources] == names
    assert [source.requirement.endswith("+cpu") for source in sources] == [name == "find-links" for name in names]


def test_the_newest_python_with_a_build_of_torch_is_chosen(environment: ModuleType) -> None:
    folder, online = environment.torch_sources(None, ["/wheels"])
    asked = []

    def ask(python: str, source: tuple) -> int:
        asked.append((python, source.name))
        return 2 if source is online else int(python != "python3.11")

    pythons = ["python3.13", "python3.12", "python3.11"]
    assert environment.choose(pythons, [folder, online], ask) == ("python3.11", folder)
    assert [python for python, name in asked if name == folder.name] == pythons
    assert [python for python, name in asked if name == online.name] == ["python3.13"]


def test_without_a_build_of_torch_the_newest_python_is_chosen(environment: ModuleType) -> None:
    (online,) = environment.torch_sources(None, [])
    pythons = ["python3.13", "python3.12"]
    python, problem = environment.choose(pythons, [online], lambda *_: 2)
    assert (python, problem) == ("python3.13", f"{online.name} can't be reached")
    assert "has no torch==" in environment.choose(pythons, [online], lambda *_: 1)[1]


def wheel(folder: Path, name: str, version: str, requires: str = "") -> None:
    """Write a wheel without any module."""
    folder.mkdir(parents=True, exist_ok=True)
    about = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as file:
        file.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}\n")
        file.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{about}/RECORD", "")


@pytest.fixture(scope="module")
def uv_folder(environment: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with pip and uv, as the set-up makes it, without the network."""
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if uv is None:
        pytest.skip("uv is not installed here: `make .venv/dev` installs it")
    folder = tmp_path_factory.mktemp("uv")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    (folder / "bin" / "uv").symlink_to(uv)
    version = environment.pinned("uv").replace("==", "-")
    (folder / "lib" / f"python{PYTHON}" / "site-packages" / f"{version}.dist-info").mkdir()
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """Address of a package index that has no package."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/empty"
        server.shutdown()


@pytest.fixture
def setup(
    environment: ModuleType, uv_folder: Path, index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ModuleType:
    """The script on a machine whose packages lie in a folder: `app`, and torch as PyPI has it."""
    wheel(tmp_path / "pypi", "app", "1.0", "Requires-Dist: torch==2.13.0\n")
    wheel(tmp_path / "pypi", "torch", "2.13.0")
    for name in [name for name in os.environ if name.startswith(("UV_", "PIP_", "MUSIC_PLATFORM_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", index)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "pypi"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(environment, "Uv", functools.partial(environment.Uv, folder=uv_folder))
    return environment


def installed(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("lib/python*/site-packages/*.dist-info")}


@pytest.fixture
def refusing() -> Iterator[str]:
    """Address of a package index whose port refuses connections."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{closed.getsockname()[1]}/simple"


def test_the_cpu_build_of_a_folder_is_installed(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    wheel(tmp_path / "cpu", "torch", "2.13.0+cpu")
    monkeypatch.setenv("MUSIC_PLATFORM_TORCH_INDEX", str(tmp_path / "cpu"))
    setup.main([str(tmp_path / "env"), "--python", sys.executable, "--torch", "app"])
    assert installed(tmp_path / "env") == {"app-1.0", "torch-2.13.0+cpu"}
    assert capsys.readouterr().out == f"{tmp_path / 'env'}: Python {PYTHON}, {sys.executable}\n"


def test_the_cpu_build_of_find_links_is_preferred(setup: ModuleType, tmp_path: Path) -> None:
    wheel(tmp_path / "pypi", "torch", "2.13.0+cpu")
    setup.main([str(tmp_path / "env"), "--python", sys.executable, "--torch", "app"])
    assert installed(tmp_path / "env") == {"app-1.0", "torch-2.13.0+cpu"}


@pytest.mark.parametrize(("address", "problem"), [("refusing", "can't be reached"), ("index", "has no torch==2.13.0")])
def test_without_a_cpu_build_one_line_says_what_follows(
    setup: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    request: pytest.FixtureRequest,
    address: str,
    problem: str,
) -> None:
    address = request.getfixturevalue(address)
    monkeypatch.setenv("MUSIC_PLATFORM_TORCH_INDEX", address)
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "pypi"))  # no CPU build: it counts after the index alone
    setup.main([str(tmp_path / "env"), "--python", sys.executable, "--torch", "app"])
    assert installed(tmp_path / "env") == {"app-1.0", "torch-2.13.0"}
    _, line = capsys.readouterr().out.splitlines()
    assert line.startswith(f"torch: {address} {problem}")
    assert "CUDA" in line
    assert "MUSIC_PLATFORM_TORCH_INDEX=" in line
    monkeypatch.delenv("MUSIC_PLATFORM_TORCH_INDEX")
    setup.main([str(tmp_path / "env"), "--torch", "app"])
    assert capsys.readouterr().out == ""


def test_every_installed_package_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = {line.lower().replace("_", "-") for line in lines if not line.startswith("#")}
    ours = {"music-platform", "pip", "setuptools"}  # the last two come with a virtual environment
    here = {(found.name.lower().replace("_", "-"), found.version.partition("+")[0]) for found in distributions()}
    assert {f"{name}=={version}" for name, version in here if name not in ours} <= pins


def test_without_npm_one_line_says_what_is_skipped(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(shutil.which("make")), "--always-make", "music_platform_tests/node_modules/ready"],
        env={"PATH": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "npm is not installed, so the tests of accessibility are skipped.\n"
