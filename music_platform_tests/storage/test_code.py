"""The version of code: it changes with the meaning of the definitions that are used, and with nothing else."""

import ast

import pytest

from music_platform.storage.syntax import meaning
from music_platform_tests.support.small_package import SmallPackage

Edit = list[tuple[str, str, str]]
"""Replacements: the file, and a text of it before and after."""

WITHOUT_MEANING: dict[str, Edit] = {
    "docstring of the module": [("stage.py", '"""The stage."""', '"""The first stage."""\n"""More of it."""')],
    "docstring of a function": [("stage.py", '"""Make them."""', '"""Make all of them."""')],
    "docstring of a constant": [("rules.py", "LIMIT = 10", 'LIMIT = 10\n"""Characters."""')],
    "docstring of a class": [("tables.py", "class Table:", 'class Table:\n    """A table."""')],
    "comment": [("rules.py", "return len(row)", "# Short rows are good.\n    return len(row)")],
    "formatting": [("rules.py", "len(row) < table.longest", "(\n        len( row )\n        < table.longest)")],
    "import moved out of a function": [
        ("stage.py", "    from invented.late import finished\n", ""),
        ("stage.py", "from invented import words", "from invented import words\nfrom invented.late import finished"),
    ],
    "import for type checkers": [("stage.py", "import Rows", "import Rows, Columns")],
    "type that only an annotation names": [("types.py", "Rows = list", "Rows = tuple")],
    "annotation of a function": [("stage.py", "-> list:", "-> set:")],
    "annotation of a constant": [("rules.py", "LIMIT = 10", "LIMIT: int = 10")],
    "unrelated function of the module": [("stage.py", "return 1", "return 2")],
    "unrelated class of the module": [("stage.py", "weight = 2", "weight = 3")],
    "unrelated constant of another module": [("rules.py", "OTHER = 20", "OTHER = 21")],
    "new function of another module": [("words.py", "def spoil", "def new():\n    pass\ndef spoil")],
    "order of functions": [
        ("words.py", "def _pattern():\n    return LIST.read_text()\n", ""),
        ("words.py", "def clean", "def _pattern():\n    return LIST.read_text()\ndef clean"),
    ],
    "another entry of a declared dictionary": [("tables.py", 'Table("tracks", 6)', 'Table("tracks", 7)')],
    "new entry of a declared dictionary": [("tables.py", 'Table("tracks", 6)', 'Table("tracks", 6), Table("news", 1)')],
    "equal value of a declared entry": [
        ("tables.py", '"songs", 5, {0, 8}', 'name="songs", longest=len("tests"), kinds={8, 0}')
    ],
    "unused import": [("rules.py", "import json", "import json, csv")],
    "data file of an unused module": [("spare.csv", "a", "b")],
}
WITH_MEANING: dict[str, Edit] = {
    "body": [("stage.py", "finished([cleaned", "finished([0] + [cleaned")],
    "nested function": [("stage.py", "words.clean(row)[:LIMIT]", "words.clean(row)")],
    "name of a local variable": [("stage.py", "def cleaned(row):", "def cleaned(line):")],
    "default": [("stage.py", 'rows: "Rows")', 'rows: "Rows" = ())')],
    "constant of another module": [("rules.py", "LIMIT = 10", "LIMIT = 11")],
    "type of a constant": [("rules.py", "LIMIT = 10", "LIMIT = 10.0")],
    "function imported under another name": [("rules.py", "len(row) <", "len(row) <=")],
    "function two steps away": [("words.py", "LIST.read_text()", 'LIST.read_text("utf-8")')],
    "function imported in a function": [("late.py", "return rows", "return rows[1:]")],
    "key": [("late.py", "'all'", "'some'")],
    "data file": [("words.csv", "a,b", "a,c")],
    "entry of a declared dictionary": [("tables.py", '"songs", 5', '"songs", 6')],
    "class of a declared entry": [("tables.py", "def wide", "def is_wide")],
    "statement of a module that defines nothing": [("rules.py", "import json\n", "import json\njson.loads('1')\n")],
    "statement of the package": [("__init__.py", "", "print()")],
    "other library under the same name": [("words.py", "import re\n", "import regex as re\n")],
    "other function under the same name": [("stage.py", "judged as is_good", "counted as is_good")],
}


@pytest.mark.parametrize("edit", WITHOUT_MEANING)
def test_an_edit_that_means_nothing_for_the_root_changes_nothing(package: SmallPackage, edit):
    before = package.version()
    package.edit(WITHOUT_MEANING[edit])
    assert package.version() == before


