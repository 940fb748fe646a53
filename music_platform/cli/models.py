"""The commands about trained models: predict, chat, models, figures, rollback."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from music_platform.cli.options import HomeOption, choice, console, prepared
from music_platform.tasks import TASKS

commands = typer.Typer()


@commands.command(epilog="Example: [bold]music-platform predict genre --input songs.parquet --output scored.parquet[/]")
def predict(
    task: Annotated[str, typer.Argument(help=f"{choice(TASKS)}.")],
    source: Annotated[Path, typer.Option("--input", help="File with the rows to score, as `land` takes it.")],
    output: Annotated[Path, typer.Option("--output", help="File to write; its suffix names the format.")],
    home: HomeOption = None,
) -> None:
    """Score the rows of a file with a task's champion; the output has one row per row, in the same order."""
    from music_platform.serving.batch import predict_file
    from music_platform.storage.registry import Registry

    registry = Registry(prepared(home).artifacts)
    with console.status(f"{task}: scoring") as status:
        rows = predict_file(registry, task, source, output, lambda done: status.update(f"{task}: {done:,} rows scored"))
    console.print(f"{task}: {rows:,} rows scored in {output}", markup=False)


@commands.command(epilog="Examples: [bold]music-platform chat[/] · [bold]music-platform chat --sql[/]")
def chat(
    session: Annotated[str | None, typer.Option(help="Session to continue.", show_default="a new one")] = None,
    sql: Annotated[bool, typer.Option("--sql", help="Show the statements that changed playlists.")] = False,
    home: HomeOption = None,
) -> None:
    """Talk to the playlist assistant, in English, Spanish or Portuguese; Ctrl-D ends."""
    from music_platform.cli import chat as terminal

    session = terminal.chat(terminal.assistant_of(prepared(home)), session, console, show_sql=sql)
    console.print(f"To continue: music-platform chat --session {session}", style="dim", markup=False)


@commands.command(epilog="Examples: [bold]music-platform models[/] · [bold]music-platform models --json[/]")
def models(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False, home: HomeOption = None
) -> None:
    """List each task's champion and the champions before it."""
    from music_platform.storage.registry import Registry

    registry = Registry(prepared(home).artifacts)
    rows = [
        {
            **vars(promotion),
            "champion": registry.history(promotion.task)[-1] == promotion,
            "metrics": registry.artifact(promotion.task, promotion.artifact).manifest.metrics,
        }
        for promotion in registry.history()
    ]
    if as_json:
        console.print_json(data=rows)
        return
    table = Table("task", "artifact", "candidate", "since", "why", "figures")
    for row in rows:
        figures = " ".join(f"{name} {value:.3f}" for name, value in row["metrics"].items())
        cells = (row["task"], row["artifact"], row["candidate"], row["at"], row["why"], figures)
        table.add_row(*cells, style="bold" if row["champion"] else "dim")
    console.print(table)


@commands.command(epilog="Examples: [bold]music-platform figures[/] · [bold]music-platform figures --markdown[/]")
def figures(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print all figures as a Markdown table.")] = False,
    home: HomeOption = None,
) -> None:
    """Show each champion's figure with interval and baseline, from the reports of the last run."""
    from music_platform.cli.pipeline import show_figures
    from music_platform.evaluation.assess import read_reports
    from music_platform.evaluation.findings import markdown_table, summary_rows

    place = prepared(home)
    if markdown:
        sys.stdout.write(markdown_table(summary_rows(read_reports(place.reports))))
    else:
        show_figures(place, console)


@commands.command(epilog="Example: [bold]music-platform rollback genre[/]")
def rollback(
    task: Annotated[str, typer.Argument(help=f"{choice(TASKS)}: the task whose last promotion is undone.")],
    home: HomeOption = None,
) -> None:
    """Make the champion before the present one champion again; the next run builds the bento with it."""
    from music_platform.storage.registry import Registry
    from music_platform.storage.warehouse import write_lock

    place = prepared(home)
    with write_lock(place):
        artifact = Registry(place.artifacts).rollback(task)
    console.print(f"{task}: {artifact.id} ({artifact.manifest.candidate}) is champion again")
