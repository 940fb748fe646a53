"""The baseline `causal_zero_shot`: the causal language model of `causal` as it was loaded. Trains nothing."""

from dataclasses import replace

import numpy as np

from music_platform.models.candidates import Request
from music_platform.models.encoders import base_model, causal
from music_platform.models.encoders.network import device, predict
from music_platform.models.encoders.zero_shot import judge
from music_platform.models.scorers.windows import windows
from music_platform.storage.registry import Artifact


def train(request: Request) -> tuple[Artifact, bool] | None:
    """As `zero_shot.train`, of the model that `MUSIC_PLATFORM_CAUSAL_MODEL` names."""
    settings = replace(request.settings or causal.SETTINGS[request.task], rank=0)

    def logits(texts: list[str], labels: tuple[str, ...]) -> np.ndarray:
        begun = causal.start(request.task, settings, labels)
        return predict(begun.network.to(device()), windows(begun.tokenizer, texts, 1), begun.pad)

    base = base_model.load_causal(settings.base)
    source = {"source": base.source, "sha256": base.sha256}
    return judge(request, "causal_zero_shot", source, __name__, logits)
