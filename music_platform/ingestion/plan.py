"""The plan of a crawl: sites, styles, artists, limits and pauses, checked once and kept as JSON."""

import dataclasses
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ConfigDict, TypeAdapter, ValidationError

from music_platform.errors import InputError
from music_platform.ingestion.sites import SITES
from music_platform.settings import LOOPBACK, Settings
from music_platform.storage.files import fingerprint

MIN_DELAY = 1.0
"""The fewest seconds between two requests to a real site."""
LIVE_LIMIT = 100
"""Songs per style in a live crawl that names no limit."""

_LOOPBACK_HOSTS = frozenset({LOOPBACK, "localhost", "::1"})

_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]*")


def _real_sites() -> dict[str, str]:
    return {name: f"https://{site.host}" for name, site in SITES.items()}


@dataclass(frozen=True)
class CrawlPlan:
    """The configuration of one crawl.

    Attributes:
        sites: site name -> base URL, which is the real site's, or on loopback for the sample's.
        styles: style slugs, for every site or for one ("letras:gospelreligioso"); "*" is all of the index.
        artists: artist slugs, likewise. With neither styles nor artists, the sample is crawled whole.
        limit_per_style: the most songs per style and site; None is no limit.
        limit_per_artist: the most songs per artist; None is no limit.
        revisit_days: days until the crawler asks again for a song with a final outcome.
        listing_days: days (in UTC) for which an index, style or artist page is kept; 0 asks for it in every crawl.
        delay: seconds between two requests to a real site; on loopback there is no pause.
        live: whether the crawler may ask real sites at all.
        contact: mail address or web page in the User-Agent; a live crawl needs it.

    Raises:
        InputError: a field can't be used; the message names it.
    """

    sites: dict[str, str] = field(default_factory=_real_sites)
    styles: tuple[str, ...] = ()
    artists: tuple[str, ...] = ()
    limit_per_style: int | None = None
    limit_per_artist: int | None = None
    revisit_days: float = 30
    listing_days: int = 1
    delay: float = MIN_DELAY
    live: bool = False
    contact: str = ""

    __pydantic_config__ = ConfigDict(extra="forbid")

    def __post_init__(self) -> None:
        if not self.sites or set(self.sites) - set(SITES):
            raise InputError(f"sites: {sorted(self.sites)} given, expected some of {sorted(SITES)}")
        for name, base in self.sites.items():
            self._check_base(name, base)
        if len({self._on_loopback(name) for name in self.sites}) > 1:
            raise InputError("sites: real and loopback addresses given, which never mix; give only one kind")
        for key, entries in (("styles", self.styles), ("artists", self.artists)):
            for entry in entries:
                self._check_entry(key, entry)
        for key, value in (
            ("limit_per_style", self.limit_per_style),
            ("limit_per_artist", self.limit_per_artist),
        ):
            if value is not None and value < 1:
                raise InputError(f"{key}: {value} given, expected at least 1")
        for key, days in (("revisit_days", self.revisit_days), ("listing_days", self.listing_days)):
            if days < 0:
                raise InputError(f"{key}: {days} given, expected 0 or more")
        if self.live:
            self._check_live()

    def _check_base(self, name: str, base: str) -> None:
        host = urlsplit(base).hostname
        if host not in _LOOPBACK_HOSTS and base.rstrip("/") != f"https://{SITES[name].host}":
            raise InputError(f"sites.{name}: {base!r} given, expected https://{SITES[name].host} or a loopback address")
        if host not in _LOOPBACK_HOSTS and not self.live:
            raise InputError(f"sites.{name}: {base} is a real site, which is crawled only with live: true")

    def _check_entry(self, key: str, entry: str) -> None:
        site, colon, slug = entry.rpartition(":")
        if (colon and site not in SITES) or not (_SLUG.fullmatch(slug) or (key == "styles" and slug == "*")):
            raise InputError(f"{key}: {entry!r} given, expected a lower-case slug: 'bossa-nova' or 'letras:bossa-nova'")

    def _check_live(self) -> None:
        if not re.fullmatch(r"\S+@\S+\.\S+|https?://\S+", self.contact):
            raise InputError(
                f"contact: {self.contact!r} given, a live crawl needs a mail address or web page to name to the sites"
            )
        if self.delay < MIN_DELAY:
            raise InputError(
                f"delay: {self.delay} given, expected at least {MIN_DELAY} s between requests to a real site"
            )
        if not (self.styles or self.artists):
            raise InputError("styles, artists: none given; a live crawl needs at least one")

    @classmethod
    def read(cls, source: str) -> "CrawlPlan":
        """The plan in a JSON text, or in the JSON file of that name.

        Raises:
            InputError: no such file, not JSON, an unknown field, or a field that can't be used.
        """
        path = Path(source)
        text = source
        if not source.lstrip().startswith("{"):
            if not path.is_file():
                raise InputError(f"plan {source}: no such file, expected a JSON file or a JSON object")
            text = path.read_text("utf-8")
        try:
            return TypeAdapter(cls).validate_json(text)
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"])
            raise InputError(
                f"plan: {where}{': ' if where else ''}{problem['msg'].removeprefix('Value error, ')}"
            ) from None

    def to_json(self) -> str:
        """The plan as JSON; `read` gives it back."""
        return TypeAdapter(type(self)).dump_json(self).decode()

    def _on_loopback(self, site: str) -> bool:
        return urlsplit(self.sites[site]).hostname in _LOOPBACK_HOSTS

    @property
    def is_sample(self) -> bool:
        """Whether the sites are on loopback, as the sample's are."""
        return all(self._on_loopback(name) for name in self.sites)

    @property
    def pause(self) -> float:
        """Seconds between two requests to a site."""
        return 0.0 if self.is_sample else max(self.delay, MIN_DELAY)

    def origin(self, site: str) -> str:
        """The scheme and host under which the ledger and the landed rows keep the site's pages.

        The sample's port changes from run to run, so its pages are kept under a reserved name.
        """
        return f"http://{site}.test" if self.is_sample else f"https://{SITES[site].host}"

    def of_site(self, entries: tuple[str, ...], site: str) -> list[str]:
        """Those of `styles` or `artists` that concern the site, without its name."""
        return [slug for name, _, slug in (entry.rpartition(":") for entry in entries) if name in ("", site)]

    @property
    def identity(self) -> str:
        """A hash of the pages that the plan wants: an unfinished crawl goes on for plans with the same hash."""
        asked = dataclasses.asdict(self)
        for key in ("contact", "delay", "listing_days", "live", "revisit_days"):
            del asked[key]
        return fingerprint({**asked, "sites": {name: self.origin(name) for name in sorted(self.sites)}})


def plan_of(settings: Settings, sample_sites: dict[str, str] | None = None) -> CrawlPlan:
    """The plan of the settings: of the real sites if they say `live`, else of the sample's.

    Args:
        settings: styles, artists, limit, contact, and whether the crawl is live.
        sample_sites: site name -> base URL of the sample's site.

    Raises:
        InputError: a setting can't be used; the message names it.
    """
    return CrawlPlan(
        _real_sites() if settings.live else sample_sites or dict.fromkeys(SITES, f"http://{LOOPBACK}"),
        settings.styles,
        settings.artists,
        settings.limit_per_style or (LIVE_LIMIT if settings.live else None),
        live=settings.live,
        contact=settings.contact,
    )
