"""The command `music-platform`: options in, one domain call, a table out. No logic that anything else could need.

Heavy libraries are imported inside the commands, so that `--help` answers at once.
"""

import os
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from music_platform.errors import InputError
from music_platform.settings import LOOPBACK, Home, Settings

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Lyrics and audio features in; trained models, reports and a served bento out.",
)
console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Folder that holds all state [default: .music_platform]", envvar=[]),
]
PortOption = Annotated[int, typer.Option(help="Port of the service.", min=1, max=65535)]


def _home(root: Path | None) -> Home:
    Settings.read()
    home = Home.at(root)
    home.prepare()
    os.environ.update(home.environment())
    return home


@app.command(
    epilog="Examples: [bold]music-platform run[/] · [bold]music-platform run --data my/files --home my/home[/]"
)
def run(
    data: Annotated[Path | None, typer.Option(help="Land the files of this folder, instead of the sample.")] = None,
    engine: Annotated[Literal["duckdb", "spark"] | None, typer.Option(help="Where relational features run.")] = None,
    budget: Annotated[
        float | None,
        typer.Option(
            help="Minutes to train encoders, all together [default: 3 on the sample, else 40; 0: linear only].",
            min=0,
        ),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Bring everything up to date: land, validate, train, report, build the bento. Does only what is new."""
    from music_platform.cli.pipeline import run_pipeline

    place = _home(home)
    if engine:
        os.environ["MUSIC_PLATFORM_ENGINE"] = engine
    if budget is not None:
        os.environ["MUSIC_PLATFORM_BUDGET"] = str(budget)
    if Settings.read().engine == "spark":
        from music_platform.features.spark import java_problem

        if problem := java_problem():
            raise InputError(problem)
    if not run_pipeline(place, data, console):
        console.print("[red]The run failed.[/] The lines marked ✗ say where and why.")
        raise typer.Exit(1)


@app.command(epilog="Example: [bold]music-platform up --ui-port 3000 --port 8000[/]")
def up(
    ui_port: Annotated[int, typer.Option(help="Port of the Dagster UI.", min=1, max=65535)] = 3000,
    port: PortOption = 8000,
    home: HomeOption = None,
) -> None:
    """Run once if nothing is there yet; then Dagster UI, daemon and service until Ctrl-C."""
    from music_platform.cli.pipeline import run_pipeline
    from music_platform.cli.processes import dagster_processes, service_process, supervise
    from music_platform.defs.run import fail_orphans
    from music_platform.serving.release import latest_bento

    place = _home(home)
    if latest_bento(place) is None and not run_pipeline(place, None, console):
        raise typer.Exit(1)
    fail_orphans(place)
    programs = dagster_processes(place, ui_port)
    console.print(f"Dagster UI  http://127.0.0.1:{ui_port}")
    if latest_bento(place):
        programs.append(service_process(place, port))
        console.print(f"Service     http://127.0.0.1:{port}")
    else:
        console.print("No service: no task has a champion yet.")
    console.print("Ctrl-C ends all.")
    raise typer.Exit(supervise(programs))


@app.command(epilog="Example: [bold]music-platform serve --port 8000[/]")
def serve(
    port: PortOption = 8000,
    host: Annotated[
        str, typer.Option(help="Address to listen at; only this machine can reach the default.")
    ] = LOOPBACK,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes; each holds all models.")] = None,
    home: HomeOption = None,
) -> None:
    """Serve the bento that the last run built."""
    from music_platform.cli.processes import service_process, supervise

    place = _home(home)
    if host != LOOPBACK and not Settings.read().api_key.get_secret_value():
        console.print(f"Everybody who reaches {host}:{port} may ask: set MUSIC_PLATFORM_API_KEY.", style="yellow")
    raise typer.Exit(supervise([service_process(place, port, host, workers)]))


@app.command(epilog="Example: [bold]music-platform land lyrics letras.csv more.jsonl.gz[/]")
def land(
    kind: Annotated[str, typer.Argument(help="lyrics, tracks, utterances, articles or catalogue.")],
    files: Annotated[list[Path], typer.Argument(help="CSV, JSONL or Parquet, also gzipped.")],
    home: HomeOption = None,
) -> None:
    """Check files and copy them to the landing zone; the next run, or a sensor, takes them from there."""
    from music_platform.ingestion.landing import Landing
    from music_platform.storage.warehouse import write_lock

    place = _home(home)
    with write_lock(place):
        landing = Landing(place.landing).land_all([(kind, path) for path in files])
    for landed in landing:
        console.print(str(landed), markup=False)


@app.command(epilog="Example: [bold]music-platform scrape --style mpb --limit 50 --live --contact me@example.org[/]")
def scrape(
    style: Annotated[list[str] | None, typer.Option(help="A style, as the sites name it; repeat for more.")] = None,
    artist: Annotated[list[str] | None, typer.Option(help="An artist's slug; repeat for more.")] = None,
    limit: Annotated[int | None, typer.Option(help="Songs per style.", min=1)] = None,
    live: Annotated[bool, typer.Option("--live", help="Crawl the real sites, not the sample's.")] = False,
    contact: Annotated[str, typer.Option(help="Mail or page for the User-Agent; a live crawl needs it.")] = "",
    home: HomeOption = None,
) -> None:
    """Crawl Letras and Vagalume into the landing zone; a killed crawl goes on where it was."""
    from music_platform.defs.run import run_job
    from music_platform.ingestion.crawl import keep_apart
    from music_platform.ingestion.plan import plan_of

    place = _home(home)
    chosen = {"styles": ",".join(style or ()), "artists": ",".join(artist or ()), "contact": contact}
    chosen |= {"limit_per_style": str(limit or ""), "live": "true" if live else ""}
    os.environ.update({f"MUSIC_PLATFORM_{name.upper()}": value for name, value in chosen.items() if value})
    keep_apart(place, plan_of(Settings.read()))
    raise typer.Exit(0 if run_job(place, "scrape") else 1)


@app.command(epilog="Example: [bold]music-platform predict genre --input songs.parquet --output scored.parquet[/]")
def predict(
    task: Annotated[str, typer.Argument(help="genre, genre_pt, intent, topic or clusters.")],
    source: Annotated[Path, typer.Option("--input", help="Parquet file with the rows to score.")],
    output: Annotated[Path, typer.Option("--output", help="Parquet file to write.")],
    home: HomeOption = None,
) -> None:
    """Score the rows of a file with a task's champion; one row out per row in, in the same order."""
    from music_platform.serving.batch import predict_file
    from music_platform.storage.registry import Registry

    registry = Registry(_home(home).artifacts)
    with console.status(f"{task}: scoring") as status:
        rows = predict_file(registry, task, source, output, lambda done: status.update(f"{task}: {done:,} rows scored"))
    console.print(f"{task}: {rows:,} rows scored in {output}", markup=False)


@app.command(epilog="Examples: [bold]music-platform chat[/] · [bold]music-platform chat --sql[/]")
def chat(
    session: Annotated[str | None, typer.Option(help="Session to go on with [default: a new one].")] = None,
    sql: Annotated[bool, typer.Option("--sql", help="Show the statements that changed playlists.")] = False,
    home: HomeOption = None,
) -> None:
    """Talk to the playlist assistant, in English, Spanish or Portuguese; Ctrl-D ends."""
    from music_platform.cli.chat import assistant_of
    from music_platform.cli.chat import chat as talk

    session = talk(assistant_of(_home(home)), session, console, show_sql=sql)
    console.print(f"To go on: music-platform chat --session {session}", style="dim", markup=False)


@app.command(
    epilog="Examples: [bold]music-platform corrections list[/] · [bold]music-platform corrections accept 1f2e3d4c5b6[/]"
)
def corrections(
    action: Annotated[Literal["list", "accept", "reject", "revert"], typer.Argument(help="What to do.")] = "list",
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of corrections, as listed.")] = None,
    home: HomeOption = None,
) -> None:
    """Review the labels that people corrected on the page; the next run trains with those that are accepted."""
    from music_platform.cli.review import review
    from music_platform.ingestion.correction_files import Corrections

    review(Corrections(_home(home).landing), action, ids or (), console)


@app.command(epilog="Example: [bold]music-platform tune genre_pt --candidate linear --trials 20[/]")
def tune(
    task: Annotated[str, typer.Argument(help="genre, genre_pt, intent or topic [default: all].")] = "",
    candidate: Annotated[str, typer.Option(help="linear or encoder [default: both].")] = "",
    trials: Annotated[int | None, typer.Option(help="Trials to add to each study at most.", min=1)] = None,
    minutes: Annotated[float | None, typer.Option(help="Minutes for each study at most.", min=0.01)] = None,
    home: HomeOption = None,
) -> None:
    """Search for better settings on the data of the last run; the next run trains with what was found."""
    from music_platform.cli.pipeline import studies_of
    from music_platform.defs.run import run_job

    place = _home(home)
    chosen = {"TRIALS": trials, "MINUTES": minutes}
    os.environ.update({f"MUSIC_PLATFORM_TUNE_{name}": str(value) for name, value in chosen.items() if value})
    if not run_job(place, "tune", studies_of(place, task, candidate)):
        raise typer.Exit(1)
    console.print(f"Trials and figures: {place.reports / 'tuning'}. The next run trains with what is clearly better.")


@app.command(epilog="Examples: [bold]music-platform models[/] · [bold]music-platform models --json[/]")
def models(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False, home: HomeOption = None
) -> None:
    """List each task's champion and the champions before it."""
    from music_platform.storage.registry import Registry

    registry = Registry(_home(home).artifacts)
    history = registry.history()
    if as_json:
        rows = [
            {
                **vars(p),
                "champion": registry.history(p.task)[-1] == p,
                "metrics": registry.artifact(p.task, p.artifact).manifest["metrics"],
            }
            for p in history
        ]
        console.print_json(data=rows)
        return
    table = Table("task", "artifact", "candidate", "since", "why", "figure")
    for promotion in history:
        is_champion = registry.history(promotion.task)[-1] == promotion
        metrics = registry.artifact(promotion.task, promotion.artifact).manifest["metrics"]
        figure = " ".join(f"{name} {value:.3f}" for name, value in metrics.items())
        table.add_row(
            promotion.task, promotion.artifact, promotion.candidate, promotion.at, promotion.why, figure,
            style="bold" if is_champion else "dim",
        )  # fmt: skip
    console.print(table)


@app.command(epilog="Examples: [bold]music-platform figures[/] · [bold]music-platform figures --markdown[/]")
def figures(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print all figures as a Markdown table.")] = False,
    home: HomeOption = None,
) -> None:
    """Show each champion's figure with interval and baseline, from the reports of the last run."""
    from music_platform.cli.pipeline import show_figures
    from music_platform.evaluation.assess import read_reports
    from music_platform.evaluation.findings import markdown_table, summary_rows

    place = _home(home)
    if markdown:
        sys.stdout.write(markdown_table(summary_rows(read_reports(place.reports))))
    else:
        show_figures(place, console)


@app.command(epilog="Example: [bold]music-platform rollback genre[/]")
def rollback(
    task: Annotated[str, typer.Argument(help="Task whose last promotion is undone.")], home: HomeOption = None
) -> None:
    """Make the champion before the present one champion again; the next run builds the bento with it."""
    from music_platform.storage.registry import Registry
    from music_platform.storage.warehouse import write_lock

    place = _home(home)
    with write_lock(place):
        artifact = Registry(place.artifacts).rollback(task)
    console.print(f"{task}: {artifact.id} ({artifact.manifest['candidate']}) is champion again")


@app.command(epilog="Example: [bold]music-platform songs --as-of 2026-05-31 --output songs.parquet[/]")
def songs(
    output: Annotated[Path, typer.Option(help="Parquet file to write.")],
    as_of: Annotated[str, typer.Option(help="Day, YYYY-MM-DD [default: today].")] = "",
    home: HomeOption = None,
) -> None:
    """Write the songs as they were known on a day."""
    from music_platform.features.history import write_songs

    try:
        day = date.fromisoformat(as_of) if as_of else date.today()
    except ValueError:
        raise InputError(f"--as-of: {as_of!r} is not a day, expected YYYY-MM-DD") from None
    console.print(f"{write_songs(_home(home), day, output):,} songs as of {day} in {output}")


@app.command(epilog="Example: [bold]music-platform prune[/]")
def prune(home: HomeOption = None) -> None:
    """Remove all but the last three bentos and what killed processes left behind; end their runs in MLflow."""
    from music_platform.models.tracking import end_orphans
    from music_platform.serving.release import prune_bentos
    from music_platform.storage.files import remove_orphans
    from music_platform.storage.warehouse import write_lock

    place = _home(home)
    with write_lock(place):
        removed = [*prune_bentos(place, keep=3), *remove_orphans(place.root)]
        ended = end_orphans(place.mlflow) if place.mlflow.exists() else []
    for name in removed:
        console.print(f"removed {name}", markup=False)
    for name in ended:
        console.print(f"ended the run of a killed training of {name}", markup=False)


def main() -> None:
    """Run the command; what the user gave wrong ends with one line and exit code 2."""
    try:
        app()
    except InputError as error:
        Console(stderr=True, highlight=False).print(f"[red]error:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
