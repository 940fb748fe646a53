"""What code an output was made by: a hash over a module and everything of ours that it imports."""

import ast
import hashlib
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGE = "music_platform"


@cache
def _source(module: str) -> Path | None:
    path = _ROOT.joinpath(*module.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


@cache
def _imports(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(name for name in found if name.split(".")[0] == _PACKAGE)


@cache
def sources(*modules: str) -> frozenset[Path]:
    """The source files of `modules` and of every module of this package they import, directly or not.

    Data files that bear the name of one of them (`genres.csv` beside `genres.py`) are among them.
    """
    files: set[Path] = set()
    waiting = list(modules)
    while waiting:
        path = _source(waiting.pop())
        if path is None or path in files:
            continue
        files.add(path)
        waiting.extend(_imports(path))
    beside = {data for file in files for data in file.parent.glob(f"{file.stem}.*") if data.suffix != ".pyc"}
    return frozenset(files | beside)


@cache
def code_version(*modules: str) -> str:
    """A 16-digit hash of all `sources` of `modules`."""
    digest = hashlib.sha256()
    for file in sorted(sources(*modules)):
        digest.update(str(file.relative_to(_ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
