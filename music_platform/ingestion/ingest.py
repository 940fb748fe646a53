"""The typed tables `ingestion.<kind>`, made from the landed files. Only new files are read.

Checks of rows belong to the features stage.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from music_platform.errors import InputError
from music_platform.ingestion.casts import SQL_TYPES
from music_platform.ingestion.landing import Landing
from music_platform.ingestion.readers import read
from music_platform.schema import PROVENANCE, Kind
from music_platform.storage.code import code_version
from music_platform.storage.files import fingerprint
from music_platform.storage.home import Home
from music_platform.storage.warehouse import Made, Warehouse, reading

_ID_LENGTH = 16
_READER = "music_platform.ingestion.readers:read"
"""The definition that makes the rows of a file."""


@dataclass(frozen=True)
class Ingested:
    """The table of a kind as it stands, and the files that this call read."""

    made: Made
    new_files: tuple[str, ...]
    changed: bool

    @property
    def refused(self) -> dict[str, str]:
        """File name -> the reason why it can't be read; the file stays in the landing zone as it is."""
        return self.made.detail["refused"]

    @property
    def unread(self) -> dict[str, int]:
        """Optional column -> the number of its values that can't be read and are empty."""
        return self.made.detail.get("unread", {})


def ingest(
    warehouse: Warehouse, landing: Landing, kind: Kind, progress: Callable[[str], None] = lambda line: None
) -> Ingested:
    """Make `ingestion.<kind>` hold exactly the rows of the files that are landed now.

    Files already in the table are not read again, and rows of files that are gone are removed. The change is one
    transaction. A file that can't be read is left out with its reason, and the others go in.

    Args:
        warehouse: the open warehouse.
        landing: the landing zone.
        kind: the landing kind.
        progress: takes a line for every file that is read.
    """
    name = f"ingestion.{kind.name}"
    files = {file.sha256[:_ID_LENGTH]: file for file in landing.files(kind.name)}
    reader = fingerprint(code_version(_READER), repr((kind, PROVENANCE)))
    made_from = fingerprint(sorted(files), reader)
    made = warehouse.made(name)
    if made and made.fingerprint == made_from:
        return Ingested(made, (), changed=False)

    same_reader = made is not None and made.detail["reader"] == reader
    held = set(made.detail["files"]) if made and same_reader else set()
    refused = {}
    tables = {}
    for identifier, file in files.items():
        if identifier in held:
            continue
        progress(f"reading {file.path.name}")
        try:
            tables[identifier] = read(kind, file.path, landed_at=file.landed_at, sha256=file.sha256)
        except InputError as error:
            refused[file.path.name] = str(error)
    with warehouse.transaction():
        if not same_reader:
            warehouse.sql.execute(f"DROP TABLE IF EXISTS {name}")
        warehouse.sql.execute(f"CREATE TABLE IF NOT EXISTS {name} ({_columns(kind)})")
        kept = sorted(held & set(files))
        warehouse.sql.execute(f"DELETE FROM {name} WHERE left(row_id, {_ID_LENGTH}) NOT IN (SELECT unnest(?))", [kept])  # noqa: S608
        for table in tables.values():
            warehouse.sql.register("incoming", table)
            warehouse.sql.execute(f"INSERT INTO {name} BY NAME FROM incoming")
            warehouse.sql.unregister("incoming")
        sentences = f"SELECT unnest(unread) AS sentence FROM {name}"  # noqa: S608
        counts = f"SELECT split_part(sentence, ':', 1) AS c, count(*) FROM ({sentences}) GROUP BY c ORDER BY c"  # noqa: S608
        unread = dict(warehouse.sql.execute(counts).fetchall())
        detail = {"files": sorted([*kept, *tables]), "refused": refused, "reader": reader, "unread": unread}
        made = warehouse.record(name, made_from, detail)
    return Ingested(made, tuple(files[i].path.name for i in tables), changed=True)


def is_ingested(home: Home, landing: Landing, kind: Kind) -> bool:
    """Whether the published table of a kind was made from exactly the files that are landed now."""
    if not home.published.exists():
        return False
    with reading(home) as connection:
        row = connection.execute("SELECT detail FROM main.made WHERE name = ?", [f"ingestion.{kind.name}"]).fetchone()
    files = {file.sha256[:_ID_LENGTH] for file in landing.files(kind.name)}
    return row is not None and set(json.loads(row[0])["files"]) == files


def _columns(kind: Kind) -> str:
    return ", ".join(f"{column.name} {SQL_TYPES[column.type]}" for column in (*kind.columns, *PROVENANCE))
