"""The candidate `causal_zero_shot`, a baseline: the causal language model of `causal` before any training."""

from dataclasses import replace

import numpy as np

from music_platform.models.encoders import base_model, causal
from music_platform.models.encoders.network import device, predict
from music_platform.models.encoders.start import EncoderHyperparameters
from music_platform.models.encoders.zero_shot import judge
from music_platform.models.making import Made
from music_platform.models.request import Request
from music_platform.models.scorers.windows import windows


def train(request: Request) -> Made | None:
    """As `zero_shot.train`, of the causal language model that the request names."""
    hyperparameters, _ = request.configured(EncoderHyperparameters)
    source = hyperparameters.base or request.causal_model
    untrained = replace(hyperparameters, rank=0, base=source)

    def logits(texts: list[str], labels: tuple[str, ...]) -> np.ndarray:
        begun = causal.start(request.task.name, untrained, labels)
        return predict(begun.network.to(device()), windows(begun.tokenizer, texts, 1), begun.pad)

    return judge(request, source, base_model.causal_identity(source), f"{causal.__name__}:start", logits)
