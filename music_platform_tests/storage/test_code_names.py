"""Names: each leads to the definition that it stands for, through imports and scopes, and to no other."""

import pytest

from music_platform_tests.support.small_package import SmallPackage

RULES = "LIMIT", "OTHER", "judged", "counted"
WHOLE_RULES = {"rules:*", "rules:", "rules:__file__", *(f"rules:{name}" for name in RULES)}
ALL_TABLES = {"tables:TABLES", "tables:Table"}
NAMES: dict[str, tuple[str, set[str]]] = {
    "module by its full name": ("import invented.rules\ndef f(): return invented.rules.LIMIT", {"rules:LIMIT"}),
    "module by another name": ("import invented.rules as r\ndef f(): return r.LIMIT", {"rules:LIMIT"}),
    "relative import": (
        "from . import late as x\nfrom .rules import LIMIT as y\nf = x.finished, y",
        {"late:finished", "rules:LIMIT"},
    ),
    "import in a function": ("def f():\n import invented.rules as r\n return lambda: r.LIMIT", {"rules:LIMIT"}),
    "name that another module imports": ("from invented import stage\ndef f(): return stage.is_good", {"rules:judged"}),
    "module that is passed on": ("from invented import rules\ndef f(): return vars(rules)", WHOLE_RULES),
    "module that imports names and is passed on": (
        "from invented import hub\ndef f(): return vars(hub)",
        {"hub:*", "hub:", "hub:__file__", "rules:LIMIT"},
    ),
    "module that its package imports": (
        "from invented import sub\ndef f(): return sub.part.x",
        {"sub.part:x"},
    ),
    "module of a package without an __init__": (
        "from invented.bare import part\ndef f(): return part.x",
        {"bare.part:x"},
    ),
    "attribute by its name": ("from invented import rules\ndef f(n): return getattr(rules, n)", WHOLE_RULES),
    "attribute that is not there": ("from invented import rules\ndef f(): return rules.nothing", WHOLE_RULES),
    "star import": ("from invented.rules import *\ndef f(): return LIMIT", {"use:", *WHOLE_RULES}),
    "name of a module": ("from invented import rules\ndef f(): return rules.__name__", set()),
    "data file of another module": ("from invented import words\ndef f(): return words.__file__", {"words:__file__"}),
    "cycle of definitions": ("def f(): return g()\ndef g(): return f()", {"use:g"}),
    "cycle of modules": ("from invented import use\ndef f(): return use.g()\ndef g(): return use.f()", {"use:g"}),
    "parameter": ("from invented.rules import LIMIT\ndef f(LIMIT): return LIMIT", set()),
    "default": ("from invented.rules import LIMIT\ndef f(LIMIT=LIMIT): return LIMIT", {"rules:LIMIT"}),
    "default of a lambda": ("from invented.rules import LIMIT\nf = lambda LIMIT=LIMIT: LIMIT", {"rules:LIMIT"}),
    "local variable": (
        "from invented import late, rules\ndef f():\n with x as late: rules = 1\n return late, rules",
        set(),
    ),
    "name bound by except, match and :=": (
        "from invented import late, rules, words\ndef f():\n try: x\n except E as late: late\n match x:\n"
        "  case {**rules}: rules\n if [0 for y in x if (words := y)]: return words",
        set(),
    ),
    "name bound by := in a comprehension": (
        "from invented.rules import LIMIT\nx = [y := LIMIT for z in g]\ndef f(): return y",
        {"use:x", "use:y", "rules:LIMIT"},
    ),
    "variable of a comprehension": ("from invented import late\ndef f(): return [late.x for late in g]", set()),
    "first iterable of a comprehension": (
        "from invented.rules import LIMIT\nf = [LIMIT for LIMIT in LIMIT]",
        {"rules:LIMIT"},
    ),
    "variable of another function": (
        "from invented.rules import LIMIT\ndef f():\n def g(): LIMIT = 1\n return LIMIT",
        {"rules:LIMIT"},
    ),
    "variable of the function around": (
        "from invented.rules import LIMIT\ndef f():\n LIMIT = 1\n def g():\n  nonlocal LIMIT\n  LIMIT = 2",
        set(),
    ),
    "class that binds the name, too": (
        "from invented.rules import LIMIT\nclass f:\n LIMIT = LIMIT\n def g(self): return LIMIT",
        {"rules:LIMIT"},
    ),
    "import of a class body": ("class f:\n from invented.rules import LIMIT\n x = LIMIT", {"rules:LIMIT"}),
    "global of a function": (
        "from invented.rules import LIMIT\nx = 0\ndef g():\n global x\n x = LIMIT\ndef f(): return x",
        {"use:x", "rules:LIMIT"},
    ),
    "global that only a function binds": (
        "from invented.rules import LIMIT\ndef g():\n global x\n x = LIMIT\ndef f(): return x",
        {"use:x", "rules:LIMIT"},
    ),
    "global that a function imports": (
        "def g():\n global x\n from invented.rules import LIMIT as x\ndef f(): return x",
        {"use:x", "rules:LIMIT"},
    ),
    "global that a function changes": (
        "from invented.rules import LIMIT\nx = LIMIT\ndef f():\n global x\n x += 1",
        {"use:x", "rules:LIMIT"},
    ),
    "global below a local variable of its name": (
        "from invented.rules import LIMIT\nx = LIMIT\ndef f():\n x = 1\n def g():\n  global x\n  return x",
        {"use:x", "rules:LIMIT"},
    ),
    "import of the function around": (
        "def f():\n from invented.rules import LIMIT as x\n def g():\n  nonlocal x\n  x = x + 1",
        {"rules:LIMIT"},
    ),
    "function that a decorator registers": (
        "from invented.rules import LIMIT\ndef keep(g): return g\n@keep\ndef g(): return LIMIT\nf = keep",
        {"use:keep", "rules:LIMIT"},
    ),
    "import in a condition": (
        "try: from invented.rules import LIMIT\nexcept ImportError: LIMIT = 0\ndef f(): return LIMIT",
        {"use:", "use:LIMIT", "rules:LIMIT"},
    ),
    "else of TYPE_CHECKING": (
        "if TYPE_CHECKING: from invented.late import finished as x\nelse: from invented.rules import LIMIT as x\nf = x",
        {"rules:LIMIT"},
    ),
    "two names of one statement": ("from invented.rules import LIMIT\na, *f = LIMIT, 1", {"use:a", "rules:LIMIT"}),
    "base, decorator and keyword of a class": (
        "from invented import late, rules, words\n@rules.counted\nclass f(words.spoil, metaclass=late.finished): pass",
        {"rules:counted", "words:spoil", "late:finished"},
    ),
    "annotation of a field": ("from invented.tables import Table\nclass f:\n x: 'list[Table]'", {"tables:Table"}),
    "text in an annotation": ("class f:\n x: Annotated[int, 'two words']", set()),
    "annotation of a local variable": ("from invented.tables import Table\ndef f():\n x: Table = 1", set()),
    "annotation below a decorator": (
        "from invented.tables import Table\n@app.get('/')\ndef f(x: 'Table'): pass",
        {"tables:Table"},
    ),
    "result below a decorator": (
        "from invented.tables import Table\n@app.get\ndef f() -> Table: pass",
        {"tables:Table"},
    ),
    "annotation below a blind decorator": ("from invented.tables import Table\n@cache\ndef f(x: Table): pass", set()),
    "entry": (
        "from invented import tables\ndef f(): return tables.TABLES['songs']",
        {"tables:TABLES[songs]", "tables:Table"},
    ),
    "entry by a variable": ("from invented.tables import TABLES\ndef f(n): return TABLES[n]", ALL_TABLES),
    "entry that is missing": ("from invented.tables import TABLES\nf = TABLES['x']", {"tables:TABLES[x]", *ALL_TABLES}),
    "entry without a stable text": ("from invented.tables import ODD\nf = ODD['x']", {"tables:ODD[x]", "tables:ODD"}),
    "entry of a dictionary that is not declared": ("D = {'x': 1}\nf = D['x']", {"use:D"}),
}


@pytest.mark.parametrize("case", NAMES)
def test_a_name_leads_to_the_definition_it_stands_for_and_to_no_other(package: SmallPackage, case):
    package.files["use.py"], expected = NAMES[case]
    assert package.reached("invented.use:f") == expected | {"use:f"}
