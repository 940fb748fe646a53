"""The record of an answer: rows of the answer log, and the metrics of its model."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import BaseModel

from music_platform.serving.answer_log import AnswerLog, Row, input_hash, now
from music_platform.serving.api.trace import TRACE
from music_platform.serving.metrics import metrics
from music_platform.serving.wire.answers import AssistantAnswer, BatchAnswer, TextAnswer
from music_platform.serving.wire.requests import text_of
from music_platform.serving.wire.track_answers import ClusterAnswer, Recommendations


@dataclass(frozen=True)
class _Given:
    """One of the answers to a request."""

    input: str
    labels: Sequence[str]
    scores: dict[str, float]
    uncertain: bool | None = None
    best: float | None = None


class Recorder:
    """Keeps answers. It keeps a hash of what a person sent, and the text itself only if `keep_input`."""

    def __init__(self, log: AnswerLog, *, keep_input: bool = False) -> None:
        self._log = log
        self._keep_input = keep_input

    def record(self, route: str, request: BaseModel, answer: Any, seconds: float) -> None:
        """Keep the answer to a request's body, which took `seconds`. The log's own thread makes and writes the rows."""
        metrics().computed(route, seconds)
        self._log.append(partial(self._rows, route, request, answer, seconds, now(), TRACE.get()))

    def _rows(self, route: str, request: BaseModel, answer: Any, seconds: float, at: str, trace: str) -> Iterator[Row]:
        version = answer.model_version
        for given in _given(request, answer):
            metrics().answer(route, version, given.best, given.uncertain)
            yield Row(
                trace_id=trace,
                answered_at=at,
                route=route,
                model_version=version,
                input_hash=input_hash(given.input),
                input=given.input if self._keep_input else None,
                labels=list(given.labels),
                scores=json.dumps(given.scores, ensure_ascii=False),
                uncertain=given.uncertain,
                milliseconds=round(seconds * 1000, 3),
            )


def _given(request: Any, answer: Any) -> Iterator[_Given]:
    match answer:
        case BatchAnswer():
            for item, one in zip(request.items, answer.items, strict=True):
                yield _labelled(text_of(item), one)
        case TextAnswer():
            yield _labelled(text_of(request), answer)
        case Recommendations():
            distances = {track.track_id: track.distance for track in answer.tracks}
            yield _Given(request.model_dump_json(), list(distances), distances)
        case ClusterAnswer():
            yield _Given(request.model_dump_json(), [answer.cluster.name], {})
        case AssistantAnswer():
            scores = {one.act: one.score for one in answer.understood}
            yield _Given(text_of(request), [one.act for one in answer.understood], scores)


def _labelled(text: str, answer: TextAnswer) -> _Given:
    scores = {one.label: one.score for one in answer.labels}
    best = answer.labels[0].score if answer.labels else None
    return _Given(text, [one.label for one in answer.labels if one.selected], scores, answer.uncertain, best)
