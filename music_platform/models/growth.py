"""Which tasks have enough new rows to be trained again. Looks at counts only; starts nothing."""

from collections.abc import Iterable

from music_platform.models.tasks import TASKS
from music_platform.settings import Home
from music_platform.storage.registry import Registry
from music_platform.storage.warehouse import reading


def grown_tasks(home: Home, registry: Registry, tasks: Iterable[str], factor: float) -> dict[str, int]:
    """Task -> rows of its published table, for those with at least `factor` times the rows its champion was made from.

    A task without a champion is left to `music-platform run` and the weekly training.
    """
    if not home.published.exists():
        return {}
    with reading(home) as connection:
        counts = dict(connection.sql("SELECT name, rows FROM main.made").fetchall())
    grown = {}
    for task in tasks:
        table = TASKS[task].table if task in TASKS else "tracks"
        champion, rows = registry.champion(task), counts.get(f"features.{table}", 0)
        if champion and rows >= factor * champion.manifest["table_rows"]:
            grown[task] = rows
    return grown
