"""The export of crawled songs: one file of kind `lyrics` per site and crawl, from the ledger to the landing zone."""

import gzip
import hashlib
import json
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from music_platform.ingestion.landing import Delivery, Landing
from music_platform.ingestion.ledger import Ledger


def row_of(song: sqlite3.Row) -> dict[str, object]:
    """A song of the ledger as a row of kind `lyrics`; its genres are those of its page and of its artist.

    Of the time when its page was read it has the day, so that equal pages make equal rows.
    """
    genres = {*json.loads(song["genres"]), *json.loads(song["labels"])}
    kept = ("title", "artist", "lyrics", "url", "language", "album", "year")
    read = {"source": song["site"], "fetched_at": f"{song['fetched_at'][:10]}T00:00:00+00:00"}
    return {**read, **{name: song[name] for name in kept}, "genres": sorted(genres)}


def export_songs(ledger: Ledger, site: str, landing: Landing, *, sample: bool) -> str | None:
    """Land the songs of a site that are not yet landed as one file, and mark them.

    The file's name and bytes follow from its songs alone, and the landing zone takes no content twice. So the call
    after one that was killed between file and mark only marks the songs. Call it before anything changes the ledger.

    Args:
        ledger: the open ledger.
        site: the name of the site, which is also the rows' `source`.
        landing: the landing zone.
        sample: whether the songs are the sample's.

    Returns:
        The name of the landed file, None when there was nothing to land.
    """
    digest, last = hashlib.sha256(), ""
    for line, fetched_at in _lines(ledger, site):
        digest.update(line)
        last = max(last, fetched_at)
    if not last:
        return None
    stamp = last[:10].replace("-", "")
    with tempfile.TemporaryDirectory(prefix="music-platform-") as folder:
        path = Path(folder) / f"{site}-{stamp}-{digest.hexdigest()[:8]}.jsonl.gz"
        with path.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed:
            packed.writelines(line for line, _ in _lines(ledger, site))
        (landed,) = landing.put([Delivery("lyrics", path.name, path)], sample=sample)
    ledger.mark_landed(site, landed.name)
    return landed.name


def _lines(ledger: Ledger, site: str) -> Iterator[tuple[bytes, str]]:
    for song in ledger.unlanded(site):
        line = json.dumps(row_of(song), ensure_ascii=False, sort_keys=True) + "\n"
        yield line.encode(), song["fetched_at"]
