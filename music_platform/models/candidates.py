"""What may answer a task, as data: the module that makes each candidate, and its share of the training budget.

Light: the modules are imported when a candidate is made. Which candidates a task has is in `schema.CANDIDATES`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from music_platform.errors import InputError
from music_platform.models.tuning.tuned import Tuned, settings_of
from music_platform.tasks import CANDIDATES as TASK_CANDIDATES

if TYPE_CHECKING:
    import pyarrow as pa

    from music_platform.models.encoders.callbacks import TrainerCallback
    from music_platform.storage.registry import Artifact, Registry

MINUTES = {True: 3.0, False: 40.0}
"""Training minutes of all candidates together where nobody set a budget: of the sample, and of other data."""
SHARES = {
    ("genre", "encoder"): 0.4,
    ("genre_pt", "encoder"): 0.24,
    ("topic", "encoder"): 0.25,
    ("intent", "encoder"): 0.05,
    ("intent", "lora"): 0.05,
    ("intent", "zero_shot"): 0.01,
    ("intent", "causal"): 0.5,
    ("intent", "causal_zero_shot"): 0.1,
}
"""Task and candidate -> its share of the minutes of `run --budget`; a candidate that is not here needs none.

Those of what is learned by default sum to 1; a model that has to be asked for comes on top.
"""


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
    trial: str = ""
    """The module of `music_platform.models` that measures settings of it, if they can be tuned."""
    served: bool = True
    """Whether the service can run it; what it can't is compared in the report, and never champion."""
    setting: str = ""
    """The field of `settings.Settings` that asks for it; it is always made if there is none."""
    exported: bool = False
    """Whether serving runs an export of it, under the contract of `contract`."""


@dataclass(frozen=True)
class Request:
    """All that training a candidate of a task may need."""

    registry: "Registry"
    task: str
    table: "pa.Table"
    """Columns of `tables.TABLES[schema.LEARNED_FROM[task]]`; see also `corrections.corrected`."""
    seconds: float
    """Its share of the budget; 0 without one."""
    checkpoints: Path
    """Folder of the states that a killed training, or one of a larger budget, resumes from."""
    progress: Callable[[str], None] = lambda line: None
    settings: Any = None
    """Those of the candidate; what a study found, or else the task's own, if missing."""
    callbacks: "tuple[TrainerCallback, ...]" = ()
    """Told about the epochs of a training that has some."""
    tuned: Tuned | None = None
    """What the last study of the candidate found."""
    names: "pa.Table | None" = None
    """Columns of `tables.TABLES[schema.LOOKED_UP[task]]`, for a task that looks names up."""

    def configured(self, defaults: Any) -> tuple[Any, dict[str, Any]]:
        """The settings to train with, given the task's own, and what the manifest's config says of a study."""
        if self.settings is None and self.tuned and self.tuned.better_than(defaults):
            return settings_of(defaults, self.tuned.parameters), {"tuned": self.tuned.trace}
        return self.settings or defaults, {}


CANDIDATES = {
    "linear": Candidate("training", "TF-IDF and logistic regression", frozenset({"scikitlearn"}), trial="linear_trial"),
    "encoder": Candidate(
        "encoder_training",
        "A fine-tuned encoder, if the budget has minutes for it",
        frozenset({"torch", "openvino"}),
        trial="encoder_trial",
        exported=True,
    ),
    "blend": Candidate(
        "blend",
        "The linear model and the encoder, weighed",
        frozenset({"scikitlearn", "openvino"}),
        of=("linear", "encoder"),
    ),
    "lora": Candidate(
        "lora",
        "An encoder fine-tuned by LoRA, if the budget has minutes for it",
        frozenset({"torch", "huggingface", "openvino"}),
        exported=True,
    ),
    "cascade": Candidate(
        "cascade",
        "The linear model where it is sure, the encoder elsewhere",
        frozenset({"scikitlearn", "openvino"}),
        of=("linear", "encoder"),
    ),
    "zero_shot": Candidate(
        "zero_shot",
        "Baseline: the label whose description the base encoder finds most similar, without any training",
        frozenset({"torch"}),
        served=False,
    ),
    "causal": Candidate(
        "causal",
        "A causal language model fine-tuned by LoRA, if MUSIC_PLATFORM_CAUSAL_MODEL names one",
        frozenset({"torch", "huggingface"}),
        served=False,
        setting="causal_model",
    ),
    "causal_zero_shot": Candidate(
        "causal_zero_shot",
        "Baseline: the label that the causal language model finds likeliest, without any training",
        frozenset({"torch", "huggingface"}),
        served=False,
        setting="causal_model",
    ),
    "crf": Candidate("slot_training", "A linear-chain CRF with look-ups in the catalogue", frozenset({"python"})),
}

STUDIES = tuple((task, name) for task, names in TASK_CANDIDATES.items() for name in names if CANDIDATES[name].trial)
"""The tasks and candidates that can be tuned."""


def train(candidate: str, request: Request) -> "tuple[Artifact, bool] | None":
    """A candidate for the rows of `request.table`; True when it had to be made, None without a budget for it.

    Raises:
        InputError: fewer than two labels have enough units to be learned, a base model can't be loaded, or a part
            breaks the contract of its export.
    """
    for part in CANDIDATES[candidate].of:
        made_of = request.registry.current(request.task, part)
        if made_of and made_of.manifest.get("contract", {}).get("broken"):
            raise InputError(f"{request.task}/{candidate}: its {part} breaks the contract of its export")
    module = import_module(f"music_platform.models.{CANDIDATES[candidate].module}")
    made: tuple[Artifact, bool] | None = module.train(request)
    return made
