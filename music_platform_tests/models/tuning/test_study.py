"""Studies: they begin with the defaults, go on after a kill, prune, keep to their budget, and mind new data."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.distributions import BaseDistribution, CategoricalDistribution

from music_platform.models.tuned import Tuned, parameters_of, with_parameters
from music_platform.models.tuning import encoder_trial, linear_trial
from music_platform.models.tuning.study import Budget
from music_platform.storage.home import Home
from music_platform.tasks import STUDIES, TASKS
from music_platform_tests.support.peaked import peaked, peaked_at, table, tuned

TRIALS = {"linear": linear_trial, "encoder": encoder_trial}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(linear_trial, "measure", peaked)
    return Home.at(tmp_path / "home")


def any_of(distribution: BaseDistribution) -> st.SearchStrategy:
    """Values of a distribution, its borders often among them."""
    if isinstance(distribution, CategoricalDistribution):
        return st.sampled_from(distribution.choices)
    borders = st.sampled_from([distribution.low, distribution.high])
    make = st.integers if isinstance(distribution.low, int) else st.floats
    return borders | make(distribution.low, distribution.high)


@pytest.mark.parametrize("candidate", TRIALS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_point_of_a_space_is_hyperparameters(candidate, data):
    space = TRIALS[candidate].SPACE
    parameters = {name: data.draw(any_of(distribution)) for name, distribution in space.items()}
    defaults = TRIALS[candidate].HYPERPARAMETERS()
    chosen = with_parameters(defaults, parameters)
    assert parameters_of(chosen, space) == parameters
    for name in space:
        assert type(getattr(chosen, name)) is type(getattr(defaults, name)), name
        if isinstance(getattr(chosen, name), tuple):
            low, high = getattr(chosen, name)
            assert 1 <= low <= high


def declared(task, candidate="linear"):
    """The hyperparameters that a task declares for a candidate."""
    return TRIALS[candidate].HYPERPARAMETERS(**TASKS[task].candidates[candidate].hyperparameters)


@pytest.mark.parametrize(("task", "candidate"), STUDIES)
def test_the_declared_hyperparameters_lie_in_the_space(candidate, task):
    space, defaults = TRIALS[candidate].SPACE, declared(task, candidate)
    for name, value in parameters_of(defaults, space).items():
        distribution = space[name]
        allowed = getattr(distribution, "choices", None)
        assert value in allowed if allowed else distribution.low <= value <= distribution.high, name


def test_a_study_begins_with_the_defaults_and_finds_better(home):
    lines = []
    study = tuned(home, 8, progress=lines.append)
    assert (study.added, len(study.trials), [t.origin for t in study.trials]) == (8, 8, ["defaults"] + [""] * 7)
    assert study.trials[0].parameters == parameters_of(declared("genre_pt"), linear_trial.SPACE)
    assert study.tuned.default == peaked_at(study.trials[0].parameters["C"])
    assert study.tuned.value == max(t.value for t in study.trials if not t.pruned) > study.tuned.default
    assert study.tuned.parameters == study.best.parameters
    assert Tuned.load(home.tuned, "genre_pt", "linear") == study.tuned
    assert len(lines) == 8
    assert (
        lines[0] == f"genre_pt/linear: trial 1 of 8, value {1 / 9:.4f}, best {1 / 9:.4f} (trial 0), " + lines[0][-12:]
    )
    assert all("min left" in line for line in lines)


def test_each_call_adds_trials_to_the_same_study(home):
    first, second = tuned(home, 2), tuned(home, 3)
    assert (first.added, second.added, len(second.trials)) == (2, 3, 5)
    assert first.tuned.study == second.tuned.study
    assert len({str(trial.parameters) for trial in second.trials}) == 5


def test_pruned_trials_stop_early_and_are_not_chosen(home, monkeypatch):
    steps = []

    def counted(task, learned, chosen, report, checkpoint, progress):
        steps.append(0)

        def counting(step, value):
            steps[-1] += 1
            report(step, value)

        return peaked(task, learned, chosen, counting, checkpoint, progress)

    monkeypatch.setattr(linear_trial, "measure", counted)
    lines = []
    study = tuned(home, 12, progress=lines.append)
    pruned = [trial.number for trial in study.trials if trial.pruned]
    assert pruned
    assert min(pruned) >= 5
    assert [number for number, made in enumerate(steps) if made < 3] == pruned
    assert {steps[number] for number in pruned} == {2}
    assert not study.best.pruned
    assert sum("pruned at" in line for line in lines) == len(pruned)


def test_seconds_end_a_study_but_never_before_its_first_trial(home):
    assert tuned(home, seconds=1e-9).added == 1
    assert tuned(home, seconds=1e-9).added == 0
    assert tuned(home, 2, seconds=1e6).added == 2
    with pytest.raises(ValueError, match="trials or seconds"):
        Budget()


KILLED = """
import os, signal, sys
from music_platform.models.tuning import linear_trial
from music_platform.storage.home import Home
from music_platform.tasks import STUDIES, TASKS
from music_platform_tests.support.peaked import peaked, tuned
made = []
def killed(*arguments):
    made.append(1)
    if len(made) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return peaked(*arguments)
