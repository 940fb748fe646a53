"""An edit makes those tables again whose rows it may change, and no others; see `storage.code` for the hash."""

import shutil
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

import music_platform
from music_platform.defs.features import SOURCES
from music_platform.features import build
from music_platform.features.rules import Transformed
from music_platform.storage.code import DECLARATIONS, Codebase
from music_platform.tables import TABLES, Table

PACKAGE = Path(music_platform.__file__).parent
DECLARED = ("declarations", "schema", "tasks", "tables")
TRANSFORMS: dict[str, Callable[..., Transformed]] = {
    name: getattr(import_module(f"music_platform.features.{module}"), name) for name, (module, *_) in SOURCES.items()
}

EDITS: dict[str, tuple[str, str, str, set[str]]] = {
    "a docstring of the landing kinds": (
        "schema.py",
        '"""One column: its type',
        '"""A column: its type',
        set(),
    ),
    "a docstring of the tables": ("tables.py", '"""A validated table', '"""One validated table', set()),
    "a docstring of a text rule": ("features/text.py", '"""Lower-case letters', '"""Small letters', set()),
    "a comment and a line break": (
        "features/songs.py",
        "_TEXT_OF_SONG = dt.Struct(\n",
        "_TEXT_OF_SONG = dt.Struct(  # a remark\n\n",
        set(),
    ),
    "the name of a setting": ("settings.py", "cors_origins", "cors_hosts", set()),
    "the look of the validation page": ("features/templates/validation.html", "62rem", "64rem", set()),
    "a new column of tracks": (
        "tables.py",
        "                *AUDIO,\n",
        '                *AUDIO,\n                Column("label", "string", "record label"),\n',
        {"tracks"},
    ),
    "a limit of an audio feature": ("schema.py", "minimum=40, maximum=250", "minimum=30, maximum=250", {"tracks"}),
    "a promise of a table": ("tables.py", "(60, 200)", "(50, 200)", {"tracks"}),
    "the features of the clusters": ("tasks.py", '"valence", "tempo")', '"tempo")', {"tracks"}),
    "a cleaning rule for lyrics": (
        "features/lyrics_patterns.py",
        r"You might also like",
        r"You may also like",
        {"song_sources", "corrections"},
    ),
    "a cleaning rule for articles": ("features/cleaning.py", '.replace("\\\\$", "$")', "", {"articles"}),
    "a stop word": (
        "features/text.py",
        '"que não você eu ',
        '"que não você nós ',
        {"song_sources", "utterances", "corrections"},
    ),
    "a name of a genre": (
        "features/genres.csv",
        "hip-hop,rap,\n",
        "hip-hop,rap,\nhippety-hop,rap,\n",
        {"song_sources", "tracks", "corrections"},
    ),
    "the normalised key of a text": (
        "features/text.py",
        "_hash(normalise(text) or text.strip())",
        "_hash(normalise(text))",
        {"songs", "corrections", "utterances", "articles"},
    ),
    "a wording": ("features/wordings.json", '"wordings"', '"wordings" ', {"utterances"}),
    "the merge of songs": ("features/songs.py", "_ROUNDS = 3", "_ROUNDS = 4", {"songs"}),
    "the share of a genre": (
        "features/songs.py",
        "joined.songs / joined.all_songs",
        "joined.songs / 2",
        {"genre_trend"},
    ),
    "the decisions of a review": (
        "schema.py",
        '"accepted", "rejected", "reverted"',
        '"accepted", "rejected"',
        {"corrections"},
    ),
    "a row rule": ("features/rules.py", "value < low", "value <= low", set(TABLES)),
    "the allowed share in quarantine": ("tables.py", "MAX_QUARANTINED = 0.2", "MAX_QUARANTINED = 0.3", set(TABLES)),
}
"""Edit -> the file, a text in it, the text that replaces it, and the tables that are made again where their inputs
stay the same. A table made of another one is made again too when the rows of that one change."""


def recipes(root: Path, tables: dict[str, Table], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The recipes of all tables by the source code below `root`."""
    monkeypatch.setattr(build, "code_version", Codebase(root, ("music_platform",), DECLARATIONS).version)
    return {name: build.recipe(tables[name], transform) for name, transform in TRANSFORMS.items()}


@pytest.fixture(scope="module")
def before() -> dict[str, str]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        return recipes(PACKAGE.parent, TABLES, monkeypatch)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the code that tables are made by, to change."""
    for name in ("__init__.py", "errors.py", "settings.py", *(f"{name}.py" for name in DECLARED)):
        (tmp_path / "music_platform").mkdir(exist_ok=True)
        shutil.copy(PACKAGE / name, tmp_path / "music_platform" / name)
    for folder in ("features", "storage"):
        shutil.copytree(PACKAGE / folder, tmp_path / "music_platform" / folder)
    return tmp_path


def declared_in(root: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Table]:
    """`TABLES` by the declarations below `root`, in the place of this installation's until the end of the test."""
    for name in DECLARED:
        monkeypatch.setattr(music_platform, name, getattr(music_platform, name))
        monkeypatch.delitem(sys.modules, f"music_platform.{name}")
    monkeypatch.setattr(music_platform, "__path__", [str(root / "music_platform")])
    tables: dict[str, Table] = import_module("music_platform.tables").TABLES
    return tables


def test_every_table_has_its_own_transform() -> None:
    assert TRANSFORMS.keys() == TABLES.keys()


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_makes_those_tables_again_whose_rows_it_may_change(
    edit: str, before: dict[str, str], copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, old, new, expected = EDITS[edit]
    file = copy / "music_platform" / name
    source = file.read_text("utf-8")
    assert old in source
    file.write_text(source.replace(old, new, 1), "utf-8")
    after = recipes(copy, declared_in(copy, monkeypatch), monkeypatch)
    assert {table for table in after if after[table] != before[table]} == expected
