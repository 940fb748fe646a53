"""Studies: the search for hyperparameters of a candidate, kept in SQLite, so that a killed one goes on. Imports Optuna.

A trial is defined in the candidate's own module (`linear_trial`, `encoder_trial`): its `SPACE`, its class of
`HYPERPARAMETERS`, and `measure`, which reports the value after each step and is ended by `optuna.TrialPruned` when the
value is hopeless.

Nesting. A trial sees the rows of all folds but `splits.HELD_OUT`: the linear candidate is cross-validated over them,
an encoder learns from them but for the validation units inside. So the figures of any tuned model on the held-out fold
are clean, and it is on this fold that an encoder is judged and compared. The pooled figure of a tuned linear model also
counts folds that helped to choose its hyperparameters; the report therefore gives the held-out fold alone beside it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import optuna
import pyarrow as pa
from optuna.distributions import distribution_to_json
from optuna.pruners import MedianPruner
from optuna.samplers import TPESampler
from optuna.trial import FrozenTrial, TrialState

from music_platform.declarations import Task
from music_platform.models.making import SEED
from music_platform.models.rows import Rows, rows
from music_platform.models.tuned import Tuned, parameters_of, plain, with_parameters
from music_platform.storage.files import fingerprint
from music_platform.storage.home import Home
from music_platform.tasks import CANDIDATES, TASKS

Progress = Callable[[str], None]

RANDOM_TRIALS = 5
"""Trials before the sampler and the pruner draw conclusions; so those a study begins with are never pruned."""
_FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True)
class Budget:
    """The limits of one call; None is no limit, and one of the two is given."""

    trials: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.trials is None and self.seconds is None:
            raise ValueError("a budget needs trials or seconds")

    def left(self, added: int, spent: float) -> float:
        """Seconds until it ends, after `added` trials in `spent` seconds."""
        by_trials = [] if self.trials is None else [spent / added * (self.trials - added)]
        by_time = [] if self.seconds is None else [self.seconds - spent]
        return max(min(by_trials + by_time), 0.0)


@dataclass(frozen=True)
class Trial:
    """One finished trial, in the order of their beginning."""

    number: int
    value: float
    """That of the last step, if it was pruned."""
    pruned: bool
    origin: str
    """`defaults`, `former` for the best of the study before, or empty for a proposal of the sampler."""
    parameters: dict[str, Any]
    seconds: float


@dataclass(frozen=True)
class Study:
    """A study as it stands after a call."""

    task: str
    candidate: str
    metric: str
    tuned: Tuned
    trials: tuple[Trial, ...]
    importance: dict[str, float]
    """Parameter -> its share of the variance of the values (fANOVA, Hutter et al. 2014); empty with too few trials."""
    added: int
    """Trials of this call."""

    @property
    def best(self) -> Trial:
        """The trial of the highest value, whose hyperparameters are used if they gain enough."""
        return best_of(self.trials)


def best_of(trials: tuple[Trial, ...]) -> Trial:
    """The complete trial of the highest value; of equal ones the defaults, else the first."""
    complete = [trial for trial in trials if not trial.pruned]
    return max(complete, key=lambda trial: (trial.value, trial.origin == "defaults", -trial.number))


def tune(
    home: Home,
    task: str,
    candidate: str,
    table: pa.Table,
    budget: Budget,
    progress: Progress = lambda line: None,
    base_model: str = "",
) -> Study:
    """Add trials to the study of a candidate on the rows of `table`, and keep what it found for training.

    A study begins with the declared hyperparameters and, where an earlier study on other rows or code found better
    ones, with those. The next trial depends on the finished ones alone, so a killed study that goes on makes the same
    trials as an unbroken one. No trial begins that would, at the average duration, outlast the seconds.

    Args:
        home: keeps the study and its result.
        task: name of the task.
        candidate: name of the candidate.
        table: the validated table of the task.
        budget: the limits of this call.
        progress: takes one line per trial.
        base_model: the encoder to start from, as `base_model.load` takes it.

    Raises:
        InputError: there is too little to learn from, or a base model can't be loaded.
    """
    what, chosen = import_module(f"music_platform.models.{CANDIDATES[candidate].trial}"), TASKS[task]
    learned, defaults = rows(chosen, table), what.HYPERPARAMETERS(**chosen.candidates[candidate].hyperparameters)
    fixed = {"base": base_model} if hasattr(defaults, "base") else {}
    space = {name: distribution_to_json(distribution) for name, distribution in what.SPACE.items()}
    made_from = fingerprint(learned.hash, what.version(replace(defaults, **fixed))), fingerprint(space, plain(defaults))
    name = "-".join((task, candidate, *made_from))
    begins = {"defaults": parameters_of(defaults, what.SPACE)}
    former = Tuned.load(home.tuned, task, candidate)
    if former and former.study != name and former.better_than(defaults):
        begins["former"] = former.parameters
    checkpoint = home.checkpoints / f"study-{task}-{candidate}"
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    with _opened(home.studies, name) as study:
        _fail_orphans(study)
        session = _Session(
            study, what, chosen, learned, defaults, begins, fixed, checkpoint, f"{task}/{candidate}", progress
        )
        session.run(budget)
        trials = tuple(map(_shown, _finished(study)))
        best, default = best_of(trials), next(t for t in trials if t.origin == "defaults")
        tuned = Tuned(name, len(trials), best.value, default.value, plain(defaults), best.parameters)
        if set(begins) <= {trial.origin for trial in trials}:
            tuned.save(home.tuned, task, candidate)
        return Study(task, candidate, chosen.metric, tuned, trials, _importance(study), session.added)


@contextmanager
def _opened(path: Path, name: str) -> Iterator[optuna.Study]:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    path.parent.mkdir(parents=True, exist_ok=True)
    storage = optuna.storages.RDBStorage(f"sqlite:///{path}")
    try:
        pruner = MedianPruner(n_startup_trials=RANDOM_TRIALS, n_warmup_steps=1)
        yield optuna.create_study(
            study_name=name, storage=storage, pruner=pruner, direction="maximize", load_if_exists=True
        )
    finally:
        storage.remove_session()
        storage.engine.dispose()


def _fail_orphans(study: optuna.Study) -> None:
    """Mark the trials that a killed process left running as failed; there is one process at a time."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)


