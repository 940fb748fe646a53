"""The options, the console and the home that several commands share.

Heavy libraries, and `settings` with pydantic, are imported inside functions, so that `--help` answers at once.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from music_platform.storage.home import Home

console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home", help="Folder that holds all state.", show_default="MUSIC_PLATFORM_HOME, else .music_platform"
    ),
]
PortOption = Annotated[int, typer.Option(help="Port of the service.", min=1, max=65535)]


def prepared(root: Path | None) -> "Home":
    """The home at `root`, else the one that the settings name; its folders are made where they are missing.

    Raises:
        InputError: the home can't be used, or an environment variable of the platform can't.
    """
    from music_platform.settings import Settings
    from music_platform.storage.home import Home

    settings = Settings.read()
    home = Home.at(root or settings.home)
    home.prepare()
    return home


def choice(names: Iterable[str]) -> str:
    """The names as a help text lists them: "a, b or c"."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
