"""The candidate `cascade`: a task's linear model answers when it is sure, and its encoder otherwise.

Its scorer is `scorers.cascade`. Evaluation decides whether it takes the encoder's place.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from music_platform.errors import InputError
from music_platform.models.making import Draft, Made, make
from music_platform.models.predictions import HELD_OUT_FILE, VALIDATION, Predictions
from music_platform.models.request import Request
from music_platform.models.scorers.cascade import is_sure
from music_platform.models.thresholds import f1
from music_platform.storage.code import code_version
from music_platform.storage.files import fingerprint
from music_platform.tasks import CANDIDATES

LOSS = 0.003
"""The macro-F1 that the bound may cost on the encoder's validation rows."""
BOUNDS = np.round(np.arange(0.5, 1.0, 0.005), 3).astype(np.float32)


def train(request: Request) -> Made | None:
    """The cascade of the current linear model and encoder; None while one of them is missing.

    Its predictions are of the rows that the encoder was judged on; they decide nothing about it.

    Raises:
        InputError: the parts learned from different rows, or the linear model is never sure enough.
    """
    names = CANDIDATES[request.candidate].parts
    linear, encoder = (request.registry.current(request.task.name, part) for part in names)
    if linear is None or encoder is None:
        return None
    code = code_version(f"{__name__}:train")

    def draft() -> Draft:
        if linear.manifest.data_hash != encoder.manifest.data_hash:
            raise InputError(f"{request.name}: its linear model and its encoder learned from different rows; run again")
        cheap = Predictions.load(linear.path / HELD_OUT_FILE)
        validation, held = (Predictions.load(encoder.path / name) for name in (VALIDATION, HELD_OUT_FILE))
        bound = lowest_bound(*_on(cheap, validation), validation)
        if bound is None:
            raise InputError(
                f"{request.name}: the linear model is never so sure that it costs at most {LOSS} macro-F1; "
                "the encoder answers alone"
            )
        scores, selected = _on(cheap, held)
        sure = is_sure(scores, bound)
        predictions = replace(
            held,
            scores=np.where(sure[:, None], scores, held.scores),
            selected=np.where(sure[:, None], selected, held.selected),
        )
        request.progress(f"{request.name}: the linear model answers {sure.mean():.0%} of the texts")

        def write(folder: Path) -> None:
            for name, part in zip(names, (linear, encoder), strict=True):
                shutil.copytree(part.path, folder / name, ignore=shutil.ignore_patterns("*.npz"))
            predictions.save(folder / HELD_OUT_FILE)

        made_of = encoder.manifest.model_dump(include={"labels", "languages", "thresholds", "left_out", "dropped"})
        cascading = {"bound": bound, "share": float(sure.mean())}
        facts = made_of | {"kind": "cascade", "metrics": predictions.headline(), "cascade": cascading}
        config = {"linear": linear.id, "encoder": encoder.id, "loss": LOSS}
        return Draft(write, encoder.manifest.data_hash, code, config, encoder.manifest.rows, facts)

    return make(request, fingerprint(linear.id, encoder.id, code), draft)


def lowest_bound(scores: np.ndarray, selected: np.ndarray, encoder: Predictions) -> float | None:
    """The lowest of `BOUNDS` from which on a cascade keeps the encoder's macro-F1 up to `LOSS`; None if none does.

    Args:
        scores: (n, L) calibrated scores of the linear model for the encoder's n rows, by models that had not seen them.
        selected: (n, L) bool, what it answers.
        encoder: predictions of rows that neither learned from.
    """
    occurs = (encoder.truth & encoder.known).any(axis=0)

    def macro(answered: np.ndarray) -> float:
        return float(f1(encoder.truth, answered, encoder.known)[occurs].mean())

    wanted = macro(encoder.selected) - LOSS
    lowest = None
    for bound in BOUNDS[::-1].tolist():
        if macro(np.where(is_sure(scores, bound)[:, None], selected, encoder.selected)) < wanted:
            break
        lowest = round(bound, 3)
    return lowest


def _on(cheap: Predictions, rows: Predictions) -> tuple[np.ndarray, np.ndarray]:
    """Scores and selection of the linear model on `rows`, (n, L) each."""
    order = np.argsort(cheap.ids)
    index = order[np.searchsorted(cheap.ids, rows.ids, sorter=order)]
    return cheap.scores[index], cheap.selected[index]
