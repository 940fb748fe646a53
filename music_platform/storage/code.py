"""The code that an output was made by: a hash over the meaning of all definitions that can take part in making it.

A definition is what one name at the top level of a module stands for: a function, a class, a variable. From the roots
that a caller names, every name that a definition reads leads to the next definition, in the same module or in another
one of ours. The syntax trees of all of them are hashed, so that comments, docstrings, formatting, imports for type
checkers, and everything that is not used change nothing. Nothing is run but the modules of `DECLARATIONS`.

Some code is not found, so the caller names it as a further root: methods of objects that a root gets as arguments,
modules and functions that a text names (`import_module`, `resolve_name`), and functions that another module registers
while it is imported. A function that looks up an entry of a declared dictionary by a variable depends on all entries;
take as root the function that is given the entry. Not counted at all are docstrings, even where the service shows
them, and the versions of libraries, which `constraints.txt` pins.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from music_platform.storage.files import content_hash
from music_platform.storage.imports import Import
from music_platform.storage.modules import Module, find, read
from music_platform.storage.syntax import Reference

DECLARATIONS = frozenset({"music_platform.schema", "music_platform.tables", "music_platform.tasks"})
"""Modules of declarations. Where code reads one entry of their dictionaries, as `TABLES["songs"]`, the value of that
entry counts alone. They are imported for it, so they may import only the standard library and each other."""

_WHOLE, _EFFECTS, _FILE = "*", "", "__file__"


class Definition(NamedTuple):
    """A name at the top level of a module, or the entry `key` of the declared dictionary of that name.

    Three names stand for more: `*` for the whole module, the empty name for its statements that define nothing, and
    `__file__` for its data files.
    """

    module: str
    name: str
    key: str | None = None


Link = Definition | str
"""The target of a name: a definition of ours, or `module:name` of a library. Other texts separate names."""


class Codebase:
    """The source code below a folder. Each file is read once, so a change that comes later is not seen."""

    def __init__(self, root: Path, packages: Collection[str], declarations: Collection[str] = ()) -> None:
        self._root = root
        self._packages = packages
        self._declarations = declarations
        self._modules: dict[str, Module] = {}
        self._contents: dict[Definition, tuple[str, list[Link]]] = {}
        self._versions: dict[str, str] = {}

    def version(self, *roots: str) -> str:
        """A hash of 16 hex digits over all definitions that `roots` reach, whatever the order of the roots.

        Args:
            roots: each a definition, `package.module:name`, or a module, which stands for all of its definitions.

        Raises:
            LookupError: a root or an import names a module or a definition that does not exist.
        """
        for root in roots:
            if root not in self._versions:
                self._versions[root] = self._version(root)
        return _hash(sorted({self._versions[root] for root in roots}))

    def reached(self, root: str) -> list[Definition]:
        """The definitions that the hash of a root covers, in the order in which they are found.

        Raises:
            LookupError: see `version`.
        """
        waiting = self._starts(root)
        found = set(waiting)
        for definition in waiting:
            for link in self._content(definition)[1]:
                if isinstance(link, Definition) and link not in found:
                    found.add(link)
                    waiting.append(link)
        return waiting

    def sources(self, *modules: str) -> frozenset[Path]:
        """The files of `modules` and of all modules of ours that they import, directly or not, in functions too.

        The data files of those modules are among them; what is imported for type checkers alone is not.
        """
        files: set[Path] = set()
        waiting = list(modules)
        while waiting:
            name = waiting.pop()
            path = find(self._root, name) if self._is_own(name) else None
            if path and path.is_file() and path not in files:
                module = self._module(name)
                files.update((path, *module.data_files))
                waiting.extend(module.imported)
        return frozenset(files)

    def _version(self, root: str) -> str:
        """The hash of a root: of each definition the text, and the numbers of the definitions that it leads to.

        A definition's number is its place in the order in which they are found, so it depends on no module's name.
        """
        reached = self.reached(root)
        numbers = {definition: str(number) for number, definition in enumerate(reached)}
        parts: list[str] = []
        for definition in reached:
            text, links = self._content(definition)
            parts.append(text)
            parts.extend(link if isinstance(link, str) else numbers[link] for link in links)
        return _hash(parts)

    def _starts(self, root: str) -> list[Definition]:
        module, _, name = root.partition(":")
        if not name:
            return [Definition(module, each) for each in (*sorted(self._module(module).definitions), _EFFECTS)]
        found = [link for link in self._name(module, (name,), None) if isinstance(link, Definition)]
        if not found:
            raise LookupError(f"{root}: the module has no such name; correct the root, written `module:name`")
        return found

    def _module(self, name: str) -> Module:
        if name not in self._modules:
            path = find(self._root, name)
            if path is None:
                raise LookupError(f"{name}: no such module below {self._root}; correct the import or the root")
            self._modules[name] = read(name, path)
        return self._modules[name]

    def _is_own(self, module: str) -> bool:
        return module.partition(".")[0] in self._packages

    def _content(self, definition: Definition) -> tuple[str, list[Link]]:
        """The text of a definition, and the links of the names in it, name after name."""
        if definition not in self._contents:
            content: tuple[str, list[Link]]
            if definition.name == _FILE:
                content = self._data(definition.module), []
            elif definition.name == _WHOLE:
                content = _WHOLE, self._whole(definition.module)
            elif definition.key is not None:
                content = self._entry(definition)
            else:
                content = self._code(definition)
            self._contents[definition] = content
        return self._contents[definition]

    def _data(self, name: str) -> str:
        module = self._module(name)
        return ",".join(f"{path.name[len(module.path.stem) :]}={content_hash(path)}" for path in module.data_files)

    def _whole(self, name: str) -> list[Link]:
        """The links to all that a module object gives: what it defines, its data files, what it imports by name."""
        module = self._module(name)
        links: list[Link] = [Definition(name, defined) for defined in [*sorted(module.definitions), _FILE, _EFFECTS]]
        for bound in sorted(module.bound.keys() - module.definitions.keys() - {"*"}):
            found = self._name(name, (bound,), None)
            links += (bound, *(link for link in found if isinstance(link, Definition) and link.name != _WHOLE))
        return links

    def _entry(self, definition: Definition) -> tuple[str, list[Link]]:
        """The value of an entry, and the classes in it; the whole dictionary where the value has no stable text."""
        classes: list[type] = []
        try:
            entry = getattr(import_module(definition.module), definition.name)[definition.key]
            text = _value_text(entry, classes)
        except (LookupError, TypeError):
            return "", [Definition(definition.module, definition.name)]
        named = ((found.__module__, found.__qualname__.partition(".")[0]) for found in classes)
        return text, [link for module, name in named for link in self._import(Import(module, name), (), None)]

    def _code(self, definition: Definition) -> tuple[str, list[Link]]:
        module = self._module(definition.module)
        effects = definition.name == _EFFECTS
        found = module.effects if effects else module.definitions[definition.name]
        links: list[Link] = []
        for reference in found.references:
            links += ("|", *self._reference(module, reference))
        sources = module.star_imports if effects else module.bound.get(definition.name, ())
        for source in sources:
            links += ("import", *self._import(source, (), None))
        return f"{definition.name}={found.hash}", links + self._run_with(module)

    def _run_with(self, module: Module) -> list[Link]:
        """The statements that run when a module is imported, in its packages too, besides its definitions."""
        parts = module.name.split(".")
        names = (".".join(parts[:length]) for length in range(1, len(parts) + 1))
        run = (name for name in names if self._module(name).effects.hash or self._module(name).star_imports)
        return [Definition(name, _EFFECTS) for name in run]

    def _reference(self, module: Module, reference: Reference) -> Iterator[Link]:
        if not reference.imports:
            yield from self._name(module.name, reference.path, reference.key)
        for source in reference.imports:
            yield from self._import(source, reference.path[1:], reference.key)

    def _name(self, module: str, path: tuple[str, ...], key: str | None) -> Iterator[Link]:
        """The links of the first name of `path` at the top level of a module; none if the module does not bind it."""
        found, name = self._module(module), path[0]
        if name in found.definitions or name == _FILE:
            is_entry = len(path) == 1 and module in self._declarations
            yield Definition(module, name, key if is_entry else None)
            return
        for source in found.bound.get(name, ()):
            if source != Import(module, name):
                yield from self._import(source, path[1:], key)

    def _import(self, source: Import, path: tuple[str, ...], key: str | None) -> Iterator[Link]:
        """The links of an imported name that is followed by the attributes `path`."""
        if not self._is_own(source.module):
            yield f"{source.module}:{source.name}"
        else:
            names = (source.name,) if source.name not in ("", "*") else ()
            yield from self._attribute(source.module, (*names, *path), key)

    def _attribute(self, module: str, path: tuple[str, ...], key: str | None) -> Iterator[Link]:
        """The links of the attributes `path` of a module; one to the whole module if no definition is found.

        The name of a module has no meaning, so it leads nowhere.
        """
        if path and path[0] == "__name__":
            return
        found = list(self._name(module, path, key)) if path else []
        if found:
            yield from found
        elif path and find(self._root, f"{module}.{path[0]}"):
            yield from self._attribute(f"{module}.{path[0]}", path[1:], key)
        else:
            self._module(module)
            yield Definition(module, _WHOLE)


def _value_text(value: Any, classes: list[type]) -> str:
    """A text of a plain value that is the same in every process; the classes in it are added to `classes`.

    Raises:
        TypeError: something in it is no number, text, collection or dataclass.
    """
    kind = type(value)
    if value is None or kind in (bool, int, float, str, bytes):
        return ascii(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(_value_text(part, classes) for item in value.items() for part in item) + "}"
    if kind in (tuple, list, set, frozenset):
        parts = [_value_text(part, classes) for part in value]
        return f"{kind.__name__}({','.join(parts if kind in (tuple, list) else sorted(parts))})"
    if is_dataclass(kind):
        classes.append(kind)
        return kind.__qualname__ + _value_text({f.name: getattr(value, f.name) for f in fields(value)}, classes)
    raise TypeError(f"{kind.__qualname__}: a value of this type has no stable text")


def _hash(parts: Collection[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


_OURS = Codebase(Path(__file__).resolve().parents[2], ("music_platform", "bentos"), DECLARATIONS)


@cache
def code_version(*roots: str) -> str:
    """The version of the code of this installation; see `Codebase.version`."""
    return _OURS.version(*roots)


@cache
def sources(*modules: str) -> frozenset[Path]:
    """The files of the code of this installation; see `Codebase.sources`."""
    return _OURS.sources(*modules)
