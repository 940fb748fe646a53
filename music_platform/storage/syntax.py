"""The meaning of a piece of Python code: its syntax trees as canonical text, and the names it reads from outside.

Put here what concerns one piece of code by itself. A whole module is read in `modules`; the definitions that names
lead to are found in `code`.
"""

import ast
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from music_platform.storage.imports import Import, Names, at_run_time, imports_of

_ABC, _CONTEXTLIB = {"abstractmethod"}, {"asynccontextmanager", "contextmanager"}
_FUNCTOOLS, _TYPING = {"cache", "cached_property", "lru_cache", "wraps"}, {"final", "overload", "override"}
_BUILT_IN = {"classmethod", "deleter", "property", "setter", "staticmethod"}
_BLIND_DECORATORS = _ABC | _BUILT_IN | _CONTEXTLIB | _FUNCTOOLS | _TYPING
"""Decorators of the standard library, which read no annotation of the function below them."""


class Reference(NamedTuple):
    """A name that a piece of code reads and does not bind itself, with the attributes and the key that follow it.

    `text.RULES["lyrics"]` has the path `("text", "RULES")` and the key `"lyrics"`; only a literal text is a key.
    """

    path: tuple[str, ...]
    key: str | None = None
    imports: tuple[Import, ...] = ()
    """The imports within the code that bind the first name; the module around it binds the name if there are none."""


class Meaning(NamedTuple):
    """A piece of code without comments, docstrings, imports, positions, and annotations that nothing reads."""

    hash: str
    """Of the syntax trees as canonical text, 16 hex digits; empty where there is no statement."""
    references: tuple[Reference, ...]


def meaning(statements: list[ast.stmt], package: str) -> Meaning:
    """The meaning of top-level statements of a module in `package`; equal on every supported version of Python.

    The annotations of a function belong to its meaning only where one of its decorators may read them, as the
    routes of FastAPI and BentoML and the functions of Ibis do. Those in a class body always do, for dataclasses and
    pydantic models; those of other variables never do. No library may read annotations of an undecorated function.
    """
    reader = _Reader(package)
    reader.write_list(statements)
    hashed = hashlib.sha256("".join(reader.text).encode()).hexdigest()[:16]
    return Meaning(hashed if statements else "", tuple(reader.scopes[0].references))


def decorator_path(decorator: ast.expr) -> list[str]:
    """The names of a decorator: `["ibis", "udf", "scalar", "python"]` for `@ibis.udf.scalar.python(...)`."""
    if isinstance(decorator, ast.Call):
        return decorator_path(decorator.func)
    if isinstance(decorator, ast.Attribute):
        return [*decorator_path(decorator.value), decorator.attr]
    return [getattr(decorator, "id", "")]


@dataclass(slots=True)
class _Scope:
    """A scope while it is read: the names that it binds or declares, and the references that it does not bind yet."""

    node: type[ast.AST] = ast.Module
    bound: Names = field(default_factory=dict)
    of_module: set[str] = field(default_factory=set)
    """The names that a `global` statement declares."""
    not_local: set[str] = field(default_factory=set)
    references: dict[Reference, None] = field(default_factory=dict)

    def bind(self, name: str, *imports: Import) -> None:
        self.bound[name] = self.bound.get(name, ()) + imports

    def unbound(self) -> Iterable[Reference]:
        """The references that lead out of the scope, once it is read.

        The body of a class may read a name before it binds it, and its methods do not see what it binds.
        """
        for reference in self.references:
            name = reference.path[0]
            if reference.imports or name not in self.bound or name in self.of_module | self.not_local:
                yield reference
                continue
            if self.bound[name]:
                yield reference._replace(imports=self.bound[name])
            if self.node is ast.ClassDef:
                yield reference


