"""The precision that an exported encoder is served in: bf16 where its answers keep the contract, else f32.

The choice rests on answers alone, never on speed, and is made when the artifact is written.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from music_platform.declarations import Task
from music_platform.features.splits import HELD_OUT
from music_platform.models.encoders import contract
from music_platform.models.encoders.finetune import Finetuned, scores
from music_platform.models.encoders.judging import Judged, selected
from music_platform.models.rows import Rows
from music_platform.models.scorers.encoder import EncoderScorer, Precision
from music_platform.models.scorers.scorer import probabilities
from music_platform.storage.manifest import Reading


def contract_of(
    task: Task, learned: Rows, folds: np.ndarray, finetuned: Finetuned, judged: Judged, folder: Path, reading: Reading
) -> dict[str, Any]:
    """The manifest's entries `contract` and `encoder` for the exported files in `folder`.

    An export whose answers break the contract in bf16 is measured again in f32, and served in f32 if that keeps it.
    """
    rows = contract.sample(np.flatnonzero(folds == HELD_OUT), finetuned.hyperparameters.seed)
    texts, truth, known = learned.texts[rows].tolist(), learned.truth[rows], learned.known[rows]

    def trained(texts: Sequence[str]) -> np.ndarray:
        logits = scores(finetuned, texts, exact=True) * judged.scale + judged.offset
        return selected(probabilities(logits, single=task.single), judged.thresholds, single=task.single)

    def measured(precision: Precision | None) -> tuple[dict[str, Any], EncoderScorer]:
        scorer = EncoderScorer.of(folder, reading, len(learned.labels), precision, threads=1)

        def served(texts: Sequence[str]) -> np.ndarray:
            return selected(scorer.scores(texts), judged.thresholds, single=task.single)

        found = contract.measure(trained, served, texts, truth, known, single=task.single)
        return found | {"precision": scorer.precision}, scorer

    found, scorer = measured(None)
    if found["broken"] and scorer.bf16:
        reason = f"In bf16 {found['broken'][0]}; so it is served in f32."
        exact, scorer = measured("f32")
        found = exact | {"fallback": reason}
    precision = "bf16" if scorer.bf16 else "f32"
    return {"contract": found, "encoder": reading.model_copy(update={"precision": precision}).model_dump()}
