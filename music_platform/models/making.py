"""The one way an artifact is made: only if its fingerprint is unknown, the model is trained and saved.

A candidate's module says what the fingerprint is made of and drafts the artifact; `make` does the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from music_platform.models.predictions import Predictions
from music_platform.models.request import Request
from music_platform.models.rows import Rows
from music_platform.storage.manifest import Manifest
from music_platform.storage.registry import Artifact

SEED = 20260101
"""The seed of everything that is drawn at random while a model is trained."""


@dataclass(frozen=True)
class Draft:
    """A trained model that is not saved yet."""

    write: Callable[[Path], dict[str, Any] | None]
    """Puts the files into an empty folder; see `Registry.save`."""
    data_hash: str
    code_version: str
    config: dict[str, Any]
    """Hyperparameters, and whatever else the training was given."""
    rows: int
    """Training rows."""
    facts: dict[str, Any] = field(default_factory=dict)
    """The other entries of the manifest."""


@dataclass(frozen=True)
class Made:
    """The current artifact of a candidate, and whether it had to be trained."""

    artifact: Artifact
    is_new: bool


def make(
    request: Request,
    made_from: str,
    draft: Callable[[], Draft | None],
    is_done: Callable[[Manifest], bool] = lambda manifest: True,
) -> Made | None:
    """The artifact with this fingerprint: the known one, else a new one. It becomes the candidate's current artifact.

    Args:
        request: names the registry, the task and the candidate.
        made_from: fingerprint of everything that the artifact is made from.
        draft: trains the model; None where it can't be trained without a budget.
        is_done: whether a known artifact needs no more training.
    """
    registry, task = request.registry, request.task.name
    known = registry.find(task, request.candidate, made_from)
    if known and is_done(known.manifest):
        registry.set_current(known)
        return Made(known, is_new=False)
    drafted = draft()
    if drafted is None:
        return None
    facts = {
        "fingerprint": made_from,
        "data_hash": drafted.data_hash,
        "code_version": drafted.code_version,
        "seed": SEED,
        "config": drafted.config,
        "rows": drafted.rows,
        **drafted.facts,
    }
    artifact = registry.save(task, request.candidate, drafted.write, facts)
    registry.set_current(artifact)
    return Made(artifact, is_new=True)


def text_facts(learned: Rows, predictions: Predictions) -> dict[str, Any]:
    """The manifest's entries about labels and figures, of every candidate that classifies texts."""
    return {
        "labels": list(learned.labels),
        "languages": learned.languages,
        "thresholds": predictions.thresholds.tolist(),
        "metrics": predictions.headline(),
        "left_out": learned.left_out,
        "dropped": learned.dropped,
    }
