"""A SQLite connection that belongs to one thread."""

import sqlite3


class ThreadConnection(sqlite3.Connection):
    """A connection that is closed when nobody holds it any more, so that it ends with its thread.

    Open it with `sqlite3.connect(..., factory=ThreadConnection, check_same_thread=False)`: the interpreter may
    clear the variables of an ended thread in another one.
    """

    def __del__(self) -> None:
        self.close()
