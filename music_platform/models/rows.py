"""The text tasks as data, and the training rows of a task from its validated table. Trains nothing.

`clusters` learns from no label and has no entry here; see `music_platform.models.scorers.clusters`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from music_platform.errors import InputError
from music_platform.models.scorers.linear import Settings
from music_platform.tasks import INTENTS, TOPICS


@dataclass(frozen=True)
class Task:
    """One task: what is learned from which columns of which table, and what figure it is judged by."""

    name: str
    kind: Literal["multi-label", "single-label"]
    table: str
    id: str
    text: str
    label: str
    """Column of the label, or of the list of labels."""
    unit: str
    """Column whose values never lie on both sides of a split."""
    group: str
    """Column of the slices to report by."""
    metric: Literal["macro_f1", "accuracy"]
    language: str | None = None
    """Column of the row's language, if it has one."""
    only: str | None = None
    """The one language to learn from, if not every one."""
    source: str | None = None
    """Column of where a row comes from, if large sources should not drown small ones."""
    scope: str | None = None
    """Column of the labels that the row's sources could have named; all labels if there is none."""
    labels: tuple[str, ...] | None = None
    """Label order, where it is fixed; else the sorted labels of the data."""
    min_units: int = 20
    """A label carried by fewer units (artists, templates, articles) is reported, not learned."""
    linear: Settings = field(default_factory=Settings)

    @property
    def single(self) -> bool:
        """Whether a row has exactly one label."""
        return self.kind == "single-label"


