"""A SQLite connection that belongs to one thread."""

import sqlite3
from contextlib import suppress
from typing import Any


class ThreadConnection(sqlite3.Connection):
    """A connection, opened with the arguments of `sqlite3.connect`, that is closed when nobody holds it any more.

    So it ends with its thread. The interpreter may clear the variables of an ended thread in another one.
    """

    def __init__(self, database: Any, **options: Any) -> None:
        super().__init__(database, check_same_thread=False, **options)

    def __del__(self) -> None:
        with suppress(sqlite3.ProgrammingError):  # it could not be opened
            self.close()
