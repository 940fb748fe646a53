"""What a training loop tells while it runs. Light: loads no training library; who listens lies elsewhere."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from music_platform.models.encoders.checkpoint import Run


class TrainerCallback:
    """Hears a training; a subclass overrides the events that it needs.

    Events and arguments are those of `transformers.TrainerCallback` without its `control`: what a callback raises
    ends the training. It is no subclass of that, which would load torch to track a linear model too.
    """

    def on_train_begin(self, args: Any, state: "Run") -> None:
        """Before the first step of a call; one that goes on with a stopped training has `state.step` above 0.

        Args:
            args: the settings that are trained with, a dataclass.
            state: where training is; to be read, not changed.
        """

    def on_epoch_end(self, args: Any, state: "Run") -> None:
        """After an epoch, whose figures are the last of `state.history`, and before the state is on disk."""

    def on_train_end(self, args: Any, state: "Run") -> None:
        """After the last step, whatever ended it."""
