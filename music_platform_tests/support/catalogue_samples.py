"""An invented catalogue, with songs that a search should find."""

from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pyarrow as pa

from music_platform.serving.catalogue.index import SONGS, Built, build

_SCHEMAS = {
    "catalogue": pa.schema(
        [(name, pa.string()) for name in ("track_id", "title", "artist", "album")]
        + [("year", pa.int64()), ("popularity", pa.float64())]
    ),
    "tracks": pa.schema(
        [(name, pa.string()) for name in ("track_id", "track_name", "artists", "album")]
        + [("year", pa.int64()), ("popularity", pa.float64()), ("duration_ms", pa.int64())]
    ),
}
Row = tuple[Any, ...]
CATALOGUE: list[Row] = [
    ("c01", "Paper Lanterns", "Ana Vale", "Harbour Lights", 1998, 70.0),
    ("c02", "Paper Lanterns - Remastered 2015", "Ana Vale", "Harbour Lights (Deluxe)", 2015, 80.0),
    ("c03", "Paper Lanterns (Live)", "Ana Vale", "Live on the Pier", 2004, 20.0),
    ("c04", "Paper Lanterns", "The Grey Herons", "Marsh", 2001, 75.0),
    ("c05", "Paper", "Ana Vale", "Harbour Lights", 1998, 30.0),
    ("c06", "Coração de Areia", "Léo Marinho", "Maré Alta", 2010, 55.0),
    ("c07", "Tin Whistle Blues", "Otto Quill; Mara Fenn", "Duets", 1975, 40.0),
    ("c08", "Night Ferry (feat. Mara Fenn)", "Otto Quill", "Crossings", 1980, 35.0),
    ("c09", "Night Ferry", "Brass Kettle, Ana Vale", None, None, None),
    ("c10", "Ana Vale", "Otto Quill", "Crossings", 1980, 5.0),
    ("c11", "???", "!!!", None, None, 12.0),
    ("c12", "Lantern Keeper", "The Grey Herons", "Marsh", 2001, 45.0),
    ("c13", "X7", "Q9", "Codes", 2020, 15.0),
]
TRACKS: list[Row] = [
    ("c01", "Paper Lanterns", "Ana Vale;Otto Quill", None, None, 60.0, 201_000),
    ("t02", "coracao de areia", "Leo Marinho", None, None, 57.0, 187_000),
    ("t03", "Granite Morning", "The Grey Herons", "Marsh", 2001, 22.0, 240_000),
]


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """One database for all calls: opening one takes longer than the query."""
    database = duckdb.connect(config={"threads": 1})
    database.execute("CREATE SCHEMA features")
    return database


def songs(catalogue: list[Row] = CATALOGUE, tracks: list[Row] = TRACKS) -> pa.Table:
    """The rows of the catalogue's file, from those of the two tables."""
    database = _database()
    for name, rows in (("catalogue", catalogue), ("tracks", tracks)):
        schema = _SCHEMAS[name]
        table = pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema)
        database.register("given", table)
        database.execute(f"CREATE OR REPLACE TABLE features.{name} AS SELECT * FROM given")
        database.unregister("given")
    return database.execute(SONGS).to_arrow_table()


def built(path: Path, catalogue: list[Row] = CATALOGUE, tracks: list[Row] = TRACKS) -> Built:
    """Build the file of some rows."""
    return build(path, songs(catalogue, tracks), f"{len(catalogue)} and {len(tracks)}")


class Tables:
    """A warehouse that knows the state of two tables, and gives their songs."""

    def __init__(self, catalogue: int | None, tracks: int | None) -> None:
        self.made_of = {"features.catalogue": catalogue, "features.tracks": tracks}
        self.asked = 0

    def made(self, name: str) -> SimpleNamespace | None:
        """The state of a table."""
        rows = self.made_of[name]
        return None if rows is None else SimpleNamespace(rows=rows, data_version=f"{rows} rows")

    def arrow(self, _query: str) -> Any:
        """The songs."""
        self.asked += 1
        return songs()
