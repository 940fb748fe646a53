"""The politeness of the crawler: its User-Agent, its Scrapy settings, and the wait before a retry."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from music_platform import __version__
from music_platform.ingestion.plan import CrawlPlan

TRIES = 5
MAX_WAIT = 3600.0
"""Seconds; the spider leaves a site that asks for a longer wait alone until the next crawl."""

_AGENT = "music-platform"


def user_agent(contact: str) -> str:
    """The crawler's name and version, with the page or mail address for complaints."""
    return f"{_AGENT}/{__version__} (+{contact or 'sample site on loopback'})"


def wait_before_retry(attempt: int, pause: float, retry_after: str | None) -> float:
    """Seconds to wait after a try: they double with every try, and are at least those of Retry-After.

    Args:
        attempt: number of the try, from 1.
        pause: the crawl's pause between two requests to the site, in seconds.
        retry_after: the header's value, a number of seconds or an HTTP date (RFC 9110, section 10.2.3).
    """
    return max(max(pause, 0.05) * 2**attempt, _seconds(retry_after))


def _seconds(retry_after: str | None) -> float:
    text = (retry_after or "").strip()
    if text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return 0.0
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()


def scrapy_settings(plan: CrawlPlan) -> dict[str, Any]:
    """Scrapy's settings for a plan.

    The spider retries and redirects itself: Scrapy's retries neither wait nor read Retry-After, and its redirects
    lead to other songs.
    """
    return {
        "USER_AGENT": user_agent(plan.contact),
        "DEFAULT_REQUEST_HEADERS": {"Accept": "text/html,*/*;q=0.5", "Accept-Language": "pt-BR,pt;q=0.9"},
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": _AGENT,
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "music_platform.ingestion.spider.StrictRobots": 100,
        },
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": plan.pause,
        "DOWNLOAD_DELAY_JITTER": 0,
        "DOWNLOAD_TIMEOUT": 30,
        "DOWNLOAD_MAXSIZE": 8 << 20,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "HTTPPROXY_ENABLED": not plan.is_sample,
        "RETRY_ENABLED": False,
        "REDIRECT_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "MEMUSAGE_ENABLED": False,
        "LOG_LEVEL": "WARNING",
    }
