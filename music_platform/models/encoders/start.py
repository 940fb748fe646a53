"""The start of a fine-tuning: its hyperparameters, and a network with its tokenizer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tokenizers import Tokenizer

from music_platform.models.encoders import base_model
from music_platform.models.encoders.adapter import adapted
from music_platform.models.encoders.network import Encoder, Network
from music_platform.models.scorers.windows import windowed


@dataclass(frozen=True)
class EncoderHyperparameters:
    """The hyperparameters of a fine-tuned encoder."""

    base: str = ""
    """As `base_model.load` takes it."""
    epochs: int = 4
    batch: int = 16
    """Texts per optimiser step."""
    accumulate: int = 1
    """Parts that a step's batch is computed in: more parts, less memory, the same step."""
    length: int = 128
    """Tokens of a window."""
    overlap: int = 16
    """Tokens that a window shares with the one before."""
    windows: int = 1
    """Windows of a text at most."""
    body_lr: float = 5e-5
    head_lr: float = 1e-3
    warmup: float = 0.1
    """Share of the steps in which the learning rates rise; then they fall to 0, both linearly."""
    decay: float = 0.01
    dropout: float = 0.1
    balance: float = 0.0
    """How far rare labels weigh more: 0 not at all, 1 in inverse proportion to their frequency."""
    per_source: int = 0
    """Rows of one source that an epoch reads at most, if the task knows sources; those of a larger one take turns."""
    rank: int = 0
    """Rank of the LoRA adapters that are trained in place of the base's own weights; 0 trains those."""
    alpha: int = 16
    """What adapters weigh: their product is scaled by `alpha / rank`."""
    adapter_dropout: float = 0.05
    patience: int = 2
    """Epochs without a better one after which training stops."""
    validation: float = 0.1
    """Share of the training units that choose the best epoch and are not learned from."""
    seed: int = 20260101


@dataclass(frozen=True, eq=False)
class Start:
    """The network and the tokenizer that fine-tuning begins with."""

    network: Network = field(repr=False)
    tokenizer: Tokenizer = field(repr=False)
    """Cuts texts into windows; see `windows.windowed`."""
    pad: int
    longest: int
    """Tokens that the network can read at once."""
    base: dict[str, str]
    """Source and sha256 of the base model, for the manifest."""


def encoder_start(hyperparameters: EncoderHyperparameters, labels: Sequence[str]) -> Start:
    """A base encoder, with adapters if the hyperparameters name a rank, and a new head.

    Raises:
        InputError: the base model can't be loaded.
    """
    base = base_model.load(hyperparameters.base)
    network = adapted(base.network, hyperparameters.rank, hyperparameters.alpha, hyperparameters.adapter_dropout)
    cutter = windowed(base.tokenizer, min(hyperparameters.length, base.longest), hyperparameters.overlap)
    source = {"source": base.source, "sha256": base.sha256}
    return Start(Encoder(network, len(labels), hyperparameters.dropout), cutter, base.pad, base.longest, source)