@pytest.mark.parametrize("edit", WITH_MEANING)
def test_an_edit_of_the_code_that_is_used_changes_the_version(package: SmallPackage, edit):
    before = package.version()
    package.edit(WITH_MEANING[edit])
    assert package.version() != before


@pytest.mark.parametrize(
    "edit",
    [
        ("stage.py", "self.weight * len(rows)", "len(rows)"),
        ("stage.py", "weight = 2", "weight = 3"),
        ("stage.py", "@counted\n", ""),
        ("rules.py", "return function", "return print"),
    ],
    ids=["method", "attribute of a class", "decorator", "body of a decorator"],
)
def test_methods_and_decorators_count(package: SmallPackage, edit):
    before = package.version("invented.stage:measure")
    package.edit([edit])
    assert package.version("invented.stage:measure") != before


def test_a_module_that_moves_with_its_data_keeps_the_version(package: SmallPackage):
    before = package.version()
    package.files["sub/spelling.py"] = package.files.pop("words.py")
    package.files["sub/spelling.csv"] = package.files.pop("words.csv")
    package.edit([("stage.py", "from invented import words", "from invented.sub import spelling as words")])
    assert package.version() == before


@pytest.mark.parametrize(
    ("imports", "others"),
    [
        ("rules import LIMIT as a, OTHER as b, LIMIT as c", "rules import LIMIT as a, OTHER as b, OTHER as c"),
        ("rules import LIMIT as a", "rules import LIMIT as b"),
        ("match import FIRST as a", "match import SECOND as a"),
    ],
    ids=["of two that are both used", "of one that is not bound", "of one statement"],
)
def test_which_definition_a_name_stands_for_counts(package: SmallPackage, imports, others):
    package.files["use.py"] = f"from invented.{imports}\ndef f(): return a, b, c"
    before = package.version("invented.use:f")
    package.edit([("use.py", imports, others)])
    assert package.version("invented.use:f") != before


def test_roots_are_modules_or_definitions_and_count_once_in_any_order(package: SmallPackage):
    code = package.codebase()
    roots = "invented.stage:make", "invented.rules", "invented.words:spoil"
    assert code.version(*roots) == code.version(*reversed(roots), roots[0])
    versions = {code.version(*roots[:count]) for count in range(4)}
    assert len(versions) == 4
    assert all(len(version) == 16 and int(version, 16) for version in versions)
    assert {d.name for d in code.reached("invented.rules")} >= {"LIMIT", "OTHER", "judged", "counted"}
    assert code.version("invented.stage:LIMIT") == code.version("invented.rules:LIMIT")


@pytest.mark.parametrize("root", ["invented.missing", "invented.stage:missing", "missing.stage", "invented.broken"])
def test_a_root_or_an_import_that_does_not_exist_is_an_error(package: SmallPackage, root):
    package.files["broken.py"] = "from invented import stage\nfrom invented.missing import name\nfound = name"
    with pytest.raises(LookupError, match=r"missing.*correct the"):
        package.version(root)


def test_sources_are_the_files_that_a_module_may_import_at_run_time(package: SmallPackage):
    package.files["use.py"] = "from invented.bare import part"
    code = package.codebase()
    named = {
        root: {path.relative_to(package.folder / "invented").as_posix() for path in code.sources(root)}
        for root in ("invented.stage", "invented.use", "invented.missing")
    }
    assert named["invented.stage"] == {
        "__init__.py",
        "stage.py",
        "words.py",
        "words.csv",
        "rules.py",
        "tables.py",
        "late.py",
    }
    assert named["invented.use"] == {"use.py", "bare/part.py"}
    assert named["invented.missing"] == set()


EVERY_SYNTAX = '''
async def f(a, /, b=1.5, *c, d: int = 0x10, **e):
    """Documented."""
    global g
    async with a as (x, *y), b: await x
    match a:
        case {"k": [1, *rest], **more} if rest: pass
        case Point(x=0) | None: return rest
    try: yield f"{a!r:>{b}} {{}} é" "and" f"{c}" f""
    except* ValueError as error: raise error from None
    else: del x, y[1:2, ...]
    finally: assert a, "b"
    return [z async for z in (w := a) if not z] + [*c], {**e, "a": {1}}, lambda q=u"1": q @ -1j
class C(Base, metaclass=Meta):
    x: "int" = b"\\\\0"
    @property
    def y(self) -> int: return super().y
'''


def test_the_hash_of_code_is_the_same_on_every_version_of_python():
    assert meaning(ast.parse(EVERY_SYNTAX).body, "invented").hash == "36631ab733cd351e"
