"""The crawl as a process of its own: `python -m music_platform.ingestion.crawl --home DIR --plan JSON`.

It takes the crawl lock, lands the songs that an earlier crawl left in the ledger, runs one spider per site, lands the
new songs and prints a JSON summary on stdout. It can be killed at any point: the next crawl of the plan goes on from
there. When Dagster started it, it reports through Pipes.

Exit codes: 0 the crawl is done; 1 it failed, for too many bad pages or because a spider left a site early; 2 it can't
start; 3 its parent is gone; 143 SIGTERM or SIGINT ended it cleanly.
"""

import argparse
import asyncio
import dataclasses
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from music_platform.errors import InputError
from music_platform.ingestion.export import export_songs
from music_platform.ingestion.landing import Landing
from music_platform.ingestion.ledger import Ledger
from music_platform.ingestion.outcomes import verdict
from music_platform.ingestion.plan import CrawlPlan
from music_platform.ingestion.visits import seeds
from music_platform.storage.home import Home

PARENT_GONE = 3
STOPPED = 128 + signal.SIGTERM
_PROGRESS_SECONDS = 2.0

Progress = Callable[[str], None]
"""A function that takes a line for people."""


@dataclass
class Summary:
    """The result of a crawl.

    `outcomes` counts all pages that the crawl listed, also those that earlier processes visited: kind -> outcome ->
    pages. The other numbers count the work of this process.
    """

    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)
    pages: int = 0
    songs: int = 0
    bytes: int = 0
    seconds: float = 0.0
    landed: list[str] = field(default_factory=list)
    finished: bool = False
    problem: str | None = None


def command(home: Home, plan: CrawlPlan) -> list[str]:
    """The command line of a crawl as a child of this process, for `subprocess` or a Dagster Pipes client."""
    options = {"--home": str(home.root), "--plan": plan.to_json(), "--parent": str(os.getpid())}
    return [sys.executable, "-m", __spec__.name, *chain.from_iterable(options.items())]


@contextmanager
def crawl_lock(home: Home) -> Iterator[None]:
    """Hold the crawl lock of a home; the system frees it when the process ends, however it ends.

    Raises:
        InputError: another crawl holds it.
    """
    from filelock import FileLock, Timeout

    home.state.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home.state / "crawl.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise InputError(f"{lock.lock_file}: another crawl is running in this home; wait until it ends") from None
    try:
        yield
    finally:
        lock.release()