linear_trial.measure = killed
tuned(Home.at(sys.argv[1]), 9)
"""


@pytest.mark.slow
@pytest.mark.parametrize("at", [1, 7])
def test_a_killed_study_goes_on_as_if_unbroken(home, tmp_path, at):
    done = subprocess.run([sys.executable, "-c", KILLED, str(home.root), str(at)], check=False)
    assert done.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(home.studies)) as connection:
        states = "SELECT state FROM trials ORDER BY number"
        assert [row[0] for row in connection.execute(states)][-1] == "RUNNING"
        study = tuned(home, 9 - (at - 1))
        assert [row[0] for row in connection.execute(states)][at - 1] == "FAIL"
    unbroken = tuned(Home.at(tmp_path / "other"), 9)
    assert [t.parameters for t in study.trials] == [t.parameters for t in unbroken.trials]
    assert [t.pruned for t in study.trials] == [t.pruned for t in unbroken.trials]
    assert study.trials[0].origin == "defaults"


def test_a_trial_that_fails_is_no_trial_and_says_why(home, monkeypatch):
    def broken(*arguments):
        raise MemoryError("too large")

    monkeypatch.setattr(linear_trial, "measure", broken)
    with pytest.raises(MemoryError):
        tuned(home, 2)
    monkeypatch.setattr(linear_trial, "measure", peaked)
    assert [trial.number for trial in tuned(home, 2).trials] == [1, 2]


def test_new_data_begin_a_new_study_with_the_defaults_and_the_best_of_the_former(home):
    former = tuned(home, 8)
    begun = tuned(home, 1, rows=table(25))
    assert begun.tuned.study != former.tuned.study
    assert Tuned.load(home.tuned, "genre_pt", "linear") == former.tuned  # until its best was measured on the new rows
    more = tuned(home, 1, rows=table(25))
    assert [trial.origin for trial in more.trials] == ["defaults", "former"]
    assert more.best.parameters == former.tuned.parameters
    assert Tuned.load(home.tuned, "genre_pt", "linear") == more.tuned


def test_of_equal_trials_the_defaults_are_best(home, monkeypatch):
    monkeypatch.setattr(linear_trial, "measure", lambda *arguments: 0.5)
    study = tuned(home, 4)
    assert study.best.origin == "defaults"
    assert not study.tuned.better_than(declared("genre_pt"))


def test_importance_is_that_of_the_one_parameter_that_matters(home):
    assert tuned(home, 4).importance == {}
    study = tuned(home, 16)
    assert max(study.importance, key=study.importance.get) == "C"
    assert sum(study.importance.values()) == pytest.approx(1)
    assert set(study.importance) == set(linear_trial.SPACE)
