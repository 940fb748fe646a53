"""What may answer a task, as data: the module that makes each candidate, and its share of the training budget.

Light: the modules are imported when a candidate is made. Which candidates a task has is in `schema.CANDIDATES`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from music_platform.storage.registry import Artifact, Registry

SHARES = {
    ("genre", "encoder"): 0.4,
    ("genre_pt", "encoder"): 0.25,
    ("topic", "encoder"): 0.25,
    ("intent", "encoder"): 0.1,
}
"""Task and candidate -> its share of the minutes of `run --budget`; a candidate that is not here needs none."""


@dataclass(frozen=True)
class Candidate:
    """One kind of model."""

    module: str
    """The module of `music_platform.models` whose `train` makes it."""
    what: str
    """The beginning of its description."""
    kinds: frozenset[str]
    """Libraries, as Dagster shows them."""
    of: tuple[str, ...] = ()
    """Candidates of the same task that it is made of."""


@dataclass(frozen=True)
class Request:
    """All that training a candidate of a task may need."""

    registry: "Registry"
    task: str
    table: "pa.Table"
    """Columns of `schema.TABLES[schema.LEARNED_FROM[task]]`."""
    seconds: float
    """Its share of the budget; 0 without one."""
    checkpoints: Path
    """Folder of the states that a killed training, or one of a larger budget, resumes from."""
    progress: Callable[[str], None] = lambda line: None
    settings: Any = None
    """Those of the candidate; the task's own if missing."""


CANDIDATES = {
    "linear": Candidate("training", "TF-IDF and logistic regression", frozenset({"scikitlearn"})),
    "encoder": Candidate(
        "encoder_training", "A fine-tuned encoder, if the budget has minutes for it", frozenset({"torch"})
    ),
    "blend": Candidate(
        "blend", "The linear model and the encoder, weighed", frozenset({"scikitlearn"}), of=("linear", "encoder")
    ),
}


def train(candidate: str, request: Request) -> "tuple[Artifact, bool] | None":
    """A candidate for the rows of `request.table`; True when it had to be made, None without a budget for it.

    Raises:
        InputError: fewer than two labels have enough units to be learned, or a base model can't be loaded.
    """
    module = import_module(f"music_platform.models.{CANDIDATES[candidate].module}")
    made: tuple[Artifact, bool] | None = module.train(request)
    return made
