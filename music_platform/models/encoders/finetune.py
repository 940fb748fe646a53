"""Fine-tuning of a network on the rows of a text task, and the logits that the result gives texts.

The start is in `start`, the network in `network`, the training loop in `trainer`, and the state that survives a kill in
`checkpoint`. Folds, calibration and thresholds are those of every candidate, in `models.crossfit`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from music_platform.declarations import Task
from music_platform.models.callbacks import TrainerCallback
from music_platform.models.encoders.checkpoint import Epoch
from music_platform.models.encoders.network import Network, device, predict
from music_platform.models.encoders.start import EncoderHyperparameters, Start, encoder_start
from music_platform.models.encoders.trainer import Progress, Stopped, Trainer
from music_platform.models.rows import Rows
from music_platform.models.scorers.windows import windows
from music_platform.storage.files import fingerprint


@dataclass(frozen=True, eq=False)
class Finetuned:
    """A network at its best epoch, and the training that led to it."""

    model: Network = field(repr=False)
    tokenizer: Tokenizer = field(repr=False)
    """Cuts texts into the windows that the model was trained on."""
    hyperparameters: EncoderHyperparameters
    history: tuple[Epoch, ...]
    best: int
    """The number of the epoch that was kept."""
    stopped: Stopped
    """The reason why training ended; after "budget" the same call goes on where it stopped."""
    base: dict[str, str]
    """Source and sha256 of the base model, for the manifest."""
    pad: int
    longest: int
    """Tokens that the network can read at once."""
    seconds: float
    """Time that training took, over all calls."""
    cost: dict[str, int]
    """`parameters`, how many of them were `trained`, and `peak_bytes`; see `Trainer.peak`."""
    progress: dict[str, float]
    """`steps` and whole `epochs` that were done, and `planned_steps` and `planned_epochs`."""


def finetune(
    task: Task,
    rows: Rows,
    seen: np.ndarray,
    hyperparameters: EncoderHyperparameters,
    *,
    checkpoint: Path,
    budget: float = math.inf,
    progress: Progress = lambda line: None,
    callbacks: Sequence[TrainerCallback] = (),
    start: Callable[[EncoderHyperparameters, Sequence[str]], Start] = encoder_start,
    what: str = "encoder",
    every: float = 120.0,
) -> Finetuned:
    """Fine-tune an encoder on the rows `seen`, or go on where a killed run with the same arguments was.

    Multi-label tasks learn by binary cross-entropy over the known cells, single-label ones by cross-entropy.
    On the same machine a run that was killed and resumed ends with the weights of an unbroken one.

    Args:
        task: what is learned, and the metric of the best epoch.
        rows: its rows, from `rows.rows`.
        seen: positions of the training rows; a share of their units is held out to choose the epoch.
        hyperparameters: base model, windows and optimisation.
        checkpoint: file of the state to resume from; that of other rows or hyperparameters is overwritten.
        budget: seconds after which this call stops after the present step.
        progress: takes lines with the epoch, the step, the loss and the time left.
        callbacks: called as training begins, as an epoch ends, and at the end.
        start: gives the network that is trained, for hyperparameters and labels.
        what: the candidate's name in the lines for `progress`.
        every: seconds between checkpoints; every epoch ends with one.

    Raises:
        InputError: the base model can't be loaded.
    """
    with torch.random.fork_rng():
        torch.manual_seed(hyperparameters.seed)
        begun = start(hyperparameters, rows.labels)
        network, cut = begun.network.to(device()), windows(begun.tokenizer, rows.texts[seen], hyperparameters.windows)
        trainer = Trainer(task, rows, seen, hyperparameters, network, cut, begun.pad, what)
        content = [
            trainer.sources.tolist(),
            rows.ids[seen].tolist(),
            rows.texts[seen].tolist(),
            rows.truth[seen].tolist(),
        ]
        made_from = fingerprint(
            task.name, asdict(hyperparameters), begun.base, rows.labels, content, rows.known[seen].tolist()
        )
        trainer.run.resume(checkpoint, made_from)
        for callback in callbacks:
            callback.on_train_begin(hyperparameters, trainer.run)
        stopped = trainer.train(checkpoint, budget, every, progress, callbacks)
        for callback in callbacks:
            callback.on_train_end(hyperparameters, trainer.run)
        best = trainer.run.restore_best()
        cost, done = trainer.cost(), trainer.progress()
    return Finetuned(
        model=network.eval(),
        tokenizer=begun.tokenizer,
        hyperparameters=hyperparameters,
        history=tuple(trainer.run.history),
        best=best,
        stopped=stopped,
        base=begun.base,
        pad=begun.pad,
        longest=begun.longest,
        seconds=trainer.run.seconds,
        cost=cost,
        progress=done,
    )


def scores(finetuned: Finetuned, texts: Sequence[str], *, exact: bool = False) -> np.ndarray:
    """Logits (n, L) float32 of `texts`, which are cleaned as the training texts were; in float32 if `exact`."""
    cut = windows(finetuned.tokenizer, texts, finetuned.hyperparameters.windows)
    return predict(finetuned.model, cut, finetuned.pad, exact=exact)
