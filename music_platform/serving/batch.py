"""Scores files of any number of rows with a champion: Parquet in, Parquet out, batch by batch. Not in the bento."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from music_platform.errors import InputError
from music_platform.models.scorers.clusters import Clusters
from music_platform.models.scorers.predictor import Predictor
from music_platform.storage.files import replacing
from music_platform.storage.registry import Artifact, Registry
from music_platform.tasks import CLUSTER_FEATURES, TASKS

ROWS = 2_000
"""Rows scored at a time: what bounds the memory."""
_TEXT_COLUMN = {"genre": "lyrics", "genre_pt": "lyrics", "intent": "text", "slots": "text", "topic": "text"}
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
    """Score every row of a Parquet file with a task's champion; returns their number.

    The output has the input's rows in their order and its columns, and besides: `label` (the best one), `labels` (the
    selected ones), `score` (of the best one; null for clusters, which have none), `uncertain`, `model_version`, and
    `error` (why a row has no label; null otherwise). For slots, `slots` stands for the first two: a JSON list of name,
    value, start and end. Input columns of these names are replaced.

    Args:
        registry: where the champions are.
        task: one of `tasks.TASKS`.
        source: Parquet file with the text column of the task, or the five features for `clusters`.
        destination: Parquet file to write, atomically.
        progress: told how many rows are done.

    Raises:
        InputError: an unknown task, no champion, or a file that can't be read or lacks a column.
    """
    if task not in TASKS:
        raise InputError(f"task: {task!r} is unknown, expected one of {', '.join(TASKS)}")
    champion = registry.champion(task)
    if champion is None:
        raise InputError(f"task {task}: has no champion yet; run `music-platform run` first")
    try:
        return _predict(champion, task, source, destination, progress)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{source}: can't be read as Parquet ({str(error).splitlines()[0]})") from None


def _predict(champion: Artifact, task: str, source: Path, destination: Path, progress: Callable[[int], None]) -> int:
    with pq.ParquetFile(source) as file:
        needed = CLUSTER_FEATURES if task == "clusters" else (_TEXT_COLUMN[task],)
        if missing := [name for name in needed if name not in file.schema_arrow.names]:
            raise InputError(f"{source}: column {missing[0]} is missing, {task} needs {', '.join(needed)}")
        if len(set(file.schema_arrow.names)) < len(file.schema_arrow.names):
            raise InputError(f"{source}: two columns have the same name, expected each name once")
        score, added = _scorer(champion, task)
        kept = [name for name in file.schema_arrow.names if name not in added.names]
        schema = pa.schema([*(file.schema_arrow.field(name) for name in kept), *added])
        done = 0
        with replacing(destination) as temporary, pq.ParquetWriter(temporary, schema) as writer:
            for batch in file.iter_batches(ROWS):
                rows = pa.table(batch)
                scored = score(rows)
                columns = [rows[name] for name in kept] + [scored[name] for name in added.names]
                writer.write_table(pa.table(columns, schema=schema))
                done += len(rows)
                progress(done)
    return done


def _scorer(champion: Artifact, task: str) -> tuple[Scored, pa.Schema]:
    if task == "clusters":
        return _clusters(champion), _LABELLED
    if task == "slots":
        return _slots(champion, _TEXT_COLUMN[task]), _TAGGED
    return _texts(champion, _TEXT_COLUMN[task]), _LABELLED


def _slots(champion: Artifact, column: str) -> Scored:
    from music_platform.models.scorers.slots import SlotTagger

    tagger = SlotTagger.load(champion.path)

    def score(rows: pa.Table) -> pa.Table:
        texts = rows[column].to_pylist()
        errors = [_problem(column, text) for text in texts]
        bad = np.array([error is not None for error in errors], bool)
        found = tagger.tag([text if error is None else "" for text, error in zip(texts, errors, strict=True)])
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

    return score


def _texts(champion: Artifact, column: str) -> Scored:
    predictor = Predictor.load(champion.path)
    labels = np.array(predictor.labels, object)

    def score(rows: pa.Table) -> pa.Table:
        texts = rows[column].to_pylist()
        errors = [_problem(column, text) for text in texts]
        decision = predictor.decide([text if error is None else "" for text, error in zip(texts, errors, strict=True)])
        open_scores = np.where(decision.offered, decision.scores, -1)
        best = open_scores.argmax(axis=1)
        good = np.array([error is None for error in errors], bool)
        return _added(
            predictor.version,
            label=labels[best],
            labels=[labels[selected].tolist() for selected in decision.selected],
            score=open_scores[np.arange(len(best)), best],
            uncertain=decision.uncertain,
            error=errors,
            good=good,
        )

    return score


def _problem(column: str, text: object) -> str | None:
    if not isinstance(text, str):
        return f"{column}: is missing; text is required"
    return None if text.strip() else f"{column}: is empty; text is required"


def _clusters(champion: Artifact) -> Scored:
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
        return _added(
            champion.id,
            label=label,
            labels=[[name] for name in label],
            score=np.full(len(label), np.nan),
            uncertain=~good,
            error=errors,
            good=good,
        )

    return score


def _added(
    version: str,
    *,
    label: np.ndarray,
    labels: list[list[str]],
    score: np.ndarray,
    uncertain: np.ndarray,
    error: list[str | None],
    good: np.ndarray,
) -> pa.Table:
    """The added columns; a row that is not good has nothing but its error and the model's version."""
    bad = ~good
    return pa.table(
        [
            pa.array(label, pa.string(), mask=bad),
            pa.array(
                [value if ok else None for value, ok in zip(labels, good, strict=True)], _LABELLED.field("labels").type
            ),
            pa.array(score.astype(np.float32), pa.float32(), mask=bad | np.isnan(score)),
            pa.array(uncertain, pa.bool_(), mask=bad),
            pa.array([version] * len(good), pa.string()),
            pa.array(error, pa.string()),
        ],
        schema=_LABELLED,
    )
