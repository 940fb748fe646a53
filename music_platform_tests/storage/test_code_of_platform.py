"""The version of this platform's own code: docstrings change nothing anywhere, and every import of ours is followed."""

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from music_platform.storage import code
from music_platform.storage.code import DECLARATIONS, Codebase, code_version

ROOT = Path(code.__file__).resolve().parents[2]
PACKAGES = ("music_platform", "bentos")
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}
SCRIPT = """
import json, sys
from music_platform.storage.code import code_version
print(json.dumps({module: code_version(module) for module in sys.argv[1:]}))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the source code, to change."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def versions(root: Path) -> dict[str, str]:
    """The versions of all modules, from another process, which runs the code below `root`."""
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "random"}
    command = [sys.executable, "-c", SCRIPT, *MODULES]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def documented(source: str) -> str:
    """The source with one more docstring and one more comment in every function and class."""
    lines = source.splitlines()
    definitions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    for node in sorted(definitions, key=lambda node: -node.lineno):
        first = node.body[0]
        start = min([first.lineno, *(decorator.lineno for decorator in getattr(first, "decorator_list", []))])
        if start > node.lineno:
            lines.insert(start - 1, " " * first.col_offset + '"""One more sentence."""  # A remark.')
    return "\n".join([*lines, ""])


def test_more_docstrings_in_every_module_change_no_version(copy):
    before = {module: code_version(module) for module in MODULES}
    assert len(set(before.values())) > len(before) / 2
    for module in MODULES.values():
        path = copy / module.relative_to(ROOT)
        path.write_text(documented(path.read_text("utf-8")), "utf-8")
    assert "One more sentence" in (copy / "music_platform" / "schema.py").read_text("utf-8")
    assert versions(copy) == before


def test_a_changed_rule_changes_the_versions_of_what_uses_it_alone(copy):
    path = copy / "music_platform" / "features" / "text.py"
    path.write_text(path.read_text("utf-8") + "\n\ndef normalise(text: str) -> str:\n    return text\n", "utf-8")
    before, after = (Codebase(root, PACKAGES, DECLARATIONS) for root in (ROOT, copy))
    changed = {module for module in MODULES if before.version(module) != after.version(module)}
    assert {"music_platform.features.text", "music_platform.features.songs"} <= changed
    assert not changed & {"music_platform.settings", "music_platform.models.crossfit", "music_platform.tables"}


def imports_that_run(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Module and name of each import of ours whose name code reads at run time, found without the code under test."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        if isinstance(node, ast.arg | ast.AnnAssign):
            node.annotation = ast.Constant(None)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in PACKAGES:
            yield from ((node.module, alias.name) for alias in node.names if (alias.asname or alias.name) in read)


def test_every_import_of_ours_leads_to_the_definition_that_it_names():
    platform = Codebase(ROOT, PACKAGES, DECLARATIONS)
    lost = []
    for module, path in MODULES.items():
        reached = platform.reached(module)
        names, modules = {(each.module, each.name) for each in reached}, {each.module for each in reached}
        for source, name in imports_that_run(ast.parse(path.read_text("utf-8"))):
            if (source, name) not in names and f"{source}.{name}" not in modules:
                lost.append(f"{module}: {name} of {source}")
    assert lost == []