def end_with_parent(parent: int, poll_seconds: float = 0.25) -> None:
    """End this process at once, which the ledger survives, when it is no longer a child of `parent`."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(poll_seconds)
        os._exit(PARENT_GONE)

    threading.Thread(target=watch, daemon=True).start()


def crawl(home: Home, plan: CrawlPlan, progress: Progress) -> Summary:
    """Run a plan to its end, or until SIGTERM. Call it once per process: Twisted's reactor can't start again.

    Args:
        home: the home of the ledger and the landing zone.
        plan: the plan.
        progress: takes lines of progress.

    Raises:
        InputError: another crawl runs in this home, or the built-in sample and real songs would mix.
    """
    started = time.monotonic()
    landing = Landing(home.landing)
    with crawl_lock(home):
        landing.keep_apart(sample=plan.is_sample)
        ledger = Ledger(home.state / "ledger.sqlite")
        try:
            summary = Summary(landed=_land(ledger, landing, plan))
            number = ledger.open_crawl(plan.identity, seeds(plan), plan.revisit_days)
            visited = ledger.last_visit()
            stopped, problems = _run_spiders(plan, ledger, number, progress)
            summary.landed += _land(ledger, landing, plan)
            summary.outcomes = ledger.counts(number)
            summary.pages, summary.songs, summary.bytes = ledger.totals_since(visited)
            summary.finished = not any("pending" in outcomes for outcomes in summary.outcomes.values())
            if summary.finished:
                ledger.finish_crawl(number)
            if not stopped:
                problems += [reason] if (reason := verdict(summary.outcomes)) else []
                summary.problem = "; ".join(problems) or None
        finally:
            ledger.close()
    summary.seconds = round(time.monotonic() - started, 2)
    return summary


def _land(ledger: Ledger, landing: Landing, plan: CrawlPlan) -> list[str]:
    names = (export_songs(ledger, site, landing, sample=plan.is_sample) for site in plan.sites)
    return [name for name in names if name]


def _run_spiders(plan: CrawlPlan, ledger: Ledger, number: int, progress: Progress) -> tuple[bool, list[str]]:
    """Run the spiders until all are done; return whether a signal stopped them, and their problems."""
    from scrapy.crawler import AsyncCrawlerProcess

    from music_platform.ingestion.politeness import scrapy_settings
    from music_platform.ingestion.spider import SiteSpider

    process = AsyncCrawlerProcess(scrapy_settings(plan))
    stop, loop = asyncio.Event(), asyncio.get_event_loop()
    crawlers = [process.create_crawler(SiteSpider) for _ in plan.sites]
    for crawler, site in zip(crawlers, plan.sites, strict=True):
        process.crawl(crawler, site=site, plan=plan, ledger=ledger, crawl=number, stop=stop, progress=progress)
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    ticker = loop.create_task(_show_progress(ledger, number, progress))
    process.start(install_signal_handlers=False)
    ticker.cancel()
    problems = [str(problem) for crawler in crawlers if (problem := getattr(crawler.spider, "problem", None))]
    return stop.is_set(), problems


async def _show_progress(ledger: Ledger, number: int, progress: Progress) -> None:
    while True:
        await asyncio.sleep(_PROGRESS_SECONDS)
        songs = ledger.counts(number).get("song", {})
        read, to_go = songs.get("song", 0), songs.get("pending", 0)
        progress(f"{sum(songs.values())} songs listed, {read} read, {to_go} to go")


def _report(plan: CrawlPlan, home: Home) -> Summary:
    """Run the crawl, and report to Dagster if Dagster started this process, else on stderr and stdout."""
    from dagster_pipes import PipesEnvVarParamsLoader, open_dagster_pipes

    if not PipesEnvVarParamsLoader().is_dagster_pipes_process():
        summary = crawl(home, plan, lambda line: print(line, file=sys.stderr, flush=True))
        print(json.dumps(dataclasses.asdict(summary), ensure_ascii=False))
        return summary
    with open_dagster_pipes() as pipes:
        summary = crawl(home, plan, pipes.log.info)
        if summary.finished and not summary.problem:
            pipes.report_asset_materialization(
                metadata={
                    "dagster/row_count": summary.songs,
                    "pages": summary.pages,
                    "bytes": summary.bytes,
                    "changed": bool(summary.landed),
                    "landed": {"raw_value": summary.landed, "type": "json"},
                    "outcomes": {"raw_value": summary.outcomes, "type": "json"},
                }
            )
        return summary


def main() -> int:
    """Run the plan of the command line and return the exit code."""
    parser = argparse.ArgumentParser(description="Crawl the lyric sites of a plan into the landing zone of a home.")
    parser.add_argument("--home", type=Path, required=True, help="folder that holds all state of one instance")
    parser.add_argument("--plan", required=True, help="a CrawlPlan as JSON, or a file that holds one")
    parser.add_argument("--parent", type=int, help="pid of the process that starts this one; this one ends with it")
    options = parser.parse_args()
    if options.parent is not None:
        end_with_parent(options.parent)
    try:
        summary = _report(CrawlPlan.read(options.plan), Home.at(options.home))
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if summary.problem:
        print(f"error: {summary.problem}", file=sys.stderr)
        return 1
    return 0 if summary.finished else STOPPED


if __name__ == "__main__":
    sys.exit(main())
