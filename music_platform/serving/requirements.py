"""The requirements of a bento: the packages of one of the project's extras, at the versions installed here."""

import tomllib
from importlib.metadata import requires, version
from pathlib import Path


def pinned(pyproject: Path, extra: str) -> list[str]:
    """`name==version` of every package that the project with this extra needs, directly or not."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    project = tomllib.loads(pyproject.read_text("utf-8"))["project"]
    waiting = [Requirement(line) for line in [*project["dependencies"], *project["optional-dependencies"][extra]]]
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        needed = waiting.pop()
        name, extras = str(canonicalize_name(needed.name)), frozenset(needed.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        found[name] = version(name).split("+")[0]
        for line in requires(name) or ():
            requirement = Requirement(line)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": chosen}) for chosen in ("", *extras)):
                waiting.append(requirement)
    return [f"{name}=={number}" for name, number in sorted(found.items())]