@dataclass
class _Session:
    """The trials of one call."""

    study: optuna.Study
    what: Any
    task: Task
    learned: Rows
    defaults: Any
    begins: dict[str, dict[str, Any]]
    """Origin -> parameters of the trials that come before the sampler's."""
    fixed: dict[str, Any]
    """Hyperparameters that no trial varies and that do not come from the declaration."""
    checkpoint: Path
    name: str
    progress: Progress
    added: int = 0

    def run(self, budget: Budget) -> None:
        """Make trials until the budget ends."""
        began = time.monotonic()
        while True:
            finished = _finished(self.study)
            typical = sum(map(_seconds, finished)) / max(len(finished), 1)
            left = None if budget.seconds is None else budget.seconds - (time.monotonic() - began)
            if self.added == budget.trials or (finished and left is not None and left < typical):
                return
            trial = self.trial(len(finished))
            self.added += 1
            self.progress(self.line(trial, budget, began))

    def trial(self, finished: int) -> FrozenTrial:
        """Make one trial, and tell the study how it ended."""
        self.queue_first()
        self.study.sampler = TPESampler(n_startup_trials=RANDOM_TRIALS, seed=SEED + finished)
        trial = self.study.ask(self.what.SPACE)

        def report(step: int, value: float) -> None:
            trial.report(value, step)
            if trial.should_prune():
                raise optuna.TrialPruned

        hyperparameters = replace(with_parameters(self.defaults, trial.params), **self.fixed)
        try:
            value = self.what.measure(self.task, self.learned, hyperparameters, report, self.checkpoint, self.progress)
        except optuna.TrialPruned:
            told = self.study.tell(trial, state=TrialState.PRUNED)
        except Exception:
            self.study.tell(trial, state=TrialState.FAIL)
            raise
        else:
            told = self.study.tell(trial, value)
        self.checkpoint.unlink(missing_ok=True)
        return told

    def queue_first(self) -> None:
        """Queue the next of the trials to begin with, unless all are there; one that was killed is queued again."""
        alive = [t for t in self.study.get_trials(deepcopy=False) if t.state != TrialState.FAIL]
        there = {trial.user_attrs.get("origin") for trial in alive}
        if missing := [origin for origin in self.begins if origin not in there]:
            self.study.enqueue_trial(self.begins[missing[0]], user_attrs={"origin": missing[0]})

    def line(self, told: FrozenTrial, budget: Budget, began: float) -> str:
        """How the last trial went, the best so far, and the time left."""
        trials = tuple(map(_shown, _finished(self.study)))
        best, left = best_of(trials), budget.left(self.added, time.monotonic() - began)
        number = f"{self.added} of {budget.trials}" if budget.trials else str(self.added)
        ended = "pruned at" if told.state == TrialState.PRUNED else "value"
        return (
            f"{self.name}: trial {number}, {ended} {_shown(told).value:.4f}, "
            f"best {best.value:.4f} (trial {best.number}), {left / 60:.1f} min left"
        )


def _finished(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=_FINISHED)


def _seconds(trial: FrozenTrial) -> float:
    return trial.duration.total_seconds() if trial.duration else 0.0


def _shown(trial: FrozenTrial) -> Trial:
    pruned = trial.state == TrialState.PRUNED
    value = trial.intermediate_values[max(trial.intermediate_values)] if pruned else trial.value
    return Trial(
        trial.number, float(value or 0), pruned, trial.user_attrs.get("origin", ""), trial.params, _seconds(trial)
    )


def _importance(study: optuna.Study) -> dict[str, float]:
    """Of the complete trials; none if they are too few or all the same."""
    values = {trial.value for trial in _finished(study) if trial.state == TrialState.COMPLETE}
    if len(values) <= RANDOM_TRIALS:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=SEED)
    return optuna.importance.get_param_importances(study, evaluator=evaluator)
