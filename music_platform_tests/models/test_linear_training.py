"""Training: what makes an artifact be trained again, and which tasks grew."""

from dataclasses import fields, replace

import numpy as np
import pyarrow as pa
import pytest
from music_platform.models.candidates import Request

from music_platform.models import linear_training as training
from music_platform.models.growth import grown_tasks
from music_platform.models.linear_training import train_clusters
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry
from music_platform.storage.warehouse import writing
from music_platform.tasks import CLUSTER_FEATURES
from music_platform_tests.models.test_clusters import tracks as features_of
from music_platform_tests.models.test_crossfit import training_rows
from music_platform_tests.models.test_tasks import EN, PT, songs

OTHER = {
    "labels": ("forro", "rap", "pagode"),
    "languages": {"forro": ["en"]},
    "left_out": {"polka": 3},
    "dropped": {"without a label": 1},
}


def linear(registry, task, table):
    return training.train(Request(registry, task, table, 0, registry.root))


@pytest.mark.parametrize("name", [field.name for field in fields(training.Rows)])
def test_every_field_of_the_rows_is_in_the_hash(name):
    rows = training_rows(30)
    value = getattr(rows, name)
    other = ~value if name in ("truth", "known", "judged") else OTHER.get(name, np.roll(value, 1))
    if name == "weights":
        other = value + 1
    if name in ("groups", "sources"):
        other = np.full(30, "en", object)
    assert training.data_hash(replace(rows, **{name: other})) != training.data_hash(rows)
    assert training.data_hash(training_rows(30)) == training.data_hash(rows)


def test_texts_that_move_over_a_border_change_the_hash():
    rows = training_rows(30)
    one, other = (np.array([*pair, *rows.texts[2:]], object) for pair in (("a\0b", "c"), ("a", "b\0c")))
    assert training.data_hash(replace(rows, texts=one)) != training.data_hash(replace(rows, texts=other))


def test_a_renamed_genre_is_learned_anew_and_equal_rows_are_not(tmp_path):
    registry = Registry(tmp_path)
    table = songs((20, "pt", ["samba"], ["rap", "samba"]), (20, "pt", ["rap"], ["rap", "samba"]))
    renamed = songs((20, "pt", ["sambas"], ["rap", "sambas"]), (20, "pt", ["rap"], ["rap", "sambas"]))
    first, trained = linear(registry, "genre_pt", table)
    assert (trained, first.manifest["labels"]) == (True, ["rap", "samba"])
    assert linear(registry, "genre_pt", table) == (first, False)
    second, trained = linear(registry, "genre_pt", renamed)
    assert (trained, second.manifest["labels"]) == (True, ["rap", "sambas"])


def test_changed_code_of_training_itself_trains_again(tmp_path, monkeypatch):
    table = songs((20, "pt", ["samba"], PT), (20, "pt", ["rap"], PT))
    linear(Registry(tmp_path), "genre_pt", table)
    honest = training.code_version
    monkeypatch.setattr(training, "code_version", lambda *m: "x" if training.__name__ in m else honest(*m))
    assert linear(Registry(tmp_path), "genre_pt", table)[1]


def test_only_the_rows_that_a_task_learns_from_make_it_grow(tmp_path):
    home = Home.at(tmp_path)
    registry = Registry(home.artifacts)
    tracks = pa.table(dict(zip(CLUSTER_FEATURES, features_of(100)[0].T, strict=True)))
    groups = [(20, "pt", ["samba"], PT), (20, "pt", ["rap"], PT), (20, "en", ["rock"], EN), (20, "en", ["rap"], EN)]
    for task in ("genre", "genre_pt"):
        registry.promote(linear(registry, task, songs(*groups))[0], "first")
    registry.promote(train_clusters(registry, tracks)[0], "first")

    def grown(*more):
        with writing(home) as warehouse:
            warehouse.sql.register("incoming", songs(*groups, *more))
            warehouse.replace("features.songs", str(more), {"features.songs": "SELECT * FROM incoming"})
        return grown_tasks(home, registry, ["genre", "genre_pt", "intent", "clusters"], 1.05)

    assert grown_tasks(home, registry, ["genre"], 1.05) == {}
    assert grown() == {}
    assert grown((10, "en", ["rock"], EN)) == {"genre": 90}
    assert grown((10, "pt", ["rap", "samba"], PT)) == {"genre": 90}
    assert grown((10, "pt", ["samba"], PT)) == {"genre": 90, "genre_pt": 50}
