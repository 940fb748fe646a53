"""A small package of invented modules on disk, for tests of the version of code."""

import sys
import textwrap
from pathlib import Path

from music_platform.storage.code import Codebase

FILES = {
    "stage.py": '''
        """The stage."""
        from typing import TYPE_CHECKING

        from invented import words
        from invented.rules import LIMIT, counted, judged as is_good
        from invented.tables import TABLES

        if TYPE_CHECKING:
            from invented.types import Rows

        def make(rows: "Rows") -> list:
            """Make them."""
            from invented.late import finished
            def cleaned(row):
                return words.clean(row)[:LIMIT]
            return finished([cleaned(row) for row in rows if is_good(row, TABLES["songs"])])

        @counted
        def measure(rows):
            return Judge().score(rows)

        class Judge:
            weight = 2
            def score(self, rows):
                return self.weight * len(rows)

        def unrelated():
            return 1
    ''',
    "rules.py": """
        import json
        LIMIT = 10
        OTHER = 20
        def judged(row, table):
            return len(row) < table.longest
        def counted(function):
            return function
    """,
    "words.py": """
        import re
        from pathlib import Path
        LIST = Path(__file__).with_name("words.csv")
        def clean(text):
            return re.sub(_pattern(), "", text)
        def _pattern():
            return LIST.read_text()
        def spoil(text):
            return text + text
    """,
    "words.csv": "a,b",
    "spare.py": "",
    "spare.csv": "a",
    "__init__.py": "",
    "hub.py": "from invented.rules import LIMIT as limit\nimport invented.words as words",
    "sub/__init__.py": "from invented.sub import part",
    "sub/part.py": "x = 1",
    "bare/part.py": "x = 1",
    "match.py": "match [1, 2]:\n    case [FIRST, *SECOND]:\n        pass",
    "late.py": "def finished(rows):\n    return rows['all']",
    "types.py": "Rows = list",
    "tables.py": """
        from dataclasses import dataclass
        @dataclass
        class Table:
            name: str
            longest: int
            kinds: set = frozenset()
            def wide(self):
                return self.longest > 5
        ODD = {"x": object}
        TABLES = {table.name: table for table in (Table("songs", 5, {0, 8}), Table("tracks", 6))}
    """,
}


class SmallPackage:
    """The files of a small package, written anew before each look at the code."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = {name: textwrap.dedent(text) for name, text in FILES.items()}

    def codebase(self) -> Codebase:
        """The code as the files are at present."""
        for name, text in self.files.items():
            path = self.folder / "invented" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for name in [name for name in sys.modules if name.split(".")[0] == "invented"]:
            del sys.modules[name]
        return Codebase(self.folder, ("invented",), ("invented.tables",))

    def version(self, root: str = "invented.stage:make") -> str:
        """The version of one root."""
        return self.codebase().version(root)

    def edit(self, replacements: list[tuple[str, str, str]]) -> None:
        """Replace texts: each of a file, before and after."""
        for name, old, new in replacements:
            assert old in self.files[name], f"{name}: {old!r} is not in it"
            self.files[name] = self.files[name].replace(old, new)

    def reached(self, root: str) -> set[str]:
        """`module:name` without the package's own name; an entry as `module:name[key]`."""
        found = self.codebase().reached(root)
        return {f"{d.module[9:]}:{d.name}" + (f"[{d.key}]" if d.key else "") for d in found}
