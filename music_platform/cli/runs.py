"""The commands that run jobs and programs: run, up, serve, scrape, tune, prune."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from music_platform.cli.options import HomeOption, PortOption, choice, console, prepared
from music_platform.errors import InputError
from music_platform.tasks import MINUTES, STUDIES

commands = typer.Typer()


@commands.command(
    epilog="Examples: [bold]music-platform run[/] · [bold]music-platform run --data my/files --home my/home[/]"
)
def run(
    data: Annotated[
        Path | None, typer.Option(help="Folder whose files are landed first, instead of the sample.")
    ] = None,
    engine: Annotated[Literal["duckdb", "spark"] | None, typer.Option(help="Where relational features run.")] = None,
    budget: Annotated[
        float | None,
        typer.Option(
            help="Minutes to train all encoders together; 0 trains linear models only.",
            min=0,
            show_default=f"{MINUTES[True]:g} on the sample, else {MINUTES[False]:g}",
        ),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Bring everything up to date: land, validate, train, report, build the bento. Unchanged parts do nothing."""
    from music_platform.cli.pipeline import given, run_pipeline
    from music_platform.settings import Settings

    place, chosen = prepared(home), given(engine=engine, budget=budget)
    settings = Settings.read(**chosen)
    if settings.engine == "spark":
        from music_platform.features.spark import java_problem

        if problem := java_problem():
            raise InputError(problem)
    if not run_pipeline(place, console, data=data, sample_size=settings.sample_size, chosen=chosen):
        console.print("[red]The run failed.[/] The lines marked ✗ say where and why.")
        raise typer.Exit(1)


@commands.command(epilog="Example: [bold]music-platform up --ui-port 3000 --port 8000[/]")
def up(
    ui_port: Annotated[int, typer.Option(help="Port of the Dagster UI.", min=1, max=65535)] = 3000,
    port: PortOption = 8000,
    home: HomeOption = None,
) -> None:
    """Start the Dagster UI, its daemon and the service, until Ctrl-C. Without a bento, `run` comes first."""
    from music_platform.cli.pipeline import run_pipeline
    from music_platform.cli.processes import dagster_processes, service_process, supervise
    from music_platform.defs.instance import fail_orphans, opened
    from music_platform.serving.release import latest_bento
    from music_platform.settings import LOOPBACK, Settings

    place = prepared(home)
    if latest_bento(place) is None and not run_pipeline(place, console, sample_size=Settings.read().sample_size):
        raise typer.Exit(1)
    with opened(place) as instance:
        fail_orphans(instance, launched=True)
    programs = dagster_processes(place, ui_port)
    console.print(f"Dagster UI  http://{LOOPBACK}:{ui_port}")
    if latest_bento(place):
        programs.append(service_process(place, port))
        console.print(f"Service     http://{LOOPBACK}:{port}")
    else:
        console.print("The service does not start, because no task has a champion yet.")
    console.print("Ctrl-C ends all.")
    raise typer.Exit(supervise(programs))


@commands.command(epilog="Example: [bold]music-platform serve --port 8000[/]")
def serve(
    port: PortOption = 8000,
    host: Annotated[
        str | None,
        typer.Option(help="Address to listen at.", show_default="127.0.0.1, which only this machine can reach"),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, max=64, help="Processes; each holds all models.", show_default="MUSIC_PLATFORM_WORKERS, else 1"
        ),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Serve the bento that the last run built."""
    from music_platform.cli.processes import service_process, supervise
    from music_platform.settings import LOOPBACK, Settings

    place, address = prepared(home), host or LOOPBACK
    if address != LOOPBACK and not Settings.read().api_key.get_secret_value():
        console.print(
            f"Everybody who reaches {address}:{port} can use the service. Set MUSIC_PLATFORM_API_KEY to ask for a key.",
            style="yellow",
        )
    raise typer.Exit(supervise([service_process(place, port, address, workers)]))


@commands.command(
    epilog="Example: [bold]music-platform scrape --style mpb --limit 50 --live --contact me@example.org[/]"
)
def scrape(
    style: Annotated[list[str] | None, typer.Option(help="A style, as the sites name it; repeat for more.")] = None,
    artist: Annotated[list[str] | None, typer.Option(help="An artist's slug; repeat for more.")] = None,
    limit: Annotated[int | None, typer.Option(help="Songs per style.", min=1)] = None,
    live: Annotated[bool, typer.Option("--live", help="Crawl the real sites instead of the sample's.")] = False,
    contact: Annotated[str, typer.Option(help="Mail or page for the User-Agent; a live crawl needs it.")] = "",
    home: HomeOption = None,
) -> None:
    """Crawl Letras and Vagalume into the landing zone; a killed crawl resumes where it was."""
    from music_platform.cli.pipeline import given
    from music_platform.ingestion.landing import Landing
    from music_platform.ingestion.plan import plan_of
    from music_platform.settings import Settings

    place = prepared(home)
    chosen = given(styles=style, artists=artist, contact=contact, limit_per_style=limit, live=live or None)
    plan = plan_of(Settings.read(**chosen))
    Landing(place.landing).keep_apart(sample=plan.is_sample)

    from music_platform.jobs import run_job

    raise typer.Exit(0 if run_job(place, "scrape", chosen) else 1)


@commands.command(epilog="Example: [bold]music-platform tune genre_pt --candidate linear --trials 20[/]")
def tune(
    task: Annotated[
        str, typer.Argument(help=f"{choice(dict.fromkeys(name for name, _ in STUDIES))}.", show_default="all")
    ] = "",
    candidate: Annotated[
        str, typer.Option(help=f"{choice(dict.fromkeys(name for _, name in STUDIES))}.", show_default="all")
    ] = "",
    trials: Annotated[int | None, typer.Option(help="Trials to add to each study at most.", min=1)] = None,
    minutes: Annotated[float | None, typer.Option(help="Minutes for each study at most.", min=0.01)] = None,
    home: HomeOption = None,
) -> None:
    """Search for better hyperparameters on the data of the last run; the next run trains with them."""
    from music_platform.cli.pipeline import given, studies_of
    from music_platform.settings import Settings

    place, chosen = prepared(home), given(tune_trials=trials, tune_minutes=minutes)
    studies = studies_of(place, Settings.read(**chosen), task, candidate)

    from music_platform.defs.keys import study_key
    from music_platform.jobs import run_job

    if not run_job(place, "tune", chosen, [study_key(*study) for study in studies]):
        raise typer.Exit(1)
    console.print(f"Reports of the studies: {place.reports / 'tuning'}")
    console.print("The next run trains with the hyperparameters that are clearly better than the defaults.")


@commands.command(epilog="Example: [bold]music-platform prune[/]")
def prune(home: HomeOption = None) -> None:
    """Remove all but the last three bentos and the unfinished files of killed processes; end their runs in MLflow."""
    from music_platform.models.tracking import end_orphans
    from music_platform.serving.release import prune_bentos
    from music_platform.storage.files import remove_orphans
    from music_platform.storage.warehouse import write_lock

    place = prepared(home)
    with write_lock(place):
        removed = [*prune_bentos(place, keep=3), *remove_orphans(place.root)]
        ended = end_orphans(place.mlflow) if place.mlflow.exists() else []
    for name in removed:
        console.print(f"removed {name}", markup=False)
    for name in ended:
        console.print(f"ended the run of a killed training of {name} in MLflow", markup=False)
