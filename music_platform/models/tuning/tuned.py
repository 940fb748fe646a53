"""What a study found for a candidate, as the small file that training reads. Runs no trial and imports no Optuna."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from music_platform.storage.files import write_json

MARGIN = 0.005
"""The gain in the task's figure from which on tuned settings are used. The best of many trials is above the defaults by
chance; two settings that are about equal differ by as much on 5,000 rows (95 % interval of the paired difference)."""


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
    """All default settings, as `plain` gives them."""
    parameters: dict[str, Any]
    """Of the best trial, by the names of the settings; see `parameters_of`."""

    def save(self, folder: Path, task: str, candidate: str) -> None:
        """Write it to its place in `folder`."""
        write_json(_path(folder, task, candidate), asdict(self))

    @classmethod
    def load(cls, folder: Path, task: str, candidate: str) -> "Tuned | None":
        """What was found last for a candidate of a task; None before its first study."""
        path = _path(folder, task, candidate)
        return cls(**json.loads(path.read_text("utf-8"))) if path.exists() else None

    @property
    def gained(self) -> bool:
        """Whether the best trial is better than the defaults by `MARGIN` or more."""
        return self.value - self.default >= MARGIN

    def better_than(self, defaults: Any) -> bool:
        """Whether the study began with these default settings, and found better ones."""
        return self.gained and self.defaults == plain(defaults)

    @property
    def trace(self) -> dict[str, Any]:
        """What the manifest of a model of these settings says about them."""
        return {"study": self.study, "trials": self.trials, "value": self.value, "default": self.default}


def parameters_of(settings: Any, names: Any) -> dict[str, Any]:
    """The settings of these names as a study keeps them: a range (1, 2) is the text "1-2"."""
    values = {name: getattr(settings, name) for name in names}
    return {name: "-".join(map(str, v)) if isinstance(v, tuple) else v for name, v in values.items()}


def settings_of(defaults: Any, parameters: dict[str, Any]) -> Any:
    """The default settings with the parameters of a trial in their places; the inverse of `parameters_of`."""
    ranges = {name for name in parameters if isinstance(getattr(defaults, name), tuple)}
    values = {name: tuple(map(int, v.split("-"))) if name in ranges else v for name, v in parameters.items()}
    return replace(defaults, **values)


def plain(settings: Any) -> dict[str, Any]:
    """Settings as JSON keeps them."""
    values: dict[str, Any] = json.loads(json.dumps(asdict(settings)))
    return values


def _path(folder: Path, task: str, candidate: str) -> Path:
    return folder / f"{task}_{candidate}.json"
