"""The candidate `lora`: an encoder whose body learns by low-rank adapters, which are merged when it is exported.

It is trained, judged and served as `encoder` is; its declaration differs in the rank of the adapters.
"""

from music_platform.models.encoders import encoder_training
from music_platform.models.making import Made
from music_platform.models.request import Request


def train(request: Request) -> Made | None:
    """As `encoder_training.train`."""
    return encoder_training.train(request)
