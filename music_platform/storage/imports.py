"""What a statement of Python code imports and binds, read from its syntax tree. Nothing is imported here."""

import ast
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, *_COMPREHENSIONS)


class Import(NamedTuple):
    """The source of a name that an import statement binds: a module, or the name `name` of that module."""

    module: str
    name: str = ""


Names = dict[str, tuple[Import, ...]]
"""A bound name -> the imports that bind it; none where something else does."""


def imports_of(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, Import]]:
    """Each name that an import statement of a module in `package` binds, with its source; `*` for a star import."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            yield alias.asname or alias.name, Import(module_of(node, package), alias.name)
        else:
            name = alias.name if alias.asname else alias.name.partition(".")[0]
            yield alias.asname or name, Import(name)


def module_of(node: ast.ImportFrom, package: str) -> str:
    """The absolute name of the module that a `from` import of a module in `package` names."""
    above = package.rsplit(".", node.level - 1)[0] if node.level else ""
    return ".".join(filter(None, (above, node.module)))


def at_run_time(nodes: Iterable[Any]) -> Iterator[Any]:
    """The nodes without docstrings of any kind; of an `if TYPE_CHECKING:`, only what stands under its `else`."""
    for node in nodes:
        if isinstance(node, ast.If) and is_type_checking(node):
            yield from at_run_time(node.orelse)
        elif not (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        ):
            yield node


def is_type_checking(node: ast.If) -> bool:
    """Whether only type checkers enter the body of an `if` statement."""
    name = node.test.attr if isinstance(node.test, ast.Attribute) else getattr(node.test, "id", "")
    return name == "TYPE_CHECKING"


def bound_names(statement: ast.stmt, package: str) -> Names:
    """The names that a statement of a module in `package` binds, outside of functions and classes."""
    bound: Names = {}
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name, source in imports_of(node, package):
                bound[name] = (*bound.get(name, ()), source)
            continue
        for name in _bound_by(node):
            bound.setdefault(name, ())
        if not isinstance(node, _SCOPES):
            waiting.extend(ast.iter_child_nodes(node))
    return bound


def _bound_by(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, _COMPREHENSIONS):
        yield from (part.target.id for part in ast.walk(node) if isinstance(part, ast.NamedExpr))
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler):
        yield from [node.name] if node.name else []
    elif isinstance(node, ast.MatchAs | ast.MatchStar | ast.MatchMapping):
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        yield from [name] if name else []
