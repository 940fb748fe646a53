"""The training rows of a text task, from its validated table and its declaration."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from music_platform.declarations import Task
from music_platform.errors import InputError
from music_platform.storage.files import fingerprint


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

    @property
    def hash(self) -> str:
        """A hash of every field by itself, as JSON, so that values of neighbouring fields can't be mistaken."""
        values = (getattr(self, field.name) for field in fields(self))
        return fingerprint([fingerprint(v.tolist() if isinstance(v, np.ndarray) else v) for v in values])

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
        raise InputError(_too_few(task, int(learned.sum())))
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


_UNITS = {"artist_key": "artists", "template": "templates", "article_id": "articles"}


def _too_few(task: Task, learned: int) -> str:
    """The sentence that says why a task can't be learned, such as "only 1 of its labels has songs by 20 artists"."""
    units = _UNITS.get(task.unit, f"values of {task.unit}")
    have = "no label has" if not learned else "only 1 label has"
    return f"{task.name}: {have} {task.table} of {task.min_units} or more {units}; 2 labels are needed, so land more"


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
