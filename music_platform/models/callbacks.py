"""The events of a training loop, for callbacks that record them. No training library is imported."""

from collections.abc import Sequence
from typing import Any, Protocol


class TrainingState(Protocol):
    """The part of a training's state that callbacks read; see `encoders.checkpoint.Run`."""

    step: int
    made_from: str

    @property
    def history(self) -> Sequence[Any]:
        """The finished epochs, each a dataclass of figures."""


class TrainerCallback:
    """Receives the events of a training; a subclass overrides the methods that it needs.

    Events and arguments are those of `transformers.TrainerCallback` without its `control`: an exception of a callback
    ends the training. It does not inherit from that class, which would load torch to track a linear model too.
    """

    def on_train_begin(self, args: Any, state: TrainingState) -> None:
        """Called before the first step of a call; `state.step` is above 0 when a stopped training goes on.

        Args:
            args: the hyperparameters that are trained with, a dataclass.
            state: the state of the training, to be read only.
        """

    def on_epoch_end(self, args: Any, state: TrainingState) -> None:
        """Called after an epoch, whose figures are the last of `state.history`, and before the state is saved."""

    def on_train_end(self, args: Any, state: TrainingState) -> None:
        """Called after the last step."""
