"""Make a virtual environment of the project: choose its Python, and let uv install into it.

    python3 .setup/environment.py FOLDER [--python PYTHON] [--torch] ARGUMENTS OF `uv pip install`...

An environment that is there keeps its Python. Any Python 3 can run this script, so it imports nothing but the standard
library and has no syntax newer than Python 3.9. Put the way packages get onto a machine here, which ones into
pyproject.toml, and their versions into constraints.txt.
"""

from __future__ import annotations

import argparse
import ast
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
CONSTRAINTS = HERE.parent / "constraints.txt"
SUPPORTED = ("3.13", "3.12", "3.11")
"""The versions of Python that the project runs on, newest first; `classifiers` in pyproject.toml names them too."""
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PLACES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "constraint": "UV_CONSTRAINT",
}
"""pip's settings that name where packages come from -> uv's variables for the same."""
CONNECTION = {
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "trusted-host": "UV_INSECURE_HOST",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
}
"""pip's settings that say how to connect to a server -> uv's variables for the same."""


class Source(NamedTuple):
    """A place where torch may be found."""

    name: str
    arguments: tuple[str, ...]
    """Arguments of uv that name this place and no other."""
    requirement: str


def pinned(package: str) -> str:
    """`package==version` from constraints.txt."""
    lines = CONSTRAINTS.read_text("utf-8").splitlines()
    return next(line for line in lines if line.startswith(f"{package}=="))


