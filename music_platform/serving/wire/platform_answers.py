"""The answers about the service itself, as pydantic models: its models, its health, and the platform that built it."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from music_platform.serving.wire.answers import Traced


class Model(BaseModel):
    """A champion: the model that answers for a task."""

    task: str
    title: str = Field(description="the task's name for people")
    kind: Literal["multi-label", "single-label", "tagging", "clustering"]
    route: str = Field(description="route that it answers at, without its slash; empty where it has none of its own")
    candidate: str
    version: str
    created_at: str
    labels: list[str]
    thresholds: list[float] = Field(description="score from which each label is answered; 0 where the best one is")
    languages: dict[str, list[str]] = Field(description="label -> languages that it is answered in")
    metrics: dict[str, Any]
    baseline: dict[str, Any]
    cascade: dict[str, float] | None = Field(
        description="only for a cascade: the best score from which on its linear model answers (bound), and the share "
        "of held-out texts that reach it (share)"
    )


class Models(Traced):
    """The champions of the bento."""

    models: list[Model]


class Health(Traced):
    """State of the service."""

    status: Literal["ok"] = "ok"
    models: dict[str, str] = Field(description="version of the champion of each task")


class Champion(BaseModel):
    """A champion with its main figure. The figure's fields are null where it was not measured."""

    task: str
    title: str = Field(description="the task's name for people")
    candidate: str
    version: str
    since: str = Field(description="when it became champion")
    why: str
    metric: str | None = Field(description="name of the figure")
    value: float | None
    low: float | None
    high: float | None
    baseline: float | None
    rows: int | None = Field(description="examples that it was measured on")


class Table(BaseModel):
    """A validated table."""

    name: str
    rows: int
    made_at: str
    newest: str | None = Field(description="when the newest of the files landed that it is made from")


class Run(BaseModel):
    """A run of the orchestrator."""

    job: str
    trigger: str
    status: str
    started_at: str | None
    seconds: float | None = Field(description="null if it was still running when the bento was built")


class Status(Traced):
    """The state of the platform when this bento was built."""

    built_at: str
    champions: list[Champion]
    tables: list[Table]
    runs: list[Run] = Field(description="newest first")
    reports: list[str] = Field(description="paths under /reports/")
