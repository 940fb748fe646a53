"""The spider: it asks for the pages of the ledger's frontier, one at a time, and records the visit of each.

Scrapy enforces robots.txt, the allow-listed hosts (redirects included) and the pause between requests. The ledger
decides which page comes next; `visits` decides what a page means.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy import Request, Spider, signals
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from music_platform.ingestion.ledger import Ledger
from music_platform.ingestion.outcomes import REDIRECT_STATUS, Answer, Outcome, is_other_song
from music_platform.ingestion.plan import CrawlPlan
from music_platform.ingestion.politeness import MAX_WAIT, TRIES, wait_before_retry
from music_platform.ingestion.sites import SITES
from music_platform.ingestion.visits import path_of, robots_visit, visit_of

MAX_REDIRECTS = 5
MAX_REFUSALS = 10
"""The number of pages in a row, blocked or without an answer, after which the spider leaves the site alone."""


class RobotsDenied(IgnoreRequest):
    """robots.txt forbids the page."""


class RobotsUnreadable(IgnoreRequest):
    """robots.txt could not be read, which forbids everything (RFC 9309, section 2.3.1.4)."""


class LeaveSite(Exception):  # noqa: N818 - a decision, not an error
    """The spider leaves the site alone until the next crawl; the message says why."""


class StrictRobots(RobotsTxtMiddleware):
    """Scrapy's robots.txt rules, but a robots.txt that can't be read allows nothing and is asked for again."""

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status not in (200, 404, 410):
            raise RobotsUnreadable
        await super()._parse_robots(response, netloc, request)

    def process_request_2(self, rp: Any, request: Request) -> None:
        """Let the request pass, or raise the reason that forbids it."""
        if rp is None:
            self._parsers.pop(urlsplit(request.url).netloc, None)
            raise RobotsUnreadable("robots.txt can't be read")
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest as error:
            raise RobotsDenied(str(error)) from None


class SiteSpider(Spider):
    """One site's part of a crawl.

    Args:
        site: the name of the site.
        plan: the plan.
        ledger: the open ledger.
        crawl: number of the crawl.
        stop: is set when a signal stops the crawl; the page in flight is still recorded.
        progress: takes lines of progress.
    """

    def __init__(
        self,
        site: str,
        plan: CrawlPlan,
        ledger: Ledger,
        crawl: int,
        stop: asyncio.Event,
        progress: Callable[[str], None],
        **kwargs: Any,
    ) -> None:
        super().__init__(name=site, **kwargs)
        self.site, self.plan, self.ledger, self.crawl_id = SITES[site], plan, ledger, crawl
        self.stop, self.progress = stop, progress
        self.base = plan.sites[site].rstrip("/")
        self.allowed_domains = [urlsplit(self.base).hostname or ""]
        self.problem: str | None = None

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> "SiteSpider":
        """Scrapy's constructor; it also sees to it that robots.txt is recorded."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider._record_robots, signal=signals.response_received)
        return spider

    def _record_robots(self, response: Response) -> None:
        if urlsplit(response.url).path == "/robots.txt":
            answer = Answer("/robots.txt", response.body, response.status, "/robots.txt")
            self.ledger.record(None, robots_visit(answer, self.name, self.plan.origin(self.name)))

    async def start(self) -> AsyncIterator[Any]:
        """Work off the frontier; the requests are made one by one here, and Scrapy gets none to schedule."""
        try:
            await self._work()
        except LeaveSite as reason:
            self.problem = f"{self.name}: {reason}; the next crawl goes on from here"
            self.progress(self.problem)
        except Exception as error:
            self.problem = f"{self.name}: {type(error).__name__}: {error}"
            raise
        return
        yield

    async def _work(self) -> None:
        refusals = 0
        while not self.stop.is_set() and (page := self.ledger.next_page(self.crawl_id, self.name)):
            # Between pages that need no request, this lets the signal handler and the other spider run.
            await asyncio.sleep(0)
            room = None
            if page.kind == "artist":
                room = self.ledger.room(self.crawl_id, page, self.plan.limit_per_style, self.plan.limit_per_artist)
                if room == 0:
                    self.ledger.skip(self.crawl_id, page)
                    continue
            if page.kind != "song" and self.ledger.recall(self.crawl_id, page, self.plan.listing_days, room):
                continue
            answer = await self._answer(path_of(page.url))
            if answer is None:
                return
            visit = visit_of(self.site, page, answer, self.base, self.plan.origin(self.name))
            reason = self._reason_to_leave(answer)
            self.ledger.record(self.crawl_id, visit, room=room, settle=reason is None)
            if reason is not None:
                raise LeaveSite(reason)
            refusals = refusals + 1 if visit.outcome in (Outcome.BLOCKED, Outcome.ERROR) else 0
            if refusals >= MAX_REFUSALS:
                raise LeaveSite(f"{refusals} pages refused one after the other, the last one {visit.outcome}")

    async def _answer(self, path: str) -> Answer | None:
        """The answer for a path after up to five tries, or None if a signal stops the crawl meanwhile."""
        for attempt in range(1, TRIES + 1):
            answer = await self._ask(path, attempt)
            wait = self._wait_after(answer)
            if not 0 < wait <= MAX_WAIT:
                return answer
            if attempt < TRIES and await self._stopped_within(wait):
                return None
        return answer

    def _wait_after(self, answer: Answer) -> float:
        """Seconds to wait before the next try, 0 when another try is of no use."""
        return wait_before_retry(answer.tries, self.plan.pause, answer.retry_after) if answer.may_pass else 0.0

    def _reason_to_leave(self, answer: Answer) -> str | None:
        if answer.robots == "unreadable":
            return f"{answer.trouble}, which forbids everything"
        wait = self._wait_after(answer)
        return f"asks to come back in {wait:.0f} s" if wait > MAX_WAIT else None

    async def _ask(self, path: str, attempt: int) -> Answer:
        try:
            response = await self._follow(path)
        except RobotsDenied:
            return Answer(path, tries=attempt, robots="denied")
        except RobotsUnreadable as error:
            return Answer(path, tries=attempt, robots="unreadable", trouble=str(error))
        except IgnoreRequest as error:
            return Answer(path, tries=attempt, trouble=f"redirect: {error}")
        except Exception as error:
            self.logger.warning("%s%s: %s: %s", self.base, path, type(error).__name__, error)
            return Answer(path, tries=attempt, trouble=f"{type(error).__name__}: {error}")
        after = response.headers.get("Retry-After")
        return Answer(
            path,
            response.body,
            response.status,
            urlsplit(response.url).path,
            tries=attempt,
            retry_after=after.decode("latin-1") if after else None,
        )

    async def _follow(self, path: str) -> Response:
        """The response for a path after its redirects; a redirect to another song is returned, not followed."""
        url = self.base + path
        for _ in range(MAX_REDIRECTS + 1):
            response = await self.crawler.engine.download_async(Request(url))
            location = response.headers.get("Location")
            if response.status not in REDIRECT_STATUS or not location:
                return response
            url = urljoin(response.url, location.decode("utf-8", "replace"))
            if is_other_song(path, urlsplit(url).path):
                return response.replace(url=url)
        raise IgnoreRequest(f"more than {MAX_REDIRECTS} redirects")

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self.stop.wait(), seconds)
        except TimeoutError:
            return False
        return True
