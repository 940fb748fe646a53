"""Every training as a run in MLflow: hyperparameters, figures by epoch, final figures, pictures.

MLflow takes seconds to import and to make its database, so it is loaded only when something is trained. Trainings know
only `callbacks`, so a change of what is tracked trains nothing again.
"""

import logging
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cached_property, wraps
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from music_platform.models.callbacks import TrainerCallback, TrainingState

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from music_platform.storage.registry import Artifact

BY_EPOCH = ("loss", "validation_loss", "accuracy", "f1", "precision", "recall")
"""The metrics of an epoch, whose number is MLflow's step."""

_PARAMS = ("data_hash", "code_version", "seed", "rows", "labels")
_TAGS = ("fingerprint", "best_epoch", "stopped", "budget_seconds")
"""Entries of the manifest. A training that goes on with a larger budget may change a tag, and no parameter."""


def _harmless(method: Callable[..., None]) -> Callable[..., None]:
    """Turn a failure of the store into a warning that ends the tracking of this run; the training goes on."""

    @wraps(method)
    def call(self: "Tracking", *arguments: Any) -> None:
        if self.lost:
            return
        try:
            method(self, *arguments)
        except Exception as error:
            self.lost = True
            why = str(error).strip().split("\n")[0]
            self.warn(f"{self.task}/{self.candidate}: training goes on, but MLflow does not track it: {why}")

    return call


class Tracking(TrainerCallback):
    """The run of one training of a candidate, begun by its first event or its `record`, and ended with the context.

    A training that goes on where a killed or stopped one was continues its run. One trains at a time, which the write
    lock sees to; a run that is under way as another begins has lost its process, and is ended as killed.
    """

    def __init__(self, store: Path, task: str, candidate: str, warn: Callable[[str], None]) -> None:
        self.store, self.task, self.candidate, self.warn = store, task, candidate, warn
        self.lost = False
        self._began = time.time()
        self._run = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """End the run, if one began: as failed or killed when the training was left early."""
        if self._run:
            self._end("FINISHED" if kind is None else "FAILED" if issubclass(kind, Exception) else "KILLED")

    @_harmless
    def on_train_begin(self, args: Any, state: TrainingState) -> None:
        """Begin the run, or continue that of the training whose state was resumed."""
        self._begin(state.made_from, resumed=state.step > 0)
        self._log(params=asdict(args))

    @_harmless
    def on_epoch_end(self, args: Any, state: TrainingState) -> None:
        """Add the epoch, and those before that are missing."""
        self._log(epochs=[asdict(epoch) for epoch in state.history])

    @_harmless
    def on_train_end(self, args: Any, state: TrainingState) -> None:
        """Add an epoch that the budget cut short."""
        self._log(epochs=[asdict(epoch) for epoch in state.history])

    @_harmless
    def record(self, artifact: "Artifact", figures: Mapping[str, float], pictures: Mapping[str, bytes]) -> None:
        """Add the result.

        Args:
            artifact: the trained model with its manifest.
            figures: name -> final figure.
            pictures: name -> PNG, kept as `<name>.png`.
        """
        manifest, content = artifact.manifest, artifact.manifest.content()
        if not self._run:
            self._begin()
        base = {f"base_{name}": value for name, value in content.get("base", {}).items()}
        self._log(
            params=manifest.config | {name: content[name] for name in _PARAMS if name in content} | base,
            figures=figures,
            epochs=manifest.history,
            tags={name: content[name] for name in _TAGS if name in content} | {"artifact": artifact.id},
        )
        self._client.update_run(self._run, name=f"{self.candidate}/{artifact.id}")
        with tempfile.TemporaryDirectory() as folder:
            for name, png in pictures.items():
                (Path(folder) / f"{name}.png").write_bytes(png)
            self._client.log_artifacts(self._run, folder)

    @cached_property
    def _client(self) -> "MlflowClient":
        return _open(self.store)

    def _begin(self, made_from: str = "", *, resumed: bool = False) -> None:
        client = self._client
        end_orphans(self.store)
        found = client.get_experiment_by_name(self.task)
        experiment = (
            found.experiment_id if found else client.create_experiment(self.task, (self.store / "artifacts").as_uri())
        )
        if resumed:
            wanted = f"tags.candidate = '{self.candidate}' AND tags.made_from = '{made_from}'"
            for run in client.search_runs([experiment], wanted, max_results=1):
                self._run = run.info.run_id
                client.update_run(self._run, status="RUNNING")
                return
        tags = {"task": self.task, "candidate": self.candidate, "made_from": made_from}
        run = client.create_run(experiment, int(self._began * 1000), tags, self.candidate)
        self._run = run.info.run_id

    def _log(
        self,
        *,
        params: Mapping[str, Any] | None = None,
        figures: Mapping[str, float] | None = None,
        epochs: list[dict[str, Any]] | None = None,
        tags: Mapping[str, Any] | None = None,
    ) -> None:
        """One batch; of the epochs, those that the run does not have yet."""
        from mlflow.entities import Metric, Param, RunTag

        now = int(time.time() * 1000)
        there = {(m.step, m.value) for m in self._client.get_metric_history(self._run, "loss")} if epochs else set()
        missing = [epoch for epoch in epochs or () if (epoch["number"], epoch["loss"]) not in there]
        metrics = [Metric(name, epoch[name], now, epoch["number"]) for epoch in missing for name in BY_EPOCH]
        metrics += [Metric(name, value, now, 0) for name, value in (figures or {}).items()]
        self._client.log_batch(
            self._run,
            metrics,
            [Param(name, _text(value)) for name, value in (params or {}).items()],
            [RunTag(name, _text(value)) for name, value in (tags or {}).items()],
        )

    @_harmless
    def _end(self, status: str) -> None:
        self._client.set_terminated(self._run, status)


def end_orphans(store: Path) -> list[str]:
    """End the runs whose process was killed; called under the write lock, when none is under way. Their names."""
    client = _open(store)
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    orphans = client.search_runs(experiments, "attributes.status = 'RUNNING'")
    for run in orphans:
        client.set_terminated(run.info.run_id, "KILLED")
    return [f"{run.data.tags['task']}/{run.data.tags['candidate']}" for run in orphans]


def _open(store: Path) -> "MlflowClient":
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow import MlflowClient

    for name in ("mlflow", "alembic"):  # they announce every table of a new database
        logging.getLogger(name).setLevel(logging.WARNING)
    store.mkdir(parents=True, exist_ok=True)
    return MlflowClient(f"sqlite:///{store / 'mlflow.db'}")


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
