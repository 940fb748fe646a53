"""The state of a fine-tuning, as it lies on disk between two steps.

Only trained weights are kept: of a network with adapters the adapters, not the base that they adapt.
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from music_platform.storage.files import replacing


@dataclass(frozen=True)
class Epoch:
    """Figures of one epoch: the mean training loss, the rest on the validation rows."""

    number: int
    loss: float
    validation_loss: float
    score: float
    """The task's metric, which chooses the best epoch."""
    accuracy: float
    f1: float
    precision: float
    recall: float


@dataclass(eq=False)
class Run:
    """Everything that the rest of a training depends on."""

    network: torch.nn.Module
    optimiser: torch.optim.Optimizer
    scaler: torch.amp.GradScaler
    step: int = 0
    loss: float = 0.0
    """Sum of the losses of the present epoch's steps."""
    seconds: float = 0.0
    """That training took, without what a kill lost."""
    history: list[Epoch] = field(default_factory=list)
    best: dict[str, torch.Tensor] = field(default_factory=dict)
    """The trained weights of the best epoch."""
    made_from: str = ""
    """Fingerprint of the rows, hyperparameters and base model; a stopped training with the same one is continued."""

    def end_epoch(self, epoch: Epoch) -> None:
        """Note `epoch`, and keep the weights if none before was better."""
        self.history.append(epoch)
        self.loss = 0.0
        if self.since_best() == 0:
            self.best = {name: tensor.cpu().clone() for name, tensor in self._trained().items()}

    def best_number(self) -> int:
        """The number of the best epoch; of equally good ones the one of the lowest validation loss."""
        return max(self.history, key=lambda epoch: (epoch.score, -epoch.validation_loss)).number

    def since_best(self) -> int:
        """How many epochs ago the best one was; 0 before the first."""
        return self.history[-1].number - self.best_number() if self.history else 0

    def restore_best(self) -> int:
        """Put the best epoch's weights back into the network; its number."""
        self.network.load_state_dict(self.best, strict=False)
        return self.best_number()

    def _trained(self) -> dict[str, torch.Tensor]:
        return {name: weight.detach() for name, weight in self.network.named_parameters() if weight.requires_grad}

    def save(self, path: Path) -> None:
        """Write the state; it is on disk whole or not at all."""
        state: dict[str, Any] = {
            "made_from": self.made_from,
            "network": self._trained(),
            "optimiser": self.optimiser.state_dict(),
            "scaler": self.scaler.state_dict(),
            "step": self.step,
            "loss": self.loss,
            "seconds": self.seconds,
            "history": [asdict(epoch) for epoch in self.history],
            "best": self.best,
        }
        with replacing(path) as temporary:
            torch.save(state, temporary)

    def resume(self, path: Path, made_from: str) -> None:
        """Take over the state in `path` if it is of the same rows and hyperparameters."""
        self.made_from = made_from
        if not path.exists():
            return
        state = torch.load(path, map_location="cpu", weights_only=True)
        if state["made_from"] != made_from:
            return
        self.network.load_state_dict(state["network"], strict=False)
        self.optimiser.load_state_dict(state["optimiser"])
        self.scaler.load_state_dict(state["scaler"])
        self.step, self.loss, self.best = state["step"], state["loss"], state["best"]
        self.seconds = state["seconds"]
        self.history = [Epoch(**epoch) for epoch in state["history"]]
