"""The records that the crawler keeps in its ledger: pages to ask for, and visits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from music_platform.ingestion.outcomes import Answer, Outcome

PAGE_KINDS = ("index", "style", "artist", "song")
"""The kinds of pages, in the order in which a crawl asks for them: all labels are known before the first song."""


@dataclass(frozen=True)
class Page:
    """A page to ask for; `url` is its name in the ledger, `parent` the artist's page that listed a song."""

    url: str
    site: str
    kind: str
    style: str = ""
    parent: str = ""


@dataclass(frozen=True)
class Visit:
    """The visit of a page: the answer, its outcome, and the parsed content.

    `song` holds the columns of `songs` besides URL and time, `found` all pages that a listing leads to, and `genres`
    the genres that an artist's page names.
    """

    page: Page
    answer: Answer
    outcome: Outcome
    sha256: str | None
    parser_version: int
    song: dict[str, Any] | None = None
    found: Sequence[Page] = ()
    genres: Sequence[str] = ()
