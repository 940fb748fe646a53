"""From texts to labels with a champion artifact: cleaning, language, scores, decision. No HTTP.

A batch is the only path; a single text is a batch of one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from music_platform.errors import InputError
from music_platform.features.text import clean_article, clean_lyrics, detect_language
from music_platform.models.scorers import explanations
from music_platform.models.thresholds import LIKELY
from music_platform.storage.files import read_json

MULTI_LABEL = frozenset({"genre"})
CLEANERS: dict[str, Callable[[str], str]] = {
    "genre": clean_lyrics,
    "genre_pt": clean_lyrics,
    "topic": clean_article,
    "intent": str.strip,
}
"""Task -> what is done to a text before its model sees it: what was done to the rows it learned from."""
_OF_LANGUAGES = frozenset({"genre", "genre_pt"})


class Scorer(Protocol):
    """A text model as it was trained."""

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Calibrated scores in 0-1 of every text and label, (n, L)."""


@dataclass(frozen=True)
class Decision:
    """What a model says about n texts, for L labels in the order of its manifest."""

    scores: np.ndarray
    """(n, L) float32 in 0-1."""
    offered: np.ndarray
    """(n, L) bool: labels annotated in the text's language; all when there is none, or no language."""
    selected: np.ndarray
    """(n, L) bool: labels that the model answers."""
    uncertain: np.ndarray
    """(n,) bool: the model answers no label, or one that is more likely wrong than right."""


def _load_scorer(folder: Path, kind: str) -> Scorer:
    if kind == "linear":
        from music_platform.models.scorers.linear import LinearModel

        return LinearModel.load(folder)
    if kind == "encoder":
        from music_platform.models.scorers.encoder import EncoderRunner

        return EncoderRunner.load(folder)
    if kind == "cascade":
        from music_platform.models.scorers.cascade import Cascade

        linear, encoder = (_load_scorer(folder / part, part) for part in ("linear", "encoder"))
        return Cascade(linear, encoder, read_json(folder / "manifest.json")["cascade"]["bound"])
    if kind == "blend":
        from music_platform.models.scorers.blend import Blend

        reading = read_json(folder / "manifest.json")["blend"]
        return Blend({part: _load_scorer(folder / part, part) for part in reading["weights"]}, reading)
    raise InputError(f"{folder}: a model of kind {kind!r} can't be served; allowed: linear, encoder, cascade, blend")


class Predictor:
    """The champion of one text task."""

    def __init__(self, manifest: dict[str, Any], model: Scorer) -> None:
        self.manifest = manifest
        self.labels: tuple[str, ...] = tuple(manifest["labels"])
        self._model = model
        self._thresholds = np.asarray(manifest["thresholds"], np.float32)
        self._languages = [frozenset(manifest.get("languages", {}).get(label, ())) for label in self.labels]

    @classmethod
    def load(cls, folder: Path) -> "Predictor":
        """The predictor of an artifact folder.

        Raises:
            InputError: the folder holds no model that can be served.
        """
        manifest = read_json(folder / "manifest.json")
        return cls(manifest, _load_scorer(folder, manifest.get("kind", manifest["candidate"])))

    @property
    def task(self) -> str:
        """The task it answers for."""
        return str(self.manifest["task"])

    @property
    def version(self) -> str:
        """The id of the artifact."""
        return str(self.manifest["version"])

    def decide(self, texts: Sequence[str]) -> Decision:
        """Score texts, and select labels by threshold (multi-label) or the best one.

        A label is offered only for the languages it was annotated in. A text in a language without any label,
        or one of which cleaning leaves nothing, gets scores but no selected label.
        """
        clean = [CLEANERS[self.task](text) for text in texts]
        if not clean:
            nothing = np.zeros((0, len(self.labels)))
            return Decision(nothing.astype(np.float32), nothing > 0, nothing > 0, np.zeros(0, bool))
        scores = np.asarray(self._model.scores(clean), np.float32).reshape(len(texts), len(self.labels))
        known, offered = self._offered(clean)
        open_scores = np.where(offered, scores, -1)
        if self.task in MULTI_LABEL:
            selected = offered & (scores >= self._thresholds)
            uncertain = ~selected.any(axis=1)
        else:
            selected = np.arange(len(self.labels)) == open_scores.argmax(axis=1)[:, None]
            uncertain = open_scores.max(axis=1, initial=0) < LIKELY
        return Decision(scores, offered, selected & known[:, None], uncertain | ~known)

    def effects(self, text: str) -> explanations.Effects:
        """What the lines of one text do to the labels."""
        return explanations.effects(text, CLEANERS[self.task], self._model, len(self.labels))

    def _offered(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """For n texts: whether there is something to answer on, (n,), and which labels are open, (n, L)."""
        known = np.array([bool(text) for text in texts], bool)
        everything = np.ones((len(texts), len(self.labels)), bool)
        if self.task not in _OF_LANGUAGES:
            return known, everything
        languages = [detect_language(text) for text in texts]
        annotated = np.array(
            [[language == "und" or language in allowed for allowed in self._languages] for language in languages],
            bool,
        ).reshape(everything.shape)
        some = np.any(annotated, axis=1)
        return known & some, np.where(some[:, None], annotated, everything)