def _genre(
    name: str, kind: Literal["multi-label", "single-label"], only: str | None, scope: str | None, linear: Settings
) -> Task:
    return Task(
        name=name,
        kind=kind,
        table="songs",
        id="song_id",
        text="lyrics",
        label="genres",
        unit="artist_key",
        group="language",
        metric="macro_f1",
        language="language",
        only=only,
        scope=scope,
        linear=linear,
    )


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        _genre("genre", "multi-label", only=None, scope="genre_scope", linear=Settings(C=1.0, even_units=0.25)),
        _genre("genre_pt", "single-label", only="pt", scope=None, linear=Settings()),
        Task(
            name="intent",
            kind="single-label",
            table="utterances",
            id="row_id",
            text="text",
            label="intent",
            unit="template",
            group="lang",
            metric="macro_f1",
            language="lang",
            source="source",
            labels=INTENTS,
        ),
        Task(
            name="topic",
            kind="single-label",
            table="articles",
            id="article_id",
            text="text",
            label="label",
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
    sources: np.ndarray
    """(n,) str: where each row comes from; the same for all if the task names no column that tells."""
    truth: np.ndarray
    """(n, L) bool."""
    known: np.ndarray
    """(n, L) bool: False where the row could not have carried the label: its absence says nothing."""
    weights: np.ndarray
    """(n,) int: rows that each counts as in training."""
    judged: np.ndarray
    """(n,) bool: whether figures, calibration and thresholds are of it too; else it only trains."""
    languages: dict[str, list[str]]
    """Label -> languages in which it has enough units, and is offered; empty if rows have no language."""
    left_out: dict[str, int]
    """Label -> its units, for the labels with too few of them to be learned."""
    dropped: dict[str, int]
    """Reason -> rows of the table that are no training rows."""

    def at(self, index: np.ndarray) -> "Rows":
        """The same of the rows at `index`, positions or a mask."""
        arrays = {name: values[index] for name, values in vars(self).items() if isinstance(values, np.ndarray)}
        return replace(self, **arrays)


def rows(task: Task, table: pa.Table) -> Rows:
    """The training rows of `task` from its validated table (columns of `tables.TABLES[task.table]`).

    A genre outside a row's `genre_scope`, or not offered in its language, is unknown. Rows are sorted by id,
    so that the order of the table does not matter. A table may have two more columns, `weight` and `judged`.

    Raises:
        InputError: fewer than two labels have enough units to be learned.
    """
    table = table.sort_by(task.id)
    labels = task.labels or tuple(sorted(set(_flat(table[task.label])[1].to_pylist())))
    truth = _membership(table[task.label], labels)
    language = _strings(table[task.language]) if task.language else np.full(len(table), "")
    units = _strings(table[task.unit])
    keep = np.ones(len(table), bool)
    dropped: dict[str, int] = {}

    def drop(reason: str, bad: Any) -> None:
        if dropping := int((keep & bad).sum()):
            dropped[reason] = dropping
        np.logical_and(keep, ~bad, out=keep)

    if task.only:
        drop(f"not in {task.only}", language != task.only)
    drop("without a label", ~truth.any(axis=1))
    if task.single:
        drop("with several labels", truth.sum(axis=1) > 1)

    carriers = np.array([_distinct(units[keep & column]) for column in truth.T], int)
    spoken = sorted({*language[keep].tolist()} - {"", "und"})
    by_language = {name: truth & (keep & (language == name))[:, None] for name in spoken}
    languages = {
        label: [name for name in spoken if _distinct(units[by_language[name][:, i]]) >= task.min_units]
        for i, label in enumerate(labels)
    }
    learned = carriers >= task.min_units if task.single else np.array([bool(languages[x]) for x in labels], bool)
    if learned.sum() < 2:
        raise InputError(
            f"{task.name}: {int(learned.sum())} of {len(labels)} labels in {task.table}.{task.label} have "
            f"{task.min_units} or more values of {task.unit}; at least 2 must"
        )
    left_out = {x: int(n) for x, n, ok in zip(labels, carriers, learned, strict=True) if not ok and (n or task.labels)}
    labels, truth = tuple(np.array(labels)[learned].tolist()), truth[:, learned]

    known = np.ones_like(truth)
    if task.scope:
        known = _membership(table[task.scope], labels)
        known &= np.stack([np.isin(language, languages[label]) for label in labels], axis=1)
        drop("in a language or scope of no label", ~known.any(axis=1))
    if task.single:
        drop(f"with a label of under {task.min_units} units", ~truth.any(axis=1))

    index = np.flatnonzero(keep)
    return Rows(
        labels=labels,
        ids=_strings(table[task.id])[index],
        texts=_strings(table[task.text])[index],
        units=units[index],
        groups=_strings(table[task.group])[index],
        sources=(_strings(table[task.source]) if task.source else np.full(len(table), "", object))[index],
        truth=(truth & known)[index],
        known=known[index],
        weights=_column(table, "weight", 1)[index],
        judged=_column(table, "judged", True)[index],
        languages={x: languages[x] for x in labels},
        left_out=left_out,
        dropped=dropped,
    )


def _column(table: pa.Table, name: str, default: int | bool) -> np.ndarray:
    """(n,) values of a column; the same for all rows if there is no such column."""
    if name in table.column_names:
        return table[name].to_numpy()
    return np.full(len(table), default)


def _strings(column: pa.ChunkedArray) -> np.ndarray:
    """(n,) object array of str; a null is the empty string."""
    return pc.fill_null(column, "").to_numpy(zero_copy_only=False)


def _distinct(values: np.ndarray) -> int:
    return len(set(values.tolist()))


def _flat(column: pa.ChunkedArray) -> tuple[np.ndarray, pa.Array]:
    """Row numbers and values of a column of strings, or of lists of strings."""
    values = column.combine_chunks()
    if not pa.types.is_list(values.type):
        return np.arange(len(values)), values
    return pc.list_parent_indices(values).to_numpy(zero_copy_only=False), pc.list_flatten(values)


def _membership(column: pa.ChunkedArray, labels: Sequence[str]) -> np.ndarray:
    """(n, L) bool: which of `labels` each row of `column` is, or holds."""
    parents, values = _flat(column)
    which = pc.fill_null(pc.index_in(values, value_set=pa.array(labels, pa.string())), -1).to_numpy(
        zero_copy_only=False
    )
    members = np.zeros((len(column), len(labels)), bool)
    members[parents[which >= 0], which[which >= 0]] = True
    return members
