"""The commands about data: land, songs, corrections."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from music_platform.cli.options import HomeOption, choice, console, prepared
from music_platform.errors import InputError
from music_platform.schema import KINDS, Decision

commands = typer.Typer()

_DECISIONS: dict[str, Decision] = {"accept": "accepted", "reject": "rejected", "revert": "reverted"}


@commands.command(
    epilog="Examples: [bold]music-platform land lyrics letras.csv more.jsonl.gz[/] · "
    "[bold]music-platform land --explain tracks_mine.csv[/]"
)
def land(
    kind: Annotated[
        str,
        typer.Argument(
            help=f"{choice(name for name, known in KINDS.items() if known.prefixes)}; "
            "with --explain it may be left out."
        ),
    ],
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="CSV, TSV, JSONL, JSON or Parquet files, also as .gz or .zip; or a folder of them."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print what is read, mapped and left out, and land nothing.")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Check files and copy them to the landing zone; the next run, or a sensor of the daemon, ingests them."""
    given = list(files or ())
    if explain:
        from music_platform.ingestion.explain import explained

        known = kind if kind in KINDS else None
        for path in given if known else [Path(kind), *given]:
            for line in explained(path, known):
                console.print(line, markup=False, soft_wrap=True)
        return
    if not given:
        raise InputError(f"{kind}: name a kind and its files, as in `music-platform land lyrics FILE`")
    from music_platform.ingestion.intake import land_all, land_folder
    from music_platform.ingestion.landing import Landing
    from music_platform.storage.warehouse import write_lock

    place = prepared(home)
    with write_lock(place):
        landing = Landing(place.landing)
        accepted = land_all(landing, [(kind, path) for path in given if not path.is_dir()])
        for folder in (path for path in given if path.is_dir()):
            taken, left = land_folder(landing, folder, kind)
            accepted += taken
            for name, reason in left.items():
                console.print(f"not landed: {name} ({reason})", style="dim", markup=False)
    for file in accepted:
        console.print(str(file), markup=False)


@commands.command(epilog="Example: [bold]music-platform songs --as-of 2026-05-31 --output songs.parquet[/]")
def songs(
    output: Annotated[Path, typer.Option(help="Parquet file to write.")],
    as_of: Annotated[str, typer.Option(help="Day, YYYY-MM-DD.", show_default="today")] = "",
    home: HomeOption = None,
) -> None:
    """Write the songs that had been extracted by a day, in the versions of that day."""
    from music_platform.features.history import write_songs

    try:
        day = date.fromisoformat(as_of) if as_of else date.today()
    except ValueError:
        raise InputError(f"--as-of: {as_of!r} is not a day, expected YYYY-MM-DD") from None
    console.print(f"{write_songs(prepared(home), day, output):,} songs as of {day} in {output}", markup=False)


@commands.command(
    epilog="Examples: [bold]music-platform corrections list[/] · [bold]music-platform corrections accept 1f2e3d4c5b6[/]"
)
def corrections(
    action: Annotated[
        Literal["list", "accept", "reject", "revert"], typer.Argument(help="List corrections, or decide on some.")
    ] = "list",
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of corrections, as `list` shows them.")] = None,
    home: HomeOption = None,
) -> None:
    """Review the labels that people corrected on the page; the next run trains with the accepted ones."""
    from music_platform.cli.review import decide, show
    from music_platform.ingestion.correction_files import Corrections
    from music_platform.ingestion.landing import Landing

    known = Corrections(Landing(prepared(home).landing))
    if action == "list":
        show(known, console)
    else:
        decide(known, _DECISIONS[action], ids or (), console)
