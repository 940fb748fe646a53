"""The tasks whose rows grew: only rows that a task learns from count."""

import pyarrow as pa
import pytest

from music_platform.models.growth import grown_tasks
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry
from music_platform.storage.warehouse import writing
from music_platform.tasks import TASKS
from music_platform_tests.support import slot_samples
from music_platform_tests.support.manifests import facts
from music_platform_tests.support.training_rows import EN, PT, songs

SONGS = [(20, "pt", ["samba"], PT), (20, "pt", ["rap"], PT), (20, "en", ["rock"], EN), (20, "en", ["rap"], EN)]


@pytest.fixture
def home(tmp_path) -> Home:
    return Home.at(tmp_path)


def promote(home: Home, task: str, rows: int) -> None:
    """Make a model of so many rows the champion of a task."""
    registry = Registry(home.artifacts)
    registry.promote(registry.save(task, "linear", lambda folder: None, facts(rows=rows)), "first")


def publish(home: Home, name: str, table: pa.Table) -> None:
    with writing(home) as warehouse:
        warehouse.sql.register("incoming", table)
        warehouse.replace(f"features.{name}", "", {f"features.{name}": "SELECT * FROM incoming"})


def grown(home: Home, *tasks: str) -> dict[str, int]:
    return grown_tasks(home, Registry(home.artifacts), [TASKS[task] for task in tasks], 1.05)


def test_only_the_rows_that_a_task_learns_from_make_it_grow(home):
    promote(home, "genre", 80)
    promote(home, "genre_pt", 40)

    def grown_with(*more):
        publish(home, "songs", songs(*SONGS, *more))
        return grown(home, "genre", "genre_pt", "intent")

    assert grown(home, "genre") == {}, "nothing is published"
    assert grown_with() == {}
    assert grown_with((10, "en", ["rock"], EN)) == {"genre": 90}
    assert grown_with((10, "pt", ["rap", "samba"], PT)) == {"genre": 90}
    assert grown_with((10, "pt", ["samba"], PT)) == {"genre": 90, "genre_pt": 50}


def test_rows_of_tracks_are_counted_and_those_of_slots_by_the_rules_of_training(home):
    publish(home, "tracks", pa.table({"track_id": ["a", "b", "c"]}))
    promote(home, "clusters", 2)
    assert grown(home, "clusters") == {"clusters": 3}
    promote(home, "slots", 180)
    silent = [slot_samples.row(900 + i, "quoted", "play 'salt'", [], source="without spans") for i in range(50)]
    publish(home, "utterances", pa.concat_tables([slot_samples.utterances(200), pa.Table.from_pylist(silent)]))
    assert grown(home, "slots") == {"slots": 200}
    publish(home, "utterances", slot_samples.utterances(3).slice(2, 1))
    assert grown(home, "slots") == {}, "too little is left to learn from"


def test_a_task_without_a_champion_or_a_table_is_left_alone(home):
    publish(home, "songs", songs(*SONGS))
    promote(home, "topic", 1)
    assert grown(home, "genre", "topic") == {}
