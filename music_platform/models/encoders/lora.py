"""The candidate `lora`: an encoder whose body learns by low-rank adapters, merged for serving. Imports torch.

It is trained, judged and served as `encoder` is; only the settings differ.
"""

from dataclasses import replace

from music_platform.models.candidates import Request
from music_platform.models.encoders import encoder_training, start
from music_platform.storage.registry import Artifact

SETTINGS = {"intent": replace(start.SETTINGS["intent"], rank=8, body_lr=1e-3)}
"""By task."""


def train(request: Request) -> tuple[Artifact, bool] | None:
    """As `encoder_training.train`."""
    return encoder_training.train(request, encoder_training.Recipe("lora", SETTINGS))
