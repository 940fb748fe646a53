"""From texts to labels with a saved classifier: cleaning, language, scores, decision.

A batch is the only path; a single text is a batch of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from music_platform.declarations import Task
from music_platform.errors import InputError
from music_platform.features.cleaning import CLEANERS
from music_platform.features.text import detect_language
from music_platform.models.scorers import explanations
from music_platform.models.scorers.loading import load_scorer
from music_platform.models.scorers.scorer import Scorer
from music_platform.storage.manifest import Manifest
from music_platform.tasks import TASKS

LIKELY = 0.5
"""A best score of a single-label task below this is more likely wrong than right: the answer is uncertain."""


@dataclass(frozen=True)
class Decision:
    """The answers to n texts, for L labels in the order of the manifest."""

    scores: np.ndarray
    """(n, L) float32 in 0-1."""
    offered: np.ndarray
    """(n, L) bool: the labels annotated in the text's language; all labels where there are none, or no language."""
    selected: np.ndarray
    """(n, L) bool: the labels that the model answers."""
    uncertain: np.ndarray
    """(n,) bool: the model answers no label, or one that is more likely wrong than right."""


class Predictor:
    """The saved classifier of one task; the task's declaration says how a text is cleaned and a label chosen."""

    def __init__(self, manifest: Manifest, scorer: Scorer, task: Task | None = None) -> None:
        self.manifest = manifest
        self.task = task or TASKS[manifest.task]
        self.labels: tuple[str, ...] = tuple(manifest.labels)
        self._scorer = scorer
        self._clean = CLEANERS[self.task.cleaner]
        self._thresholds = np.asarray(manifest.thresholds, np.float32)
        self._languages = [frozenset(manifest.languages.get(label, ())) for label in self.labels]

    @classmethod
    def load(cls, folder: Path) -> "Predictor":
        """The predictor of an artifact's folder.

        Raises:
            InputError: the folder holds no classifier of a declared task that a scorer reads.
        """
        manifest = Manifest.read(folder)
        if manifest.task not in TASKS:
            raise InputError(f"{folder}: the task {manifest.task!r} is not declared; remove the folder and run again")
        return cls(manifest, load_scorer(folder))

    @property
    def version(self) -> str:
        """The id of the artifact."""
        return self.manifest.version

    def clean(self, text: str) -> str:
        """The text as the model reads it."""
        return self._clean(text)

    def decide(self, texts: Sequence[str]) -> Decision:
        """Score texts, and select labels by threshold (multi-label) or the best one.

        A label is offered only for the languages it was annotated in. A text in a language without any label,
        or one of which cleaning leaves nothing, gets scores but no selected label.
        """
        clean = [self._clean(text) for text in texts]
        if not clean:
            nothing = np.zeros((0, len(self.labels)))
            return Decision(nothing.astype(np.float32), nothing > 0, nothing > 0, np.zeros(0, bool))
        scores = np.asarray(self._scorer.scores(clean), np.float32).reshape(len(texts), len(self.labels))
        known, offered = self._offered(clean)
        open_scores = np.where(offered, scores, -1)
        if self.task.single:
            selected = np.arange(len(self.labels)) == open_scores.argmax(axis=1)[:, None]
            uncertain = open_scores.max(axis=1, initial=0) < LIKELY
        else:
            selected = offered & (scores >= self._thresholds)
            uncertain = ~selected.any(axis=1)
        return Decision(scores, offered, selected & known[:, None], uncertain | ~known)

    def effects(self, text: str) -> explanations.Effects:
        """The effect of each line of a text on every label."""
        return explanations.effects(text, self._clean, self._scorer, len(self.labels))

    def _offered(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """For n texts: whether there is something to answer on, (n,), and which labels are open, (n, L)."""
        known = np.array([bool(text) for text in texts], bool)
        everything = np.ones((len(texts), len(self.labels)), bool)
        if not self.task.labels_by_language:
            return known, everything
        languages = [detect_language(text) for text in texts]
        annotated = np.array(
            [[language == "und" or language in allowed for allowed in self._languages] for language in languages],
            bool,
        ).reshape(everything.shape)
        some = np.any(annotated, axis=1)
        return known & some, np.where(some[:, None], annotated, everything)
