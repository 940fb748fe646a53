"""The crawl as a process of its own: `python -m music_platform.ingestion.crawl --home DIR --plan JSON`.

Takes the crawl lock, lands what an earlier crawl left, runs one spider per site, lands the songs and prints
a JSON summary on stdout. It can be killed at any point and goes on from there. Started by Dagster, it
reports through Pipes.

Exit codes: 0 done; 1 failed (too many bad pages, or a site left early); 2 can't start; 3 parent gone; 143
told to end, and ended cleanly.
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
from music_platform.settings import Home

PARENT_GONE = 3
STOPPED = 128 + signal.SIGTERM
_PROGRESS_SECONDS = 2.0

Tell = Callable[[str], None]


@dataclass
class Summary:
    """What a crawl did.

    `outcomes` counts all pages the crawl listed, those known from earlier ones included: kind -> outcome ->
    pages. The other numbers are this process's part.
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
    """The command line that runs the plan as a child of this process, itself or through a Dagster Pipes client."""
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
        raise InputError(f"{lock.lock_file}: another crawl is running in this home; wait for it to end") from None
    try:
        yield
    finally:
        lock.release()


def end_with_parent(parent: int, poll_seconds: float = 0.25) -> None:
    """End this process when `parent` is gone, or was before this call; at once, which the ledger survives."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(poll_seconds)
        os._exit(PARENT_GONE)

    threading.Thread(target=watch, daemon=True).start()


def crawl(home: Home, plan: CrawlPlan, tell: Tell) -> Summary:
    """Run a plan to its end, or until SIGTERM. Once per process: Twisted's reactor can't be started again.

    Args:
        home: whose ledger and landing zone are used.
        plan: what is asked for.
        tell: takes lines of progress.

    Raises:
        InputError: another crawl runs in this home, or invented and real songs would mix.
    """
    started = time.monotonic()
    landing = Landing(home.landing)
    with crawl_lock(home):
        keep_apart(home, plan)
        ledger = Ledger(home.state / "ledger.sqlite")
        try:
            summary = Summary(landed=_land(ledger, landing, plan))
            number = ledger.open_crawl(plan.identity, seeds(plan), plan.revisit_days)
            visited = ledger.last_visit()
            stopped, problems = _run_spiders(plan, ledger, number, tell)
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


def keep_apart(home: Home, plan: CrawlPlan) -> None:
    """Refuse a plan whose songs would mix real and invented ones; a sample plan claims an empty landing zone.

    Raises:
        InputError: the landing zone holds songs of the other sort.
    """
    landing = Landing(home.landing)
    if plan.is_sample:
        landing.mark_sample()
    elif landing.holds_sample:
        raise InputError(f"{landing.root}: holds the invented sample, never mixed with real songs: use another --home")


def _land(ledger: Ledger, landing: Landing, plan: CrawlPlan) -> list[str]:
    names = (export_songs(ledger, site, landing, sample=plan.is_sample) for site in plan.sites)
    return [name for name in names if name]


def _run_spiders(plan: CrawlPlan, ledger: Ledger, number: int, tell: Tell) -> tuple[bool, list[str]]:
    """Run the spiders until all are done; whether the process was told to end, and what went wrong."""
    from scrapy.crawler import AsyncCrawlerProcess

    from music_platform.ingestion.manners import scrapy_settings
    from music_platform.ingestion.spider import SiteSpider

    process = AsyncCrawlerProcess(scrapy_settings(plan))
    stop, loop = asyncio.Event(), asyncio.get_event_loop()
    crawlers = [process.create_crawler(SiteSpider) for _ in plan.sites]
    for crawler, site in zip(crawlers, plan.sites, strict=True):
        process.crawl(crawler, site=site, plan=plan, ledger=ledger, crawl=number, stop=stop, tell=tell)
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    ticker = loop.create_task(_tell_progress(ledger, number, tell))
    process.start(install_signal_handlers=False)
    ticker.cancel()
    problems = [str(problem) for crawler in crawlers if (problem := getattr(crawler.spider, "problem", None))]
    return stop.is_set(), problems


async def _tell_progress(ledger: Ledger, number: int, tell: Tell) -> None:
    while True:
        await asyncio.sleep(_PROGRESS_SECONDS)
        songs = ledger.counts(number).get("song", {})
        read, to_go = songs.get("song", 0), songs.get("pending", 0)
        tell(f"{sum(songs.values())} songs listed, {read} read, {to_go} to go")


def _report(plan: CrawlPlan, home: Home) -> Summary:
    """Run the crawl and report to Dagster when it started this process, else on stderr and stdout."""
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
    """Run the plan of the command line; the exit code."""
    parser = argparse.ArgumentParser(description="Crawl the lyric sites of a plan into a home's landing zone.")
    parser.add_argument("--home", type=Path, required=True, help="folder that holds all state")
    parser.add_argument("--plan", required=True, help="a CrawlPlan as JSON, or a file that holds one")
    parser.add_argument("--parent", type=int, help="pid of the process that starts this one, which ends with it")
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
