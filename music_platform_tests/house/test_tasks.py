"""The declarations of the tasks: everything that they name exists, and what depends on them can read them cheaply."""

import ast
import sys
from collections.abc import Callable
from importlib import import_module
from math import isclose
from pathlib import Path
from typing import Any

import pytest

from music_platform import declarations, tasks
from music_platform.declarations import Task
from music_platform.evaluation.kinds import KINDS
from music_platform.features.cleaning import CLEANERS
from music_platform.models.request import Request
from music_platform.settings import Settings
from music_platform.storage.registry import Registry
from music_platform.tables import TABLES
from music_platform.tasks import CANDIDATES, STUDIES, TASKS

EVERY_TASK = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
EVERY_CANDIDATE = pytest.mark.parametrize(
    ("task", "candidate"), [(task, name) for task in TASKS.values() for name in task.candidates]
)


class ConfiguredError(Exception):
    """The class of hyperparameters that a candidate asks its request for."""


class Asked(Request):
    """A request that ends a training as soon as it asks for its hyperparameters."""

    def configured(self, of: Callable[..., Any]) -> Any:
        """Raise the class."""
        raise ConfiguredError(of)


def hyperparameters_of(request: Request) -> Callable[..., Any] | None:
    """The class that a candidate's training asks its request for; None where it does without, and misses its table."""
    module = import_module(f"music_platform.models.{CANDIDATES[request.candidate].module}")
    try:
        module.train(Asked(**vars(request)))
    except ConfiguredError as asked:
        return asked.args[0]
    except AttributeError:
        pass
    return None


@EVERY_TASK
def test_a_task_names_columns_of_its_table(task: Task) -> None:
    columns = {column.name for column in TABLES[task.table].columns}
    named = {task.id, task.unit, task.text, task.label, task.group, task.language, task.source, task.scope}
    assert named - {None, ""} <= columns
    assert {task.id, task.unit} <= columns
    assert {other for other in (task.corrected_by, task.looked_up) if other} <= TABLES.keys()


@EVERY_TASK
def test_a_task_is_of_a_kind_that_can_be_judged_and_its_text_can_be_cleaned(task: Task) -> None:
    assert task.kind in KINDS
    assert task.cleaner in CLEANERS
    assert bool(task.text) == (task.body != "track")
    assert (task.classifies, task.single) == (task.kind.endswith("-label"), task.kind == "single-label")


def test_names_titles_and_routes_are_distinct() -> None:
    assert [task.name for task in TASKS.values()] == list(TASKS)
    for values in ([task.title for task in TASKS.values()], [task.route for task in TASKS.values() if task.route]):
        assert len(set(values)) == len(values)


@EVERY_CANDIDATE
def test_every_candidate_of_a_task_is_declared_and_its_module_trains_it(task: Task, candidate: str) -> None:
    module = import_module(f"music_platform.models.{CANDIDATES[candidate].module}")
    assert callable(module.train)


@EVERY_CANDIDATE
def test_the_class_of_a_candidate_takes_the_declared_hyperparameters(
    task: Task, candidate: str, tmp_path: Path
) -> None:
    training, of = task.candidates[candidate], hyperparameters_of(Request(Registry(tmp_path), task, candidate, None))
    if of is None:
        assert (training.hyperparameters, training.settings) == ({}, {})
        return
    defaults, chosen = of(), of(**training.hyperparameters)
    for name, value in training.hyperparameters.items():
        assert type(value) is type(getattr(defaults, name)), name
        assert getattr(chosen, name) == value
    for name, field in training.settings.items():
        assert hasattr(defaults, name)
        assert field in Settings.model_fields


def test_parts_stand_before_the_candidate_that_combines_them() -> None:
    for names in (list(CANDIDATES), *(list(task.candidates) for task in TASKS.values())):
        for place, name in enumerate(names):
            assert set(CANDIDATES[name].parts) <= set(names[:place]), name


def test_the_shares_of_the_budget_of_all_candidates_that_are_trained_by_default_sum_to_one() -> None:
    shares = [
        training.share
        for task in TASKS.values()
        for name, training in task.candidates.items()
        if not CANDIDATES[name].setting
    ]
    assert isclose(sum(shares), 1.0)


def test_every_declared_candidate_answers_some_task_and_names_a_setting_that_exists() -> None:
    assert {name for task in TASKS.values() for name in task.candidates} == set(CANDIDATES)
    assert {one.setting for one in CANDIDATES.values() if one.setting} <= set(Settings.model_fields)


@pytest.mark.parametrize("candidate", sorted({candidate for _, candidate in STUDIES}))
def test_a_candidate_that_can_be_tuned_has_a_trial(candidate: str) -> None:
    trial = import_module(f"music_platform.models.{CANDIDATES[candidate].trial}")
    assert set(trial.SPACE) <= set(vars(trial.HYPERPARAMETERS()))
    assert callable(trial.measure)
    assert callable(trial.version)


def test_declarations_import_only_the_standard_library() -> None:
    ours = {"music_platform.declarations"}
    for module in (tasks, declarations):
        tree = ast.parse(Path(module.__file__).read_text("utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        assert {name for name in imported - ours if name.split(".")[0] not in sys.stdlib_module_names} == set()