class _Reader:
    """Walks syntax trees, writes their canonical text, and collects the references of each scope."""

    def __init__(self, package: str) -> None:
        self.text: list[str] = []
        self.scopes = [_Scope()]
        self._package = package
        self._reads_annotations = False

    def write(self, node: ast.AST) -> None:
        special = _SPECIAL.get(type(node))
        if special:
            special(self, node)
        else:
            self.write_fields(node)

    def write_fields(self, node: ast.AST, *skipped: str) -> None:
        """Write a node's type and its fields; an empty one is left out, as new versions of Python add fields."""
        self.text.append(type(node).__name__ + "(")
        for name in node._fields:
            value = getattr(node, name, None)
            if value is None or name == "ctx" or name in skipped:
                continue
            if isinstance(value, ast.AST):
                self.text.append(name + "=")
                self.write(value)
            elif not isinstance(value, list):
                self.text.append(f"{name}={value!a},")
            elif value:
                self.text.append(name + "=")
                self.write_list(value)
        self.text.append(")")

    def write_list(self, values: Sequence[Any]) -> None:
        self.text.append("[")
        for value in at_run_time(values):
            if isinstance(value, ast.AST):
                self.write(value)
            else:
                self.text.append(f"{value!a},")
        self.text.append("]")

    def _leave(self) -> None:
        scope = self.scopes.pop()
        for reference in scope.unbound():
            outer = self.scopes[0] if reference.path[0] in scope.of_module else self.scopes[-1]
            outer.references.setdefault(reference)

    def name(self, node: ast.Name | ast.Attribute, key: str | None = None) -> None:
        """Write a name with the attributes that follow it, and note the reference."""
        path: tuple[str, ...] = ()
        base: ast.expr = node
        while isinstance(base, ast.Attribute):
            path, base = (base.attr, *path), base.value
        if isinstance(base, ast.Name):
            path = (base.id, *path)
            self.scopes[-1].references.setdefault(Reference(path, key))
            if not isinstance(base.ctx, ast.Load):
                self.scopes[-1].bind(base.id)
            self.text.append(f"Name({'.'.join(path)})")
        else:
            self.write(base)
            self.text.append(f".{'.'.join(path)},")

    def subscript(self, node: ast.Subscript) -> None:
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if isinstance(key, str) and isinstance(node.value, ast.Name | ast.Attribute):
            self.text.append("Subscript(")
            self.name(node.value, key)
            self.text.append(ascii(key) + ")")
        else:
            self.write_fields(node)

    def constant(self, node: ast.Constant) -> None:
        self.text.append(ascii(node.value) + ",")

    def joined_text(self, node: ast.JoinedStr) -> None:
        """Write an f-string; versions of Python differ in how they divide its literal parts."""
        parts: list[ast.expr] = []
        for part in node.values:
            if isinstance(part, ast.Constant) and parts and isinstance(parts[-1], ast.Constant):
                parts[-1] = ast.Constant(str(parts[-1].value) + str(part.value))
            elif not (isinstance(part, ast.Constant) and part.value == ""):
                parts.append(part)
        self.write_fields(ast.JoinedStr(parts))

    def named_expression(self, node: ast.NamedExpr) -> None:
        """Write a `:=`, which binds outside of the comprehensions around it."""
        outer = next(scope for scope in reversed(self.scopes) if scope.node is not ast.comprehension)
        outer.bind(node.target.id)
        self.text.append(f"NamedExpr({node.target.id}=")
        self.write(node.value)
        self.text.append(")")

    def annotation(self, node: ast.expr) -> None:
        """Write an annotation that something reads; a quoted part of it refers to the names in the quotes."""
        self.write(node)
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                try:
                    self.write(ast.parse(part.value.strip(), mode="eval").body)
                except SyntaxError:
                    continue  # It is a text within `Annotated` or `Literal`.

    def argument(self, node: ast.arg) -> None:
        self.text.append(node.arg + ",")
        if node.annotation and self._reads_annotations:
            self.annotation(node.annotation)

    def annotated_variable(self, node: ast.AnnAssign) -> None:
        if self.scopes[-1].node is ast.ClassDef:
            self.write_fields(node, "annotation")
            self.annotation(node.annotation)
        elif node.value:
            self.write(ast.Assign([node.target], node.value))
        else:
            self.write_fields(node, "annotation", "simple")

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Write a function; its decorators, defaults and annotations belong to the scope around it."""
        self.scopes[-1].bind(node.name)
        self._reads_annotations = any(decorator_path(d)[-1] not in _BLIND_DECORATORS for d in node.decorator_list)
        self.write_fields(node, "body", "returns")
        if node.returns and self._reads_annotations:
            self.annotation(node.returns)
        self._function_body(node.args, node.body)

    def function_expression(self, node: ast.Lambda) -> None:
        self.write_fields(node, "body")
        self._function_body(node.args, [node.body])

    def _function_body(self, arguments: ast.arguments, body: list[Any]) -> None:
        self.scopes.append(_Scope(ast.FunctionDef))
        more = filter(None, (arguments.vararg, arguments.kwarg))
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *more):
            self.scopes[-1].bind(argument.arg)
        self.write_list(body)
        self._leave()

    def class_(self, node: ast.ClassDef) -> None:
        self.scopes[-1].bind(node.name)
        self.write_fields(node, "body")
        self.scopes.append(_Scope(ast.ClassDef))
        self.write_list(node.body)
        self._leave()

    def comprehension(self, node: Any) -> None:
        """Write a comprehension; its first iterable belongs to the scope around it."""
        first = node.generators[0]
        self.text.append(type(node).__name__ + "(")
        self.write(first.iter)
        self.scopes.append(_Scope(ast.comprehension))
        for generator in node.generators:
            self.write_fields(generator, *(["iter"] if generator is first else []))
        self.write_fields(node, "generators")
        self._leave()
        self.text.append(")")

    def import_(self, node: ast.Import | ast.ImportFrom) -> None:
        for name, source in imports_of(node, self._package):
            self.scopes[-1].bind(name, source)
            if name in self.scopes[-1].of_module:
                self.scopes[0].references.setdefault(Reference((name,), imports=(source,)))

    def scope_statement(self, node: ast.Global | ast.Nonlocal) -> None:
        scope = self.scopes[-1]
        (scope.of_module if isinstance(node, ast.Global) else scope.not_local).update(node.names)
        self.write_fields(node)

    def binding(self, node: ast.ExceptHandler | ast.MatchAs | ast.MatchStar | ast.MatchMapping) -> None:
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name:
            self.scopes[-1].bind(name)
        self.write_fields(node)


_SPECIAL: dict[type[ast.AST], Any] = {
    ast.Name: _Reader.name,
    ast.Attribute: _Reader.name,
    ast.Subscript: _Reader.subscript,
    ast.Constant: _Reader.constant,
    ast.JoinedStr: _Reader.joined_text,
    ast.NamedExpr: _Reader.named_expression,
    ast.arg: _Reader.argument,
    ast.AnnAssign: _Reader.annotated_variable,
    ast.Lambda: _Reader.function_expression,
    ast.ClassDef: _Reader.class_,
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef), _Reader.function),
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), _Reader.comprehension),
    **dict.fromkeys((ast.Import, ast.ImportFrom), _Reader.import_),
    **dict.fromkeys((ast.Global, ast.Nonlocal), _Reader.scope_statement),
    **dict.fromkeys((ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping), _Reader.binding),
}
