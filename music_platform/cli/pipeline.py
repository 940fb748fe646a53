"""What `music-platform run` does, in order: land, crawl the sample, run the job, show the table of figures."""

import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from music_platform.errors import InputError
from music_platform.ingestion.landing import Landing, kind_of
from music_platform.models.candidates import STUDIES
from music_platform.schema import KINDS
from music_platform.settings import Home, Settings


def run_pipeline(home: Home, data: Path | None, console: Console) -> bool:
    """Bring a home up to date and print what came out; True when every step succeeded.

    With `data`, the files of that folder are landed; else what is landed is used; else the sample is landed.

    Raises:
        InputError: `data` holds no file of a known kind, or one that can't be used; or the home holds the sample.
    """
    from music_platform.defs.run import run_job
    from music_platform.storage.warehouse import write_lock

    started = time.monotonic()
    landing = Landing(home.landing)
    with write_lock(home):
        if data is not None:
            _land_folder(landing, data, console)
        elif landing.is_empty or (landing.holds_sample and not _sample_is_whole(landing)):
            _land_sample(landing, console)
    succeeded = run_job(home, "scrape") if landing.holds_sample else True
    succeeded = succeeded and run_job(home, "platform")
    if succeeded:
        show_figures(home, console)
        console.print(f"Done in {time.monotonic() - started:.0f} s.")
    return succeeded


def studies_of(home: Home, task: str, candidate: str) -> list[str]:
    """Keys of the studies of a task and a candidate, of all where the name is empty.

    Raises:
        InputError: there is no such study, no budget for it, or nothing to learn from yet.
    """
    settings = Settings.read()
    chosen = [f"models/{t}_{c}_study" for t, c in STUDIES if task in (t, "") and candidate in (c, "")]
    if not chosen:
        known = ", ".join(f"{t} {c}" for t, c in STUDIES)
        raise InputError(f"tune: no study of {' '.join(filter(None, (task, candidate)))!r}, expected one of {known}")
    if settings.tune_trials is None and settings.tune_minutes is None:
        raise InputError("tune: give --trials N, --minutes M or both")
    if not home.published.exists():
        raise InputError(f"{home.root}: holds no tables to tune on yet; first `music-platform run`")
    return chosen


def _land_folder(landing: Landing, data: Path, console: Console) -> None:
    if landing.holds_sample:
        raise InputError(
            f"{landing.root}: holds the invented sample, which never mixes with real data; "
            "give another folder with --home DIR"
        )
    if not data.is_dir():
        raise InputError(f"--data {data}: not a folder, expected one with files named lyrics*, tracks*, ...")
    files = sorted(path for path in data.iterdir() if path.is_file() and not path.name.startswith("."))
    known = [(kind, path) for path in files if (kind := kind_of(path)) is not None]
    for path in files:
        if kind_of(path) is None:
            console.print(f"left alone: {path.name} (no known prefix)", style="dim", markup=False)
    if not known:
        raise InputError(f"--data {data}: no file named lyrics*, tracks*, utterances*, articles* or catalogue*")
    for landed in landing.land_all(known):
        console.print(f"landed {landed}", markup=False)


def _sample_is_whole(landing: Landing) -> bool:
    """Whether all kinds that are not crawled are there; a killed run, or a crawl alone, leaves some missing."""
    return all(landing.files(name) for name, kind in KINDS.items() if kind.prefixes and name != "lyrics")


def _land_sample(landing: Landing, console: Console) -> None:
    from music_platform.sample.write import write_sample

    console.print("Landing the built-in sample, all of it invented.")
    with tempfile.TemporaryDirectory() as folder:
        landing.land_all(write_sample(Path(folder), Settings.read().sample_size), sample=True)


def show_figures(home: Home, console: Console) -> None:
    """Print a row per task: its champion, its figure with interval and baseline, and where the report lies."""
    from music_platform.evaluation.assess import read_reports
    from music_platform.evaluation.findings import number, span, summary_rows

    table = Table("task", "champion", "figure", "95 % interval", "baseline", "rows", "report")
    for row in summary_rows(read_reports(home.reports), only_main=True):
        if row["champion"] and row["slice"] == "all":
            table.add_row(
                row["task"],
                row["candidate"],
                f"{row['metric']} {number(row['value'])}",
                span(row),
                number(row["baseline"]),
                f"{row['rows']:,}",
                f"reports/{row['task']}/index.html",
            )
    if not table.rows:
        console.print("No task has a report: nothing was trained yet in this home.")
        return
    console.print(table)
    console.print(f"All figures: {home.reports / 'index.html'}")
