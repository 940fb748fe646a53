"""One module as source code: the file that holds it, what its top level defines, and the data files beside it.

Nothing is imported: a module is found below a root folder by its name, and its syntax tree is read.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from music_platform.storage.imports import Import, Names, at_run_time, bound_names, is_type_checking, module_of
from music_platform.storage.syntax import Meaning, decorator_path, meaning

_CODE = frozenset({".py", ".pyc", ".pyi"})
_IMPORTS = (ast.Import, ast.ImportFrom)
_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, *filter(None, [getattr(ast, "TypeAlias", None)]))


@dataclass(frozen=True)
class Module:
    """A module, or a package with its `__init__.py`."""

    name: str
    path: Path
    """The file; it is missing for a package without an `__init__.py`."""
    bound: Names
    """Every name that the top level binds at run time, with the imports that bind it."""
    definitions: dict[str, Meaning]
    """Name -> the top-level statements that define it, and those that change it.

    A function changes a name by `global`, and a function or class by having it as its decorator, which may register
    it.
    """
    effects: Meaning
    """The top-level statements that define nothing, such as calls, loops, conditions and `+=`."""
    imported: frozenset[str]
    """The modules that it may import at run time, in functions too.

    A `from` import may mean a module or a definition, so some of the dotted names are those of definitions.
    """

    @property
    def star_imports(self) -> tuple[Import, ...]:
        """The modules that the top level imports all names from."""
        return self.bound.get("*", ())

    @property
    def data_files(self) -> list[Path]:
        """The files beside the module that bear its name, sorted: `genres.csv` beside `genres.py`."""
        beside = self.path.parent.glob(f"{self.path.stem}.*")
        return sorted(path for path in beside if path.suffix not in _CODE and path.is_file())


def find(root: Path, name: str) -> Path | None:
    """The file of a module below `root`; for a package it is `__init__.py`, even where that is missing."""
    folder = root.joinpath(*name.split("."))
    package, file = folder / "__init__.py", folder.with_name(f"{folder.name}.py")
    found = next(filter(Path.is_file, (package, file)), None)
    return found or (package if folder.is_dir() else None)


def read(name: str, path: Path) -> Module:
    """Read the module `name` from the file that `find` gave.

    Raises:
        SyntaxError: the file is no Python code.
    """
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    tree = ast.parse(path.read_bytes() if path.is_file() else b"", str(path))
    statements = [(each, bound_names(each, package)) for each in at_run_time(tree.body)]
    bound: Names = {}
    for _, names in statements:
        bound |= {each: bound.get(each, ()) + imports for each, imports in names.items()}
    effects = [each for each, _ in statements if not isinstance(each, _IMPORTS) and not _is_definition(each)]
    return Module(
        name,
        path,
        bound,
        {each: meaning(found, package) for each, found in _defining(statements).items()},
        meaning(effects, package),
        frozenset(_imported(tree, package)),
    )


def _defining(statements: list[tuple[ast.stmt, Names]]) -> dict[str, list[ast.stmt]]:
    found: dict[str, list[ast.stmt]] = {}
    for statement, names in statements:
        for name in names if not isinstance(statement, _IMPORTS) else ():
            found.setdefault(name, []).append(statement)
    for statement, _ in statements:
        for decorator in getattr(statement, "decorator_list", []):
            if (name := decorator_path(decorator)[0]) in found:
                found[name].append(statement)
        for inner in _inner_statements(statement):
            for name in inner.names if isinstance(inner, ast.Global) else ():
                found.setdefault(name, []).append(statement)
    return found


def _imported(tree: ast.Module, package: str) -> Iterator[str]:
    for node in _inner_statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = module_of(node, package)
            yield from (module, *(f"{module}.{alias.name}" for alias in node.names))


def _inner_statements(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all statements inside it, without those under `if TYPE_CHECKING:`."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and is_type_checking(node):
            waiting.extend(node.orelse)
            continue
        yield node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting.extend(getattr(node, part, ()))


def _is_definition(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        targets = [part for target in statement.targets for part in _unpacked(target)]
        return all(isinstance(target, ast.Name) for target in targets)
    if isinstance(statement, ast.AnnAssign):
        return isinstance(statement.target, ast.Name)
    return isinstance(statement, _NAMED)


def _unpacked(target: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from _unpacked(part)
    else:
        yield target.value if isinstance(target, ast.Starred) else target