def version_of(python: str | Path) -> str | None:
    """The version of an interpreter, such as `3.12`; None if it can't run, as a shim of pyenv, or can't make a venv."""
    code = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def interpreters(environ: Mapping[str, str]) -> Iterator[str]:
    """One interpreter of each supported version, newest first: the first on PATH, else one of pyenv's."""
    pyenv = Path(environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for version in SUPPORTED:
        folders = [*environ.get("PATH", "").split(os.pathsep), *sorted(map(str, pyenv.glob(f"{version}.*/bin")))]
        paths = (f"{folder}/python{version}" for folder in folders if folder)
        yield from [path for path in paths if version_of(path) == version][:1]


def candidates(folder: Path, wanted: str | None, environ: Mapping[str, str]) -> list[str]:
    """The interpreters to choose from, newest first; empty if the machine has none that is supported.

    The environment in `folder` keeps its interpreter unless one of another version is wanted.
    """
    own = str(folder / "bin" / "python")
    version = version_of(wanted or own)
    if version not in SUPPORTED:
        return [] if wanted else list(interpreters(environ))
    return [own if wanted is None or version_of(own) == version else wanted]


def pip_settings(listing: str) -> dict[str, str]:
    """The settings of `pip install` in what `pip config list` prints; a variable beats [install] and that [global]."""
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listing.splitlines():
        name, _, value = line.partition("=")
        section, _, key = name.rpartition(".")
        if section in sections:
            sections[section][key] = str(ast.literal_eval(value))
    return {key: value for section in sections.values() for key, value in section.items()}


def uv_settings(pip: Mapping[str, str], names: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Settings of pip as variables of uv, without those that `environ` has already.

    With more than one index uv then does as pip does: it takes a version from any of them. A folder of find-links that
    does not exist is left out, since pip passes over it and uv stops.
    """
    found = {names[key]: value.split() for key, value in pip.items() if key in names}
    if "UV_INDEX" in found:
        found["UV_INDEX_STRATEGY"] = ["unsafe-best-match"]
    links = found.pop("UV_FIND_LINKS", [])
    settings = {name: " ".join(values) for name, values in found.items()}
    settings["UV_FIND_LINKS"] = ",".join(link for link in links if "://" in link or Path(link).exists())
    return {name: value for name, value in settings.items() if value and name not in environ}


def torch_sources(index: str | None, find_links: Sequence[str]) -> list[Source]:
    """Where to look for a CPU build of torch, in this order: `index` alone, or `find_links` and then CPU_INDEX.

    Args:
        index: MUSIC_PLATFORM_TORCH_INDEX, a URL or a folder of wheels, if it is set.
        find_links: the folders and pages of wheels that this machine names for pip or uv.
    """
    torch = pinned("torch")
    if index and "://" not in index:
        return [Source(index, ("--no-index", "--find-links", index), torch)]
    online = Source(index or CPU_INDEX, ("--default-index", index or CPU_INDEX), torch)
    if index or not find_links:
        return [online]
    folders = (argument for link in find_links for argument in ("--find-links", link))
    return [Source("find-links", ("--no-index", *folders), f"{torch}+cpu"), online]


def choose(
    pythons: Sequence[str], sources: Sequence[Source], ask: Callable[[str, Source], int]
) -> tuple[str, Source | str]:
    """The newest Python that a source has torch for, and the source; if there is none, the newest and the reason.

    Args:
        pythons: interpreters, newest first; at least one.
        sources: in the order to ask them; at least one.
        ask: gives uv's exit code: 0 if the source has torch for the Python, 1 if it has not, another one if it can't be
            reached. Such a source is asked once.
    """
    unreachable: set[Source] = set()
    for python in pythons:
        for source in sources:
            code = 1 if source in unreachable else ask(python, source)
            if code == 0:
                return python, source
            if code != 1:
                unreachable.add(source)
    last = sources[-1]
    problem = "can't be reached" if last in unreachable else f"has no {last.requirement} for the Python that is here"
    return pythons[0], f"{last.name} {problem}"


class Uv:
    """The pinned uv, in a virtual environment of its own, with the settings that pip has on this machine."""

    def __init__(self, python: str, folder: Path = HERE / "uv") -> None:
        """Let pip install uv into `folder`, unless it is there."""
        self._bin = folder / "bin"
        version = pinned("uv").partition("==")[2]
        there = any(folder.glob(f"lib/python*/site-packages/uv-{version}.dist-info"))
        if not there or version_of(self._bin / "python") is None:
            subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
            self._pip("install", "--quiet", "--disable-pip-version-check", pinned("uv"))
        pip = pip_settings(self._pip("config", "list"))
        connected = {**os.environ, **uv_settings(pip, CONNECTION, os.environ)}
        self._here = {**connected, **uv_settings(pip, PLACES, os.environ)}
        self._alone = {name: value for name, value in connected.items() if name not in PLACES.values()}
        self.find_links = [link for link in self._here.get("UV_FIND_LINKS", "").split(",") if link]

    def _pip(self, *arguments: str) -> str:
        command = [str(self._bin / "python"), "-m", "pip", *arguments]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout

    def __call__(self, *arguments: str, source: Source | None = None) -> None:
        """Run uv, which takes packages from `source` alone, or from where this machine's settings say."""
        command = [str(self._bin / "uv"), "--quiet", *arguments, *(source.arguments if source else ())]
        subprocess.run(command, env=self._alone if source else self._here, check=True)

    def look(self, python: str, source: Source) -> int:
        """The exit code of uv after it looked for torch in `source`, which has ten seconds to answer."""
        command = [str(self._bin / "uv"), "pip", "compile", "-", "--no-deps", "--python", python, *source.arguments]
        environ = {**self._alone, "UV_HTTP_RETRIES": "1", "UV_HTTP_TIMEOUT": "10"}
        done = subprocess.run(
            command, input=source.requirement, text=True, capture_output=True, env=environ, check=False
        )
        return done.returncode


def main(arguments: Sequence[str]) -> None:
    """Make or complete a virtual environment; what can't be done ends with one line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", help="an interpreter, instead of the newest on this machine")
    parser.add_argument("--torch", action="store_true", help="install a CPU build of torch first, if there is one")
    options, packages = parser.parse_known_args(arguments)
    pythons = candidates(options.folder, options.python, os.environ)
    if not pythons:
        sys.exit(
            f"{options.python or 'python'}: Python {', '.join(SUPPORTED)} with its module venv is needed; install one "
            "(on Debian also python3-venv), and if it isn't on PATH name it: make PYTHON=/path/to/python3.13 run"
        )
    uv = Uv(pythons[0])
    python, source = pythons[0], None
    torch = pinned("torch").replace("==", "-")
    if options.torch and not any(options.folder.glob(f"lib/python*/site-packages/{torch}*.dist-info")):
        sources = torch_sources(os.environ.get("MUSIC_PLATFORM_TORCH_INDEX"), uv.find_links)
        python, source = choose(pythons, sources, uv.look)
    own = str(options.folder / "bin" / "python")
    if python != own:
        print(f"{options.folder}: Python {version_of(python)}, {python}")
        uv("venv", "--clear", "--python", python, str(options.folder))
    if isinstance(source, Source):
        uv("pip", "install", "--no-deps", "--python", own, source.requirement, source=source)
    elif source:
        print(
            f"torch: {source}, so PyPI's build is installed, which on Linux holds CUDA and is several GB larger; "
            "MUSIC_PLATFORM_TORCH_INDEX=URL or FOLDER names another index, or a folder of wheels"
        )
    uv("pip", "install", "--python", own, *packages)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
