"""The text tasks as data, and the training rows of a task from its validated table. Trains nothing.

The `clusters` task has no labels and lives in `clusters`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from music_platform.errors import InputError
from music_platform.models.linear import Settings
from music_platform.schema import INTENTS, TOPICS

MIN_UNITS = 20
"""A label that fewer artists (templates, articles) carry is reported, not learned."""


@dataclass(frozen=True)
class Task:
    """One task: what is learned from which columns of which table, and what it is judged by."""

    name: str
    kind: Literal["multi-label", "single-label"]
    table: str
    text: str
    label: str
    id: str
    unit: str
    """Column whose values never lie on both sides of a split."""
    group: str
    """Column to report slices by."""
    metric: Literal["macro_f1", "accuracy"]
    language: str | None = None
    """Only rows of this language."""
    labels: tuple[str, ...] | None = None
    """The label order, where it is fixed; else the sorted labels of the data."""
    linear: Settings = field(default_factory=Settings)

    @property
    def single(self) -> bool:
        """Whether a row has exactly one label."""
        return self.kind == "single-label"


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task(
            name="genre",
            kind="multi-label",
            table="songs",
            text="lyrics",
            label="genres",
            id="song_id",
            unit="artist_key",
            group="language",
            metric="macro_f1",
        ),
        Task(
            name="genre_pt",
            kind="single-label",
            table="songs",
            text="lyrics",
            label="genres",
            id="song_id",
            unit="artist_key",
            group="language",
            metric="macro_f1",
            language="pt",
        ),
        Task(
            name="intent",
            kind="single-label",
            table="utterances",
            text="text",
            label="intent",
            id="row_id",
            unit="template",
            group="lang",
            metric="macro_f1",
            labels=INTENTS,
        ),
        Task(
            name="topic",
            kind="single-label",
            table="articles",
            text="text",
            label="label",
            id="article_id",
            unit="article_id",
            group="source",
            metric="accuracy",
            labels=TOPICS,
        ),
    )
}


@dataclass(frozen=True, eq=False)
class Rows:
    """Training rows of a task: n texts with their ids, split units and report groups, and L labels."""

    labels: tuple[str, ...]
    ids: np.ndarray
    texts: np.ndarray
    units: np.ndarray
    groups: np.ndarray
    truth: np.ndarray
    """(n, L) bool."""
    known: np.ndarray
    """(n, L) bool: False where the row could not have carried the label, so that its absence says nothing."""
    languages: dict[str, list[str]]
    """Label -> languages it was annotated in and is offered for; empty lists where rows have no language."""
    left_out: dict[str, int]
    """Label -> its units, for labels with too few of them to be learned."""
    dropped: dict[str, int]
    """Reason -> rows of the table that are no training rows."""


def rows(task: Task, table: pa.Table) -> Rows:
    """The training rows of `task` from its validated table (columns of `schema.TABLES[task.table]`).

    Rows are sorted by id, so that the order of the table does not matter.

    Raises:
        InputError: fewer than two labels (one, for a multi-label task) have enough units.
    """
    table = table.sort_by(task.id)
    return _multi_label(task, table) if task.kind == "multi-label" else _single_label(task, table)


def _single_label(task: Task, table: pa.Table) -> Rows:
    keep: dict[str, pa.Array] = {}
    if task.language is not None:
        keep[f"language is not {task.language}"] = pc.equal(table[task.group], task.language)
    if pa.types.is_list(table.schema.field(task.label).type):
        keep["not exactly one label"] = pc.equal(pc.list_value_length(table[task.label]), 1)
    table, dropped = _kept(table, keep)
    if pa.types.is_list(table.schema.field(task.label).type):
        first = pc.list_element(table[task.label], 0) if len(table) else pa.array([], pa.string())
        table = table.set_column(table.schema.get_field_index(task.label), task.label, first)
    units = _units(table, task.label, task.unit)
    labels, left_out = _enough(task, units)
    if len(labels) < 2:
        raise _too_few(task)
    table, rare = _kept(table, {f"label with under {MIN_UNITS} {task.unit}s": pc.is_in(table[task.label], pa.array(labels))})
    truth = _strings(table, task.label)[:, None] == np.array(labels)
    groups = _strings(table, task.group)
    spoken = {} if task.group == "source" else _units_by_language(table, task, task.label)
    languages = {
        label: sorted(g for (name, g), n in spoken.items() if name == label and n >= MIN_UNITS) for label in labels
    }
    return Rows(
        labels,
        _strings(table, task.id),
        _strings(table, task.text),
        _strings(table, task.unit),
        groups,
        truth,
        np.ones_like(truth),
        languages,
        left_out,
        {k: v for k, v in (dropped | rare).items() if v},
    )
