"""Writes the songs as they were known on a past day, from the published feature group."""

from datetime import date
from pathlib import Path

import ibis

from music_platform.features.songs import songs
from music_platform.storage.files import replacing
from music_platform.storage.home import Home
from music_platform.storage.warehouse import reading
from music_platform.tables import TABLES


def write_songs(home: Home, as_of: date, output: Path) -> int:
    """Write the songs as of a day to a Parquet file with the columns of `features.songs`; returns their number.

    Raises:
        InputError: no run has published the warehouse yet.
    """
    with reading(home) as connection:
        backend = ibis.duckdb.from_connection(connection)
        sources = backend.table("song_sources", database="features")
        known = songs(sources, as_of=as_of).rows.select([column.name for column in TABLES["songs"].columns])
        with replacing(output) as temporary:
            known.order_by("song_id").to_parquet(temporary)
        return int(known.count().execute())
