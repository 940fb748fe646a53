"""The champion of one task that gives labels to texts: from requests to answers. No HTTP, no BentoML."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from music_platform.models.scorers import similar_songs
from music_platform.models.scorers.predictor import Predictor
from music_platform.models.scorers.similar_songs import SimilarSongs
from music_platform.serving.wire.answers import BatchAnswer, Explanation, Label, Line, SimilarSong, TextAnswer
from music_platform.serving.wire.requests import (
    LyricsBatch,
    LyricsRequest,
    Song,
    TextRequest,
    UtteranceBatch,
    text_of,
)


class TextModel:
    """A champion, with the index of the songs that explain its answers where its folder holds one."""

    def __init__(self, predictor: Predictor, songs: SimilarSongs | None = None) -> None:
        self._predictor = predictor
        self._songs = songs

    @classmethod
    def load(cls, folder: Path) -> "TextModel":
        """The model of a folder `models/<task>` of a bundle."""
        songs = SimilarSongs.load(folder) if (folder / similar_songs.FILE).exists() else None
        return cls(Predictor.load(folder), songs)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that the model knows."""
        return self._predictor.labels

    def warm(self) -> None:
        """Answer once, so that the first request is as fast as the next."""
        self._predictor.decide(["warm", "up"])
        if self._songs is not None:
            self._songs.nearest("warm")

    def answer(self, request: LyricsRequest | TextRequest, trace: str) -> TextAnswer | BatchAnswer:
        """Labels of one text, explained if the request asks for it, or of every item of a batch in its order."""
        body = request.root
        if isinstance(body, LyricsBatch | UtteranceBatch):
            items = self._answers([text_of(item) for item in body.items], trace)
            return BatchAnswer(items=items, model_version=self._predictor.version, trace_id=trace)
        answer = self._answers([text_of(body)], trace)[0]
        if isinstance(body, Song) and body.explain:
            answer.explanations = self._explanations(body.lyrics, answer)
            if self._songs is not None:
                answer.similar = self._similar(body.lyrics, self._songs)
        return answer

    def best(self, text: str) -> tuple[str, float, bool]:
        """The best label of a text, its score, and whether the answer is uncertain."""
        decision = self._predictor.decide([text])
        best = int(decision.scores[0].argmax())
        return self.labels[best], float(decision.scores[0, best]), bool(decision.uncertain[0])

    def _answers(self, texts: Sequence[str], trace: str) -> list[TextAnswer]:
        decision = self._predictor.decide(texts)
        order = np.argsort(-decision.scores, axis=1, kind="stable")
        return [
            TextAnswer(
                labels=[
                    Label(
                        label=self.labels[j],
                        score=round(float(decision.scores[i, j]), 6),
                        selected=bool(decision.selected[i, j]),
                    )
                    for j in order[i]
                    if decision.offered[i, j]
                ],
                uncertain=bool(decision.uncertain[i]),
                model_version=self._predictor.version,
                trace_id=trace,
            )
            for i in range(len(texts))
        ]

    def _explanations(self, text: str, answer: TextAnswer) -> list[Explanation]:
        """The effects of the lines on every selected label, or on the best one if none is selected."""
        effects, lines = self._predictor.effects(text), text.split("\n")
        selected = [found.label for found in answer.labels if found.selected]
        return [
            Explanation(
                label=label,
                method=effects.method,
                lines=[
                    Line(line=number, text=lines[number], effect=round(float(effect), 6))
                    for number, effect in zip(effects.lines, effects.values[:, self.labels.index(label)], strict=True)
                ],
            )
            for label in selected or [found.label for found in answer.labels[:1]]
        ]

    def _similar(self, text: str, songs: SimilarSongs) -> list[SimilarSong]:
        return [
            SimilarSong(title=song.title, artist=song.artist, genres=song.genres, similarity=near)
            for song, near in songs.nearest(self._predictor.clean(text))
        ]
