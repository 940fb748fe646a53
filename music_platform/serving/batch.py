"""Scores files of any number of rows with a champion, batch by batch. Not in the bento.

Files have the formats and column names that the landing zone takes.

A row is scored by the kind of the task. Put a function for a new kind into `_SCORERS`.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from music_platform.declarations import Task
from music_platform.errors import InputError
from music_platform.ingestion.own_files import opened, writing
from music_platform.models.scorers.clusters import Clusters
from music_platform.models.scorers.predictor import Predictor
from music_platform.models.scorers.slots import SlotTagger
from music_platform.schema import KINDS
from music_platform.storage.registry import Artifact, Registry
from music_platform.tables import TABLES
from music_platform.tasks import CLUSTER_FEATURES, TASKS

ROWS = 2_000
"""Rows scored at a time: they bound the memory."""
_LAST = [
    ("score", pa.float32()),
    ("uncertain", pa.bool_()),
    ("model_version", pa.string()),
    ("error", pa.string()),
]
_LABELLED = pa.schema([("label", pa.string()), ("labels", pa.list_(pa.string())), *_LAST])
_TAGGED = pa.schema([("slots", pa.string()), *_LAST])

Scored = Callable[[pa.Table], pa.Table]


def predict_file(
    registry: Registry, task: str, source: Path, destination: Path, progress: Callable[[int], None] = lambda rows: None
) -> int:
    """Score every row of a file with a task's champion; returns their number.

    The output has the input's rows in their order and its columns, and besides: `label` (the best one), `labels` (the
    selected ones), `score` (of the best one; null for clusters, which have none), `uncertain`, `model_version`, and
    `error` (the reason why a row has no label; null otherwise). A task that finds names in texts gives `slots` instead
    of the first two: a JSON list of name, value, start and end. Input columns of these names are replaced.

    Args:
        registry: where the champions are.
        task: one of `tasks.TASKS`.
        source: file with the text column of the task, or the five features of clusters, by any name that a file to
            land may have for it.
        destination: file to write, atomically; its suffix names the format.
        progress: called with the number of rows scored so far.

    Raises:
        InputError: an unknown task, no champion, or a file that can't be read or lacks a column.
    """
    if task not in TASKS:
        raise InputError(f"task: {task!r} is unknown; use one of {', '.join(TASKS)}")
    champion = registry.champion(task)
    if champion is None:
        raise InputError(f"task {task}: no model is champion yet; run `music-platform run` first")
    try:
        return _predict(champion, TASKS[task], source, destination, progress)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{source}: can't be read, as Parquet or at all ({str(error).splitlines()[0]})") from None


def _predict(champion: Artifact, task: Task, source: Path, destination: Path, progress: Callable[[int], None]) -> int:
    needed = (task.text,) if task.text else CLUSTER_FEATURES
    with opened(source, KINDS[TABLES[task.table].kind], needed, ROWS) as file:
        _check(file.schema.names, file.missing, needed, task.name, source)
        score, added = _SCORERS[task.kind](champion, task.text)
        kept = [name for name in file.schema.names if name not in added.names]
        schema = pa.schema([*(file.schema.field(name) for name in kept), *added])
        done = 0
        with writing(destination, schema) as write:
            for batch in file.batches:
                scored = score(batch.inputs)
                errors = pc.coalesce(batch.problems, scored["error"])
                scored = scored.set_column(scored.schema.get_field_index("error"), "error", errors)
                write(pa.table([batch.own[name] for name in kept] + scored.columns, schema=schema))
                done += len(scored)
                progress(done)
    return done


def _check(names: list[str], missing: tuple[str, ...], needed: tuple[str, ...], task: str, source: Path) -> None:
    if missing:
        raise InputError(f"{source}: column {missing[0]} is missing; the task {task} needs {', '.join(needed)}")
    if len(set(names)) < len(names):
        raise InputError(f"{source}: two columns have the same name; give each column a name of its own")


def _tags(champion: Artifact, column: str) -> tuple[Scored, pa.Schema]:
    tagger = SlotTagger.load(champion.path)

    def score(rows: pa.Table) -> pa.Table:
        texts, errors = _texts(rows, column)
        bad = np.array([error is not None for error in errors], bool)
        found = tagger.tag(texts)
        listed = [json.dumps([asdict(slot) for slot in tagged.slots], ensure_ascii=False) for tagged in found]
        return pa.table(
            [
                pa.array(listed, pa.string(), mask=bad),
                pa.array([tagged.score for tagged in found], pa.float32(), mask=bad),
                pa.array([tagged.uncertain for tagged in found], pa.bool_(), mask=bad),
                pa.array([tagger.version] * len(found), pa.string()),
                pa.array(errors, pa.string()),
            ],
            schema=_TAGGED,
        )

    return score, _TAGGED


def _labels(champion: Artifact, column: str) -> tuple[Scored, pa.Schema]:
    predictor = Predictor.load(champion.path)
    labels = np.array(predictor.labels, object)

    def score(rows: pa.Table) -> pa.Table:
        texts, errors = _texts(rows, column)
        decision = predictor.decide(texts)
        open_scores = np.where(decision.offered, decision.scores, -1)
        best = open_scores.argmax(axis=1)
        return _labelled(
            predictor.version,
            label=labels[best],
            labels=[labels[selected].tolist() for selected in decision.selected],
            score=open_scores[np.arange(len(best)), best],
            uncertain=decision.uncertain,
            errors=errors,
        )

    return score, _LABELLED


def _texts(rows: pa.Table, column: str) -> tuple[list[str], list[str | None]]:
    """The texts of a column, empty where one can't be scored, and the reason for each of those."""
    values = rows[column].to_pylist()
    errors = [_problem(column, value) for value in values]
    return [value if error is None else "" for value, error in zip(values, errors, strict=True)], errors


