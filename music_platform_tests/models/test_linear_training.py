"""Training the linear candidate: what makes it be trained again, and what does not."""

from dataclasses import replace

from music_platform.models import linear_training
from music_platform.models.making import Made
from music_platform.models.request import Request
from music_platform.models.training import train
from music_platform.storage.registry import Registry
from music_platform.tasks import TASKS
from music_platform_tests.support.training_rows import PT, songs

TABLE = songs((20, "pt", ["samba"], PT), (20, "pt", ["rap"], PT))


def linear(registry: Registry, table=TABLE, **changed) -> Made:
    return train(replace(Request(registry, TASKS["genre_pt"], "linear", table), **changed))


def test_a_renamed_genre_is_learned_anew_and_equal_rows_are_not(tmp_path):
    registry = Registry(tmp_path)
    renamed = songs((20, "pt", ["sambas"], ["rap", "sambas"]), (20, "pt", ["rap"], ["rap", "sambas"]))
    first = linear(registry)
    assert (first.is_new, first.artifact.manifest.labels) == (True, ["rap", "samba"])
    assert linear(registry) == Made(first.artifact, is_new=False)
    second = linear(registry, renamed)
    assert (second.is_new, second.artifact.manifest.labels) == (True, ["rap", "sambas"])
    assert registry.current("genre_pt", "linear") == second.artifact


def test_changed_code_of_training_itself_trains_again(tmp_path, monkeypatch):
    linear(Registry(tmp_path))
    asked = []
    monkeypatch.setattr(linear_training, "code_version", lambda *roots: asked.extend(roots) or "other")
    assert linear(Registry(tmp_path)).is_new
    assert "music_platform.models.crossfit:train" in asked


def test_hyperparameters_are_part_of_the_fingerprint_and_titles_are_not(tmp_path):
    registry = Registry(tmp_path)
    first = linear(registry)
    task = TASKS["genre_pt"]
    assert not linear(registry, task=replace(task, title="Another title", route="another")).is_new
    candidates = {"linear": replace(task.candidates["linear"], hyperparameters={"C": 1.0})}
    other = linear(registry, task=replace(task, candidates=candidates))
    assert (other.is_new, other.artifact.manifest.config["C"]) == (True, 1.0)
    assert other.artifact.manifest.fingerprint != first.artifact.manifest.fingerprint
