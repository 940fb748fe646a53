"""The command `music-platform`: the Typer app with the commands of all modules, and its entry point.

Put a new command into the module of its subject: `runs` for what starts the pipeline or the service, `data` for what
goes in and out, `models` for what uses a trained model. A command parses options, calls one function and prints.
"""

import sys
from collections.abc import Sequence

import typer
from rich.console import Console
from rich.markup import escape

from music_platform.cli import data, models, runs
from music_platform.errors import InputError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Lyrics and audio features in; trained models, reports and a served bento out.",
)
for commands in (runs.commands, data.commands, models.commands):
    app.add_typer(commands)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command of the arguments, else of the process, and exit with its code.

    An `InputError` ends it with one line on standard error and exit code 2.
    """
    try:
        app(None if arguments is None else list(arguments))
    except InputError as error:
        Console(stderr=True, highlight=False).print(f"[red]error:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(2)
