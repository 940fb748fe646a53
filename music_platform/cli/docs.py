"""The generated pages of `music_platform/docs`: kinds, files, tables, tasks, settings and commands, read off the code.

`python -m music_platform.cli.docs` writes the pages, and a test fails when one of them is out of date. Put a page here
when its content follows from the code; pages that people write lie beside the generated ones.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from music_platform.schema import KINDS, Column
from music_platform.settings import Settings, variable
from music_platform.tables import TABLES
from music_platform.tasks import CANDIDATES, TASKS

FOLDER = Path(__file__).resolve().parents[1] / "docs"
_NOTE = "<!-- Generated from the code by `python -m music_platform.cli.docs`; edits by hand are lost. -->"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _limits(column: Column) -> str:
    """The limits of a column in words, such as `0 to 1`."""
    parts = []
    if column.minimum is not None and column.maximum is not None:
        parts.append(f"{column.minimum:g} to {column.maximum:g}")
    elif column.minimum is not None:
        parts.append(f"at least {column.minimum:g}")
    if column.min_words is not None and column.max_words is not None:
        parts.append(f"{column.min_words:,} to {column.max_words:,} words")
    if column.allowed:
        parts.append(f"one of {', '.join(column.allowed)}")
    if column.pattern:
        parts.append(f"`{column.pattern}`")
    return "; ".join(parts)


def _columns(columns: Iterable[Column]) -> str:
    rows = ([c.name, c.type, "yes" if c.required else "", c.meaning, _limits(c)] for c in columns)
    return _table(["column", "type", "required", "meaning", "limits"], rows)


def _data() -> Iterator[str]:
    yield "# Data: landing kinds and validated tables"
    yield (
        "A file of a landing kind needs its required columns and may have the others. It is CSV, TSV, JSON "
        "Lines, JSON or Parquet, each also compressed; [files.md](files.md) says what is read of "
        "well-known exports. `run --data DIR` knows the kind of a file by the beginning of its name."
    )
    for kind in KINDS.values():
        begins = " or ".join(f"`{prefix}`" for prefix in kind.prefixes)
        yield f"## Kind `{kind.name}`"
        yield f"File names begin with {begins}." if begins else "The service and the review write these files."
        yield _columns(kind.columns)
    yield "# Validated tables"
    yield "A row outside a limit goes to `features.<table>_quarantine` with the reason."
    for table in TABLES.values():
        yield f"## Table `features.{table.name}`"
        yield f"{table.meaning} Its key is {', '.join(f'`{name}`' for name in table.key)}."
        yield _columns(table.columns)


def _tasks() -> Iterator[str]:
    yield "# Tasks and candidates"
    yield "Everything about a task stands in its declaration in `music_platform/tasks.py`."
    yield _table(
        ["task", "answers", "kind", "learns from", "split by", "chosen by", "route", "candidates"],
        (
            [
                f"`{task.name}`",
                task.answers,
                task.kind,
                f"`features.{task.table}`",
                task.unit,
                task.metric,
                f"`/{task.route}`" if task.route else "through `/assistant`",
                ", ".join(task.candidates),
            ]
            for task in TASKS.values()
        ),
    )
    yield "## Candidates"
    yield _table(
        ["candidate", "description", "combines", "served"],
        (
            [name, c.description, ", ".join(c.parts), "yes" if c.is_served else "no, compared only"]
            for name, c in CANDIDATES.items()
        ),
    )
    yield "## Hyperparameters and shares of the training budget"
    yield _table(
        ["task", "candidate", "share", "hyperparameters that differ from the defaults"],
        (
            [
                task.name,
                name,
                f"{training.share:.0%}" if training.share else "",
                ", ".join(f"{key} = {value}" for key, value in training.hyperparameters.items()),
            ]
            for task in TASKS.values()
            for name, training in task.candidates.items()
        ),
    )


def _settings() -> Iterator[str]:
    yield "# Settings"
    yield "Every setting is an environment variable. Options of a command win over it."
    rows = (
        [f"`{variable(name)}`", f"`{field.get_default()}`", field.description or ""]
        for name, field in Settings.model_fields.items()
    )
    yield _table(["variable", "default", "meaning"], rows)


def _commands() -> Iterator[str]:
    from typer.main import get_command

    from music_platform.cli.app import app

    group: Any = get_command(app)
    yield "# Commands"
    yield "`music-platform COMMAND --help` shows the same on the terminal."
    for name, command in group.commands.items():
        yield f"## `music-platform {name}`"
        yield " ".join((command.help or "").split())
        rows = [
            [
                ", ".join(f"`{option}`" for option in parameter.opts) if parameter.param_type_name == "option"
                else f"`{parameter.name}`",
                " ".join((getattr(parameter, "help", "") or "").split()),
            ]
            for parameter in command.params
            if parameter.name != "help"
        ]  # fmt: skip
        yield _table(["option or argument", "meaning"], rows)
        if command.epilog:
            yield command.epilog.replace("[bold]", "`").replace("[/]", "`")


def _files() -> Iterator[str]:
    from music_platform.ingestion.column_names import table
    from music_platform.ingestion.names import EXPECTED

    yield "# Files as people have them"
    yield (
        f"A file to land, or to score with `predict`, ends in {EXPECTED}; a zip file holds exactly one such file. "
        "`music-platform land --explain FILE` shows what would be read, mapped and left out, and lands nothing."
    )
    yield "## Exports and data sets"
    yield _table(["export or data set", "land it as", "what is read", "what is left out"], SETS)
    yield "## Names of columns"
    yield (
        "Names are compared without regard to case, blanks and punctuation. A column that bears the platform's own "
        "name always wins; of several others, the first of this table, which lies in "
        "`music_platform/ingestion/column_names.csv`. Every other column is left out, and told."
    )
    readings = {
        "": "",
        "list": "several names, parted by `;` or `,`",
        "first": "the first of several",
        "spotify_id": "Spotify's 22 letters and digits; others are no identifier",
        "class_index": "1-4: World, Sports, Business, Sci/Tech",
    }
    rows = ([row.kind, row.name, row.column, readings[row.reading], row.found_in] for row in table())
    yield _table(["kind", "name in the file", "column", "its values", "found in"], rows)
    yield "## Dialects and values"
    yield _table(["what a file may have", "how it is read"], _DIALECTS)


SETS = (
    [
        "Exportify",
        "tracks, or catalogue",
        "all audio features; the first genre; the year of the release date",
        "nothing",
    ],
    ["TuneMyMusic", "catalogue", "track, artist, album, Spotify id", "playlist, type, ISRC"],
    [
        "Kaggle 114k Spotify tracks (`dataset.csv`)",
        "tracks",
        "all audio features; artists parted by `;`; `track_genre`",
        "the column without a name",
    ],
    [
        "Kaggle Spotify 1921-2020 (`data.csv`)",
        "tracks",
        "all audio features; artists as Python lists; `year`",
        "`release_date`, because `year` is there",
    ],
    [
        "Kaggle Ultimate Spotify Tracks (`SpotifyFeatures.csv`)",
        "tracks",
        "all audio features; keys as `C#`, modes as `Major`, time signatures as `4/4`",
        "nothing",
    ],
    ["LyricsGenius (`.json`)", "lyrics", "title, artist, lyrics, album, url, year, of one song or of many", "the rest"],
    ["Tables of lyrics", "lyrics", "`track_name` or `song`; `artist_name`; `text` or `lyric`; `tag`", "the rest"],
    ["AG News (`train.csv`)", "articles", "class index 1-4, title, description, with a header or without", "nothing"],
)
"""What the tests of `ingestion/test_exports.py` read, one file of each."""
_DIALECTS = (
    ["commas, semicolons or tabs; a first line `sep=;`; a byte order mark", "as meant"],
    ["decimal commas in a file that is not parted by commas", "`0,735` is 0.735; a point among them is unreadable"],
    ["a blank before a quoted field", "the blank belongs to no field"],
    ['quotes inside of a field written as `\\"`, as MySQL does', "as quotes, where the file has no other reading"],
    ["other text beside a closing quote", "the row goes to quarantine with the reason"],
    ["UTF-16 with a byte order mark; Windows-1252 that is certainly Western European", "converted, and told"],
    ["any other encoding", "the file is refused in one line"],
    ["NaN and Infinity in JSON", "empty values"],
    ["a year as a date; the year 0 or 0000", "the year of the date; unknown"],
    ["an optional value that can't be read", "empty, and counted in the row's `unread`"],
    ["a required value that can't be read", "the row goes to quarantine with the reason"],
)


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "data": _data,
    "files": _files,
    "tasks": _tasks,
    "settings": _settings,
    "commands": _commands,
}
"""The generated pages by their file's stem."""


def page(name: str) -> str:
    """The Markdown of a page of `PAGES`."""
    return "\n\n".join((_NOTE, *PAGES[name]())) + "\n"


def main() -> None:
    """Write every page."""
    for name in PAGES:
        (FOLDER / f"{name}.md").write_text(page(name), "utf-8")
        sys.stdout.write(f"wrote {FOLDER.name}/{name}.md\n")


if __name__ == "__main__":
    main()
