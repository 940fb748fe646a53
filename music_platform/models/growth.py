"""Which tasks have enough new rows to be trained again. Only rows are counted here."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from music_platform.declarations import Task
from music_platform.errors import InputError
from music_platform.models.rows import rows
from music_platform.models.slot_rows import slot_rows
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry
from music_platform.storage.warehouse import reading

if TYPE_CHECKING:
    import duckdb


def grown_tasks(home: Home, registry: Registry, tasks: Iterable[Task], factor: float) -> dict[str, int]:
    """The tasks that have at least `factor` times the training rows of their champion: name -> rows now.

    Rows are those of the published tables. A task without a champion is left to `music-platform run` and the weekly
    training.
    """
    if not home.published.exists():
        return {}
    grown = {}
    with reading(home) as connection:
        made = dict(connection.sql("SELECT name, rows FROM main.made").fetchall())
        for task in tasks:
            champion = registry.champion(task.name)
            if champion is None or f"features.{task.table}" not in made:
                continue
            count = _training_rows(connection, task) if task.text else made[f"features.{task.table}"]
            if count >= factor * champion.manifest.rows:
                grown[task.name] = count
    return grown


def _training_rows(connection: "duckdb.DuckDBPyConnection", task: Task) -> int:
    """How many rows a task would learn from now, by the rules of training itself; texts are not read."""
    query = f"SELECT * REPLACE ('' AS {task.text}) FROM features.{task.table}"  # noqa: S608 - names of a declaration
    table = connection.sql(query).to_arrow_table()
    try:
        return len(rows(task, table).ids if task.classifies else slot_rows(table)[0])
    except InputError:  # too little is left to learn
        return 0
