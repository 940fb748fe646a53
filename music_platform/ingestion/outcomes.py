"""The outcomes of pages: the rules that give an answer its outcome, and the outcomes that count as bad.

Pure functions. `pages` reads the HTML, `ledger` keeps the outcomes. Put a new outcome and its rule here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from music_platform.ingestion.pages import ParsedPage, segments

MAX_BAD = 0.2
"""A crawl fails when more than this share of the pages of one kind have a bad outcome."""

RETRY_STATUS = frozenset({408, 429, 500, 502, 503, 504, 522, 524})
REDIRECT_STATUS = frozenset({301, 302, 303, 307, 308})


class Outcome(StrEnum):
    """The result of asking for a page."""

    SONG = "song"
    LISTING = "listing"
    INSTRUMENTAL = "instrumental"
    TAKEDOWN = "takedown"
    TRANSLATION = "translation"
    ROBOTS_DENIED = "robots_denied"
    SKIPPED = "skipped"
    AGE_GATE = "age_gate"
    OTHER_SONG = "other_song"
    EMPTY = "empty"
    NOT_FOUND = "not_found"
    REDIRECT = "redirect"
    BLOCKED = "blocked"
    ERROR = "error"

    @property
    def nature(self) -> str:
        """`good`: the page is as wanted; `neutral`: the site has no lyric for us; `bad`: anything else."""
        if self in _GOOD:
            return "good"
        return "neutral" if self in _NEUTRAL else "bad"

    @property
    def rest_days(self) -> float | None:
        """Days until a crawl asks for the page again; None for a final outcome, where the plan's days count."""
        return _REST_DAYS.get(self)


_REST_DAYS = {Outcome.BLOCKED: 1.0, Outcome.REDIRECT: 0.0, Outcome.ERROR: 0.0}
_GOOD = frozenset({Outcome.SONG, Outcome.LISTING})
_NEUTRAL = frozenset(
    {
        Outcome.INSTRUMENTAL,
        Outcome.TAKEDOWN,
        Outcome.TRANSLATION,
        Outcome.ROBOTS_DENIED,
        Outcome.SKIPPED,
    }
)

_TAKEDOWN = re.compile(
    r"(m[uú]sica|letra)\s+foi\s+removida\s+(em\s+raz[aã]o\s+de\s+solicita|a\s+pedido)"
    r"|not\s+licensed\s+to\s+display\s+the\s+full\s+lyrics",
    re.IGNORECASE,
)
_INSTRUMENTAL = re.compile(r"\W*(m[uú]sica\s+)?instrumental\W*", re.IGNORECASE)
_BLOCK = re.compile(
    rb"just a moment|attention required|captcha|access denied|are you (a )?human|unusual traffic",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Answer:
    """The answer for a page, after redirects and retries.

    `status` is None when no answer came; `robots` is the rule of robots.txt: allowed, denied or unreadable.
    """

    path: str
    body: bytes = b""
    status: int | None = None
    final_path: str = ""
    tries: int = 1
    robots: str = "allowed"
    trouble: str = ""
    retry_after: str | None = None

    @property
    def may_pass(self) -> bool:
        """Whether asking again soon may give a better answer."""
        if self.status is not None:
            return self.status in RETRY_STATUS
        return self.robots != "denied" and not self.trouble.startswith("redirect")


def song_outcome(answer: Answer, page: ParsedPage) -> Outcome:
    """The outcome of a song page that was read into `page`."""
    if answer.status in REDIRECT_STATUS and is_other_song(answer.path, answer.final_path):
        return Outcome.OTHER_SONG
    if (refusal := refusal_of(answer)) is not None:
        return refusal
    if page.missing:
        return Outcome.NOT_FOUND
    if not page.lyrics and not page.age_gate and not page.instrumental and _BLOCK.search(answer.body):
        return Outcome.BLOCKED
    if page.translation:
        return Outcome.TRANSLATION
    shown = (answer.final_path, page.canonical or answer.final_path)
    if any(_slug(path) != _slug(answer.path) for path in shown):
        return Outcome.OTHER_SONG
    if page.instrumental or _INSTRUMENTAL.fullmatch(page.lyrics):
        return Outcome.INSTRUMENTAL
    if _TAKEDOWN.search(page.lyrics):
        return Outcome.TAKEDOWN
    if not re.search(r"\w\W+\w", page.lyrics):
        return Outcome.AGE_GATE if page.age_gate else Outcome.EMPTY
    return Outcome.SONG if page.title and page.artist else Outcome.EMPTY


def listing_outcome(answer: Answer, found: int) -> Outcome:
    """The outcome of a listing page on which `found` links were read."""
    if (refusal := refusal_of(answer)) is not None:
        return refusal
    if found:
        return Outcome.LISTING
    return Outcome.BLOCKED if _BLOCK.search(answer.body) else Outcome.EMPTY


def refusal_of(answer: Answer) -> Outcome | None:
    """The outcome of an answer without a page, or None when the site sent one."""
    if answer.robots == "denied":
        return Outcome.ROBOTS_DENIED
    if answer.status is None:
        return Outcome.REDIRECT if answer.trouble.startswith("redirect") else Outcome.ERROR
    if answer.status == 200:
        return None
    if answer.status in (404, 410):
        return Outcome.NOT_FOUND
    if answer.status in (401, 403, 429, 451) or _BLOCK.search(answer.body):
        return Outcome.BLOCKED
    return Outcome.ERROR


def is_other_song(path: str, led_to: str) -> bool:
    """Whether the path that a song's path led to is the path of another song."""
    return len(segments(led_to)) == 2 and _slug(led_to) != _slug(path)


def _slug(path: str) -> str:
    """The part of a song's path that names the song; it stays the same when the artist's slug changes."""
    return "/".join(segments(path)[1:])


def verdict(counts: Mapping[str, Mapping[str, int]]) -> str | None:
    """The reason why a crawl failed, or None.

    Args:
        counts: kind of page ("song", "artist", ...) -> outcome -> pages; other names than outcomes don't count.
    """
    for kind, outcomes in counts.items():
        known = {Outcome(name): n for name, n in outcomes.items() if name in set(Outcome)}
        bad = {name: n for name, n in known.items() if name.nature == "bad"}
        asked = sum(n for name, n in known.items() if name is not Outcome.SKIPPED)
        if sum(bad.values()) > MAX_BAD * asked:
            listed = ", ".join(f"{n} {name}" for name, n in sorted(bad.items(), key=lambda item: -item[1]))
            return f"{sum(bad.values())} of {asked} {kind} pages are bad, more than {MAX_BAD:.0%}: {listed}"
    return None
