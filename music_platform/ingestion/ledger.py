"""The crawler's memory in SQLite: every visit, the songs read, and the pages still to ask for.

A page's visit, its song and the links found on it are stored in one transaction, so a crawl can be killed at any
point: the next one asks only for pages that have no visit yet. A crawl does not ask for a listing twice in a day, but
takes the links that the ledger kept of it.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from music_platform.ingestion.outcomes import Outcome
from music_platform.ingestion.records import PAGE_KINDS, Page, Visit

_SCHEMA = Path(__file__).with_name("ledger.sql")


def now() -> str:
    """The present moment in UTC, as the ledger writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _columns(row: dict[str, Any]) -> tuple[str, str]:
    return ", ".join(row), ", ".join(f":{name}" for name in row)


class Ledger:
    """The ledger of one home. The process that holds the crawl lock writes it; any process may read it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(path, isolation_level=None, timeout=30)
        self.db.row_factory = sqlite3.Row
        self.db.executescript(_SCHEMA.read_text("utf-8"))

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def open_crawl(self, identity: str, seeds: Iterable[Page], revisit_days: float) -> int:
        """The number of the unfinished crawl of that plan, or of a new one that begins at the seeds."""
        with self._transaction():
            row = self.db.execute(
                "SELECT id FROM crawls WHERE plan = ? AND finished_at IS NULL ORDER BY id DESC", (identity,)
            ).fetchone()
            if row is not None:
                crawl = int(row["id"])
                self.db.execute("UPDATE crawls SET revisit_days = ? WHERE id = ?", (revisit_days, crawl))
            else:
                self._forget_finished()
                inserted = self.db.execute(
                    "INSERT INTO crawls (plan, started_at, revisit_days) VALUES (?, ?, ?)",
                    (identity, now(), revisit_days),
                )
                crawl = int(inserted.lastrowid or 0)
                for seed in seeds:
                    self._queue(crawl, seed)
            self._settle_known(crawl)
        return crawl

    def finish_crawl(self, crawl: int) -> None:
        """Close the crawl, so that the next one of its plan begins anew."""
        self.db.execute("UPDATE crawls SET finished_at = ? WHERE id = ?", (now(), crawl))

    def _forget_finished(self) -> None:
        done = "(SELECT id FROM crawls WHERE finished_at IS NOT NULL)"
        self.db.execute(f"DELETE FROM frontier WHERE crawl IN {done}")  # noqa: S608 - a constant
        self.db.execute(f"DELETE FROM reached WHERE crawl IN {done}")  # noqa: S608 - a constant

    def next_page(self, crawl: int, site: str) -> Page | None:
        """The next page to ask for, or None when none is left."""
        row = self.db.execute(
            "SELECT url, site, kind, style, parent FROM frontier"
            " WHERE crawl = ? AND site = ? AND outcome IS NULL ORDER BY stage, id LIMIT 1",
            (crawl, site),
        ).fetchone()
        return Page(**row) if row is not None else None

    def room(self, crawl: int, page: Page, per_style: int | None, per_artist: int | None) -> int | None:
        """The number of further songs of an artist's page that the limits allow; None is any number.

        An artist of several styles has the room of the emptiest one; one that the plan names is under no style.
        """
        reached = self.db.execute("SELECT style FROM reached WHERE crawl = ? AND artist = ?", (crawl, page.url))
        styles = [style for (style,) in reached]
        limits = [per_artist] if per_artist else []
        if per_style and "" not in styles:
            limits.append(max(per_style - self._songs_of(crawl, page.site, style) for style in styles))
        return max(0, min(limits)) if limits else None

    def _songs_of(self, crawl: int, site: str, style: str) -> int:
        (count,) = self.db.execute(
            "SELECT count(*) FROM frontier AS song JOIN reached ON reached.crawl = song.crawl"
            " AND reached.artist = song.parent"
            " WHERE song.crawl = ? AND song.site = ? AND song.kind = 'song' AND reached.style = ?",
            (crawl, site, style),
        ).fetchone()
        return int(count)

    def skip(self, crawl: int, page: Page) -> None:
        """Leave a page out, because the limits are reached without it."""
        self._settle(crawl, page, Outcome.SKIPPED)

    def recall(self, crawl: int, page: Page, days: int, room: int | None) -> bool:
        """Settle a listing as at its last visit, if that was on one of the last `days` days in UTC.

        Args:
            crawl: number of the crawl.
            page: the listing; a song is never recalled here.
            days: 1 is today only. An outcome that rests for fewer days is recalled for fewer days.
            room: the most songs of an artist's page to ask for; None is all.

        Returns:
            Whether the listing is settled.
        """
        row = self.db.execute(
            "SELECT outcome, found FROM visits JOIN listings USING (url) WHERE url = :url"
            " AND julianday(date('now')) - julianday(date(fetched_at)) < min(coalesce(rest_days, :days), :days)"
            " ORDER BY id DESC LIMIT 1",
            {"url": page.url, "days": days},
        ).fetchone()
        if row is None:
            return False
        with self._transaction():
            found = [Page(*entry) for entry in json.loads(row["found"])]
            self._settle_and_queue(crawl, page, Outcome(row["outcome"]), found[:room])
        return True

    def record(self, crawl: int | None, visit: Visit, *, room: int | None = None, settle: bool = True) -> None:
        """Store a visit with its song and the pages found on it, all or nothing.

        Args:
            crawl: number of the crawl; None for a page that is on no frontier.
            visit: the visit.
            room: the most pages to ask for of those found; None is all.
            settle: false leaves the page on the frontier, to ask for it again.
        """
        with self._transaction():
            at = self._insert_visit(crawl, visit, settle)
            page = visit.page
            if visit.song is not None:
                origin = {"url": page.url, "site": page.site, "artist_page": page.parent, "fetched_at": at}
                self._upsert_song({**origin, **visit.song})
            for genre in visit.genres:
                self._label(page.url, genre)
            if crawl is None or not settle:
                return
            if page.kind != "song":
                found = json.dumps([astuple(entry) for entry in visit.found], ensure_ascii=False)
                self.db.execute("INSERT OR REPLACE INTO listings VALUES (?, ?)", (page.url, found))
            self._settle_and_queue(crawl, page, visit.outcome, visit.found[:room])

    def _settle_and_queue(self, crawl: int, page: Page, outcome: Outcome, found: Sequence[Page]) -> None:
        for entry in found:
            self._queue(crawl, entry)
        self._settle(crawl, page, outcome)
        self._settle_known(crawl, page.url)

    def _insert_visit(self, crawl: int | None, visit: Visit, settle: bool) -> str:
        at, answer = now(), visit.answer
        row = {
            "crawl": crawl,
            "url": visit.page.url,
            "site": visit.page.site,
            "kind": visit.page.kind,
            "fetched_at": at,
            "bytes": len(answer.body),
            "sha256": visit.sha256,
            "parser_version": visit.parser_version,
            "outcome": visit.outcome,
            "rest_days": visit.outcome.rest_days if settle else 0,
            **{name: getattr(answer, name) for name in ("status", "robots", "tries", "final_path", "trouble")},
        }
        names, values = _columns(row)
        self.db.execute(f"INSERT INTO visits ({names}) VALUES ({values})", row)  # noqa: S608 - our own column names
        return at

    def _upsert_song(self, row: dict[str, Any]) -> None:
        names, values = _columns(row)
        kept = ", ".join(f"{name} = excluded.{name}" for name in row if name != "url")
        self.db.execute(
            f"INSERT INTO songs ({names}) VALUES ({values})"  # noqa: S608 - our own column names
            f" ON CONFLICT (url) DO UPDATE SET {kept}, landed = NULL",
            row,
        )

    def _queue(self, crawl: int, page: Page) -> None:
        self.db.execute(
            "INSERT OR IGNORE INTO frontier (crawl, url, site, kind, stage, style, parent)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (crawl, page.url, page.site, page.kind, PAGE_KINDS.index(page.kind), page.style, page.parent),
        )
        if page.kind == "artist":
            self.db.execute("INSERT OR IGNORE INTO reached VALUES (?, ?, ?)", (crawl, page.url, page.style))
            if page.style:
                self._label(page.url, page.style)

    def _label(self, artist_page: str, genre: str) -> None:
        """Give all songs of an artist a genre; songs landed without it are landed again."""
        added = self.db.execute("INSERT OR IGNORE INTO labels VALUES (?, ?)", (artist_page, genre)).rowcount
        if added:
            self.db.execute("UPDATE songs SET landed = NULL WHERE artist_page = ?", (artist_page,))

    def _settle(self, crawl: int, page: Page, outcome: Outcome) -> None:
        self.db.execute("UPDATE frontier SET outcome = ? WHERE crawl = ? AND url = ?", (outcome, crawl, page.url))

    def _settle_known(self, crawl: int, parent: str | None = None) -> None:
        """Settle the songs (of one artist's page) that were visited lately with the outcome of that visit."""
        self.db.execute(
            "UPDATE frontier SET outcome = (SELECT v.outcome FROM visits AS v"
            " JOIN crawls AS c ON c.id = frontier.crawl"
            " WHERE v.url = frontier.url AND julianday('now') - julianday(v.fetched_at)"
            " < min(coalesce(v.rest_days, c.revisit_days), c.revisit_days) ORDER BY v.id DESC LIMIT 1)"
            " WHERE crawl = :crawl AND kind = 'song' AND outcome IS NULL"
            " AND (:parent IS NULL OR parent = :parent)",
            {"crawl": crawl, "parent": parent},
        )

    def counts(self, crawl: int) -> dict[str, dict[str, int]]:
        """The pages that the crawl listed: kind -> outcome -> number; those still to ask for are "pending"."""
        rows = self.db.execute(
            "SELECT kind, coalesce(outcome, 'pending') AS outcome, count(*) AS n FROM frontier"
            " WHERE crawl = ? GROUP BY 1, 2 ORDER BY min(stage), n DESC",
            (crawl,),
        )
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for row in rows:
            found[row["kind"]][row["outcome"]] = row["n"]
        return dict(found)

    def last_visit(self) -> int:
        """The number of the latest visit, 0 when there is none."""
        (number,) = self.db.execute("SELECT coalesce(max(id), 0) FROM visits").fetchone()
        return int(number)

    def totals_since(self, visit: int) -> tuple[int, int, int]:
        """Pages, songs and bytes of the visits after visit number `visit`."""
        row = self.db.execute(
            "SELECT count(*), count(*) FILTER (WHERE outcome = 'song'), coalesce(sum(bytes), 0)"
            " FROM visits WHERE id > ?",
            (visit,),
        ).fetchone()
        return int(row[0]), int(row[1]), int(row[2])

    def unlanded(self, site: str) -> Iterator[sqlite3.Row]:
        """The songs that are not yet in the landing zone, by URL, each with its artist's genres as `labels` (JSON)."""
        yield from self.db.execute(
            "SELECT songs.*, (SELECT json_group_array(genre) FROM labels"
            " WHERE labels.artist_page = songs.artist_page) AS labels"
            " FROM songs WHERE site = ? AND landed IS NULL ORDER BY url",
            (site,),
        )

    def mark_landed(self, site: str, name: str) -> None:
        """Note the name of the landing file that holds all songs not yet marked as landed."""
        self.db.execute("UPDATE songs SET landed = ? WHERE site = ? AND landed IS NULL", (name, site))
