"""The request to train one candidate of one task: everything that the training may need, gathered by the caller."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from music_platform.declarations import Task
from music_platform.models.callbacks import TrainerCallback
from music_platform.models.tuned import Tuned, with_parameters
from music_platform.storage.registry import Registry

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Request:
    """One request. Fields without a default are needed by every candidate."""

    registry: Registry
    task: Task
    candidate: str
    table: "pa.Table"
    """Columns of `tables.TABLES[task.table]`; `corrected.corrected` may have added two."""
    seconds: float = 0.0
    """The candidate's share of the budget; 0 without one."""
    checkpoints: Path = Path("checkpoints")
    """The folder of the states that a killed training, or one with a larger budget, resumes from."""
    progress: Callable[[str], None] = lambda line: None
    """Takes one line per step, to be shown."""
    callbacks: tuple[TrainerCallback, ...] = ()
    """Called at the epochs of a training that has some."""
    given: Mapping[str, Any] = field(default_factory=dict)
    """Hyperparameters that the environment's settings give; see `declarations.Training.settings`."""
    tuned: Tuned | None = None
    """The result of the candidate's last study."""
    hyperparameters: Any = None
    """All hyperparameters, in place of the declaration's and the study's."""
    names: "pa.Table | None" = None
    """Columns of `tables.TABLES[task.looked_up]`, for a task that looks names up."""
    base_model: str = ""
    """The encoder to start from: a folder, a Hub id or a preset; the default of `base_model.load` if empty."""
    causal_model: str = ""
    """The causal language model to start from."""
    int8: bool = False
    """Whether an exported network is quantised to int8."""

    @property
    def name(self) -> str:
        """Task and candidate, as messages name them."""
        return f"{self.task.name}/{self.candidate}"

    def configured(self, of: Callable[..., Any]) -> tuple[Any, dict[str, Any]]:
        """The hyperparameters to train with, and the entry about a study for the manifest's config.

        Args:
            of: the class of the candidate's hyperparameters; the task's declaration gives the values that differ
                from its defaults.
        """
        declared = of(**{**self.task.candidates[self.candidate].hyperparameters, **self.given})
        if self.hyperparameters is None and self.tuned and self.tuned.better_than(declared):
            return with_parameters(declared, self.tuned.parameters), {"tuned": self.tuned.trace}
        return self.hyperparameters or declared, {}
