"""The entry to training: it finds the candidate's module, and refuses parts that can't be combined."""

from types import SimpleNamespace

import pytest

from music_platform.errors import InputError
from music_platform.models import training
from music_platform.models.request import Request
from music_platform.storage.registry import Registry
from music_platform.tasks import CANDIDATES, TASKS
from music_platform_tests.support.manifests import facts

BROKEN = "1.00% of the labels differ from torch's; at most 0.50% may"


@pytest.mark.parametrize(("task", "candidate"), [("topic", "cascade"), ("genre", "blend")])
def test_a_candidate_with_a_part_whose_export_is_broken_is_refused(tmp_path, task, candidate):
    registry = Registry(tmp_path)
    for part in ("linear", "encoder"):
        broken = [BROKEN] if part == "encoder" else []
        registry.set_current(registry.save(task, part, lambda folder: None, facts(contract={"broken": broken})))
    with pytest.raises(InputError) as refused:
        training.train(Request(registry, TASKS[task], candidate, None))
    assert str(refused.value) == f"{task}/{candidate}: its encoder breaks the contract of its export: {BROKEN}"


@pytest.mark.parametrize("candidate", CANDIDATES)
def test_the_module_of_every_candidate_trains_it(tmp_path, monkeypatch, candidate):
    task = next(task for task in TASKS.values() if candidate in task.candidates)
    asked = []
    path = f"music_platform.models.{CANDIDATES[candidate].module}"
    monkeypatch.setitem(__import__("sys").modules, path, SimpleNamespace(train=asked.append))
    request = Request(Registry(tmp_path), task, candidate, None)
    assert training.train(request) is None
    assert asked == [request]
