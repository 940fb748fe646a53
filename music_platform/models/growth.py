"""Which tasks have enough new rows to be trained again. Counts rows only; starts nothing."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from music_platform.errors import InputError
from music_platform.models import slot_rows as slots
from music_platform.models.rows import TASKS, rows
from music_platform.schema import LEARNED_FROM
from music_platform.settings import Home
from music_platform.storage.registry import Registry
from music_platform.storage.warehouse import reading

if TYPE_CHECKING:
    import duckdb


def grown_tasks(home: Home, registry: Registry, tasks: Iterable[str], factor: float) -> dict[str, int]:
    """Task -> its training rows in what is published, for those with at least `factor` times those of its champion.

    A task without a champion is left to `music-platform run` and the weekly training.
    """
    if not home.published.exists():
        return {}
    grown = {}
    with reading(home) as connection:
        made = dict(connection.sql("SELECT name, rows FROM main.made").fetchall())
        for task in tasks:
            champion, count = registry.champion(task), made.get("features.tracks", 0)
            if champion and task in LEARNED_FROM:
                count = _training_rows(connection, task) if f"features.{LEARNED_FROM[task]}" in made else 0
            if champion and count >= factor * champion.manifest["rows"]:
                grown[task] = count
    return grown


def _training_rows(connection: "duckdb.DuckDBPyConnection", task: str) -> int:
    """How many rows a task would learn from now, by the rules of training itself; texts are not read."""
    text = "text" if task == slots.TASK else TASKS[task].text
    table = connection.sql(f"SELECT * REPLACE ('' AS {text}) FROM features.{LEARNED_FROM[task]}").to_arrow_table()  # noqa: S608
    try:
        return len(slots.slot_rows(table)[0] if task == slots.TASK else rows(TASKS[task], table).ids)
    except InputError:  # too little is left to learn
        return 0