def _problem(column: str, text: object) -> str | None:
    if not isinstance(text, str):
        return f"{column}: is missing; text is required"
    return None if text.strip() else f"{column}: is empty; text is required"


def _clusters(champion: Artifact, _column: str) -> tuple[Scored, pa.Schema]:
    model = Clusters.load(champion.path)
    names = np.array(model.names, object)

    def score(rows: pa.Table) -> pa.Table:
        features = np.column_stack([rows[name].cast(pa.float64()).to_numpy() for name in CLUSTER_FEATURES])
        finite = np.isfinite(features)
        good = finite.all(axis=1)
        label = names[model.assign(np.where(good[:, None], features, 0))]
        errors = [
            None if row.all() else f"{CLUSTER_FEATURES[int(row.argmin())]}: is missing; a number is required"
            for row in finite
        ]
        return _labelled(
            champion.id,
            label=label,
            labels=[[name] for name in label],
            score=np.full(len(label), np.nan),
            uncertain=~good,
            errors=errors,
        )

    return score, _LABELLED


def _labelled(
    version: str,
    *,
    label: np.ndarray,
    labels: list[list[str]],
    score: np.ndarray,
    uncertain: np.ndarray,
    errors: list[str | None],
) -> pa.Table:
    """The added columns; a row with an error has no other value than the model's version."""
    bad = np.array([error is not None for error in errors], bool)
    return pa.table(
        [
            pa.array(label, pa.string(), mask=bad),
            pa.array([None if wrong else value for value, wrong in zip(labels, bad, strict=True)], _LABELLED.types[1]),
            pa.array(score.astype(np.float32), pa.float32(), mask=bad | np.isnan(score)),
            pa.array(uncertain, pa.bool_(), mask=bad),
            pa.array([version] * len(errors), pa.string()),
            pa.array(errors, pa.string()),
        ],
        schema=_LABELLED,
    )


_SCORERS: dict[str, Callable[[Artifact, str], tuple[Scored, pa.Schema]]] = {
    "multi-label": _labels,
    "single-label": _labels,
    "tagging": _tags,
    "clustering": _clusters,
}
