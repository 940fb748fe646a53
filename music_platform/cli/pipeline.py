"""The steps of `music-platform run`: land, crawl the sample, execute the job, show the table of figures."""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from music_platform.errors import InputError
from music_platform.schema import KINDS
from music_platform.tasks import STUDIES

if TYPE_CHECKING:
    from music_platform.ingestion.landing import Landing
    from music_platform.settings import Settings
    from music_platform.storage.home import Home

_LANDED = {name: kind.prefixes for name, kind in KINDS.items() if kind.prefixes}
"""Kind -> the beginnings of the file names that `run --data` takes for it."""


def given(**options: Any) -> dict[str, Any]:
    """The settings that the command line sets: the options with a value, by their fields in `Settings`."""
    return {field: value for field, value in options.items() if value is not None and value not in ("", [])}


def run_pipeline(
    home: "Home",
    console: Console,
    *,
    data: Path | None = None,
    sample_size: float = 1.0,
    chosen: Mapping[str, Any] | None = None,
) -> bool:
    """Bring a home up to date and print the figures; True when every step succeeded.

    Args:
        home: its landing zone keeps its files; an empty one gets the sample, unless there is `data`.
        console: gets the figures.
        data: folder whose files are landed first.
        sample_size: share of the sample to land.
        chosen: settings that the command line set.

    Raises:
        InputError: `data` holds no file of a known kind, or one that can't be used; or the home holds the sample.
    """
    from music_platform.ingestion.landing import Landing
    from music_platform.storage.warehouse import write_lock

    started = time.monotonic()
    landing = Landing(home.landing)
    with write_lock(home):
        if data is not None:
            _land_folder(landing, data, console)
        elif landing.is_empty or (landing.holds_sample and not _sample_is_whole(landing)):
            _land_sample(landing, sample_size, console)

    from music_platform.jobs import run_job

    succeeded = run_job(home, "scrape", chosen) if landing.holds_sample else True
    succeeded = succeeded and run_job(home, "platform", chosen)
    if succeeded:
        show_figures(home, console)
        console.print(f"Done in {time.monotonic() - started:.0f} s.")
    return succeeded


def studies_of(home: "Home", settings: "Settings", task: str, candidate: str) -> list[tuple[str, str]]:
    """The studies of a task and a candidate, as pairs of both; an empty name stands for all.

    Raises:
        InputError: there is no such study, no budget for it, or no data to learn from.
    """
    chosen = [study for study in STUDIES if task in (study[0], "") and candidate in (study[1], "")]
    if not chosen:
        known = ", ".join(f"{t} {c}" for t, c in STUDIES)
        raise InputError(f"tune: there is no study of {f'{task} {candidate}'.strip()!r}, expected one of {known}")
    if settings.tune_trials is None and settings.tune_minutes is None:
        raise InputError("tune: a study needs a budget; give --trials N, --minutes M or both")
    if not home.published.exists():
        raise InputError(f"{home.root}: the home has no tables to tune on; run `music-platform run` first")
    return chosen


def _land_folder(landing: "Landing", data: Path, console: Console) -> None:
    from music_platform.ingestion.intake import land_folder

    landing.keep_apart(sample=False)
    prefixes = ", ".join(f"{names[0]}*" for names in _LANDED.values())
    if not data.is_dir():
        raise InputError(f"--data {data}: this is no folder, expected one with files named {prefixes}")
    accepted, left = land_folder(landing, data)
    for name, reason in left.items():
        console.print(f"not landed: {name} ({reason})", style="dim", markup=False)
    if not accepted:
        raise InputError(f"--data {data}: the folder has no file named {prefixes}")
    for file in accepted:
        console.print(f"landed {file}", markup=False)


def _sample_is_whole(landing: "Landing") -> bool:
    """Whether all kinds that are not crawled are there; after a killed run, or a crawl alone, some are missing."""
    return all(landing.files(kind) for kind in _LANDED if kind != "lyrics")


def _land_sample(landing: "Landing", size: float, console: Console) -> None:
    from music_platform.ingestion.intake import land_all
    from music_platform.sample.write import write_sample

    console.print("Landing the built-in sample. All of it is invented.")
    with tempfile.TemporaryDirectory() as folder:
        land_all(landing, write_sample(Path(folder), size), sample=True)


def show_figures(home: "Home", console: Console) -> None:
    """Print a row per task: its champion, its figure with interval and baseline, and the report's place."""
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
        console.print("No task has a report, because nothing was trained in this home.")
        return
    console.print(table)
    console.print(f"All figures: {home.reports / 'index.html'}")
