"""The types that `tasks.py` declares tasks and candidates with. Add a field when every task needs one more fact."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

TaskKind = Literal["multi-label", "single-label", "tagging", "clustering"]
Metric = Literal["macro_f1", "accuracy", "f1", "precision_at_5"]


@dataclass(frozen=True)
class Candidate:
    """A kind of model that may answer tasks."""

    module: str
    """The module below `music_platform.models` whose function `train` makes it."""
    description: str
    """The beginning of the asset's description."""
    kinds: tuple[str, ...]
    """The libraries it uses, as Dagster shows them."""
    parts: tuple[str, ...] = ()
    """The candidates of the same task that it combines."""
    trial: str = ""
    """The module below `music_platform.models` that measures its hyperparameters, where they can be tuned."""
    is_served: bool = True
    """Whether the service can run it. A candidate that it can't run is compared in the report, and never champion."""
    setting: str = ""
    """The field of `settings.Settings` that has to be set before it is made; empty where it is always made."""
    is_exported: bool = False
    """Whether the service runs an exported copy, which has to answer as the trained network does."""


@dataclass(frozen=True)
class Training:
    """How a task trains one of its candidates."""

    share: float = 0.0
    """Its share of the minutes of `run --budget`; 0 where it needs none."""
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    """Values that differ from the defaults of the candidate's module."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Hyperparameter -> the field of `settings.Settings` that gives its value."""
    on_sample: bool = False
    """Whether it has minutes of the sample's default budget: one of each kind, so that the first run is short."""


@dataclass(frozen=True)
class Task:
    """One task. Columns are those of the table `table` in `tables.TABLES`."""

    name: str
    title: str
    """The heading that people read in reports and on the page."""
    answers: str
    """The end of the sentence "This model answers ...", in the descriptions of assets and commands."""
    kind: TaskKind
    table: str
    """The table of the features stage that it learns from."""
    id: str
    unit: str
    """The column whose values never lie on both sides of a split."""
    metric: Metric
    """The figure that chooses the champion."""
    route: str
    """The route of the service, without its slash; empty where the task has none of its own."""
    candidates: Mapping[str, Training]
    text: str = ""
    """The column of the text that a model reads."""
    cleaner: str = "strip"
    """The entry of `features.cleaning.CLEANERS` that prepares a text before a model reads it."""
    body: Literal["lyrics", "text", "track"] = "text"
    """The field of a request that holds the text, or `track` for audio features."""
    label: str = ""
    """The column of the label, or of the list of labels."""
    group: str = ""
    """The column of the slices that the report shows."""
    language: str | None = None
    """The column of the row's language, if there is one."""
    only: str | None = None
    """The one language to learn from; every language if missing."""
    labels_by_language: bool = False
    """Whether a label is offered only for texts in the languages that it was annotated in."""
    source: str | None = None
    """The column of the row's source, if a large source should not drown the small ones."""
    scope: str | None = None
    """The column of the labels that the row's sources could have named; all labels if missing."""
    labels: tuple[str, ...] | None = None
    """The labels in their order where that is fixed; else the sorted labels of the data."""
    min_units: int = 20
    """A label carried by fewer units (artists, templates, articles) is reported, not learned."""
    corrected_by: str | None = None
    """The table of the labels that people corrected, if the task learns from corrections."""
    looked_up: str | None = None
    """The table of names that a model looks words up in, if it does."""
    explained_by_songs: bool = False
    """Whether an explanation names the most similar songs that this task's linear model knows."""

    @property
    def single(self) -> bool:
        """Whether a row has exactly one label."""
        return self.kind == "single-label"

    @property
    def classifies(self) -> bool:
        """Whether the task gives labels to a text."""
        return self.kind in ("single-label", "multi-label")
