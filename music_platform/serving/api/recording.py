"""What is kept of an answer: rows of the answer log, and the metrics of its model. Answers nothing itself."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import BaseModel

from music_platform.serving.answer_log import AnswerLog, Row, input_hash, now
from music_platform.serving.api.metrics import metrics
from music_platform.serving.api.middleware import TRACE
from music_platform.serving.wire import answers


@dataclass(frozen=True)
class _Given:
    """One of the answers to a request."""

    input: str
    labels: list[str]
    scores: dict[str, float]
    uncertain: bool | None = None
    best: float | None = None


class Recorder:
    """Keeps answers; what a person sent is kept as a hash, and as it is only if `keep_input`."""

    def __init__(self, log: AnswerLog, *, keep_input: bool = False) -> None:
        self._log = log
        self._keep_input = keep_input

    def record(self, route: str, request: BaseModel, answer: Any, seconds: float) -> None:
        """Keep the answer to the body of a request; all but the time is worked out by the log's thread."""
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
                labels=given.labels,
                scores=json.dumps(given.scores, ensure_ascii=False),
                uncertain=given.uncertain,
                milliseconds=round(seconds * 1000, 3),
            )


def _given(request: BaseModel, answer: Any) -> Iterator[_Given]:
    if isinstance(answer, answers.BatchAnswer):
        for item, one in zip(_items(request), answer.items, strict=True):
            yield _judged(_text(item), one)
    elif isinstance(answer, answers.TextAnswer):
        yield _judged(_text(request), answer)
    elif isinstance(answer, answers.Recommendations):
        distances = {track.track_id: track.distance for track in answer.tracks}
        yield _Given(request.model_dump_json(), list(distances), distances)
    elif isinstance(answer, answers.ClusterAnswer):
        yield _Given(request.model_dump_json(), [answer.cluster.name], {})
    else:
        judged: answers.AssistantAnswer = answer
        scores = {one.act: one.score for one in judged.understood}
        yield _Given(_text(request), [one.act for one in judged.understood], scores)


def _items(request: Any) -> Sequence[BaseModel]:
    items: Sequence[BaseModel] = request.items
    return items


def _text(item: Any) -> str:
    """The text of a request or of an item of one: the same text has the same hash wherever it comes."""
    text: str = item.lyrics if hasattr(item, "lyrics") else item.text
    return text


def _judged(text: str, answer: answers.TextAnswer) -> _Given:
    scores = {one.label: one.score for one in answer.labels}
    best = answer.labels[0].score if answer.labels else None
    return _Given(text, [one.label for one in answer.labels if one.selected], scores, answer.uncertain, best)
