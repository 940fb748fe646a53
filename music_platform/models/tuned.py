"""The result of a candidate's study, as the small file that training reads. Optuna is not imported."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from music_platform.storage.files import write_json

MARGIN = 0.005
"""The gain in the task's figure from which on tuned hyperparameters are used. The best of many trials is above the
defaults by chance: on 5,000 rows two equally good settings differ by as much (95 % interval, paired)."""


@dataclass(frozen=True)
class Tuned:
    """The best trial of a study beside the defaults that it began with."""

    study: str
    """Its name: task, candidate, and hashes of the data and of the space."""
    trials: int
    """Finished ones, pruned ones included."""
    value: float
    """The task's figure of the best trial on the folds of the study."""
    default: float
    """That of the default settings."""
    defaults: dict[str, Any]
    """All default hyperparameters, as `plain` gives them."""
    parameters: dict[str, Any]
    """Those of the best trial, as `parameters_of` gives them."""

    def save(self, folder: Path, task: str, candidate: str) -> None:
        """Write the result to `folder`."""
        write_json(_path(folder, task, candidate), asdict(self))

    @classmethod
    def load(cls, folder: Path, task: str, candidate: str) -> "Tuned | None":
        """The result of a candidate's last study; None before its first."""
        path = _path(folder, task, candidate)
        return cls(**json.loads(path.read_text("utf-8"))) if path.exists() else None

    @property
    def gained(self) -> bool:
        """Whether the best trial is better than the defaults by `MARGIN` or more."""
        return self.value - self.default >= MARGIN

    def better_than(self, defaults: Any) -> bool:
        """Whether the study began with these defaults, and found something better."""
        return self.gained and self.defaults == plain(defaults)

    @property
    def trace(self) -> dict[str, Any]:
        """The entry for the manifest of a model that is trained with the result."""
        return {"study": self.study, "trials": self.trials, "value": self.value, "default": self.default}


def parameters_of(hyperparameters: Any, names: Any) -> dict[str, Any]:
    """The hyperparameters of these names as a study keeps them: a range (1, 2) is the text "1-2"."""
    values = {name: getattr(hyperparameters, name) for name in names}
    return {name: "-".join(map(str, v)) if isinstance(v, tuple) else v for name, v in values.items()}


def with_parameters(defaults: Any, parameters: dict[str, Any]) -> Any:
    """The default hyperparameters with those of a trial in their places; the inverse of `parameters_of`."""
    ranges = {name for name in parameters if isinstance(getattr(defaults, name), tuple)}
    values = {name: tuple(map(int, v.split("-"))) if name in ranges else v for name, v in parameters.items()}
    return replace(defaults, **values)


def plain(hyperparameters: Any) -> dict[str, Any]:
    """Hyperparameters as JSON keeps them."""
    values: dict[str, Any] = json.loads(json.dumps(asdict(hyperparameters)))
    return values


def _path(folder: Path, task: str, candidate: str) -> Path:
    return folder / f"{task}_{candidate}.json"
