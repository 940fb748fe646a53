"""The training loop: steps on batches of windows, validation after each epoch, checkpoints between them."""

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import psutil
import torch
from torch.nn import functional

from music_platform.declarations import Task
from music_platform.models.callbacks import TrainerCallback
from music_platform.models.encoders.checkpoint import Epoch, Run
from music_platform.models.encoders.learning import batches, judged, mixed, rate, validation_rows, weights
from music_platform.models.encoders.network import Network, Windows, autocast, device, forward, predict
from music_platform.models.encoders.start import EncoderHyperparameters
from music_platform.models.rows import Rows

Progress = Callable[[str], None]
Stopped = Literal["epochs", "patience", "budget"]

_SPEAK_SECONDS = 10.0


class Trainer:
    """The training rows as windows and tensors, and the step and validation on them."""

    def __init__(
        self,
        task: Task,
        rows: Rows,
        seen: np.ndarray,
        hyperparameters: EncoderHyperparameters,
        network: Network,
        cut: Windows,
        pad: int,
        what: str = "encoder",
    ) -> None:
        self.name, self.task, self.hyperparameters, self.network, self.pad = (
            f"{task.name}/{what}",
            task,
            hyperparameters,
            network,
            pad,
        )
        self.cut, self.truth, self.known = cut, rows.truth[seen], rows.known[seen]
        self.held = validation_rows(rows.units[seen], hyperparameters.validation)
        self.learned = np.setdiff1d(np.arange(len(seen)), self.held)
        self.sources = rows.sources[seen][self.learned]
        read = self.rows_of(0)
        self.weights = torch.from_numpy(
            weights(self.truth[read], self.known[read], hyperparameters.balance, single=task.single)
        ).to(device())
        self.per_epoch = math.ceil(len(read) / hyperparameters.batch)
        self.steps = self.per_epoch * hyperparameters.epochs
        body = [p for p in network.base.parameters() if p.requires_grad]
        head = [*network.head.parameters()]
        groups = [{"params": body, "peak": hyperparameters.body_lr}, {"params": head, "peak": hyperparameters.head_lr}]
        optimiser = torch.optim.AdamW([g for g in groups if g["params"]], weight_decay=hyperparameters.decay)
        scaler = torch.amp.GradScaler(device().type, enabled=device().type == "cuda")
        self.run = Run(network, optimiser, scaler)
        self.peak = 0
        """Bytes: the GPU's own count, else the most resident memory of this process after a backward pass."""

    def train(
        self, checkpoint: Path, budget: float, every: float, progress: Progress, callbacks: Sequence[TrainerCallback]
    ) -> Stopped:
        """Take steps until the epochs, the patience or the budget end."""
        run, began, first = self.run, time.monotonic(), self.run.step
        before = run.seconds
        saved = spoken = began
        order: list[np.ndarray] = []
        stopped: Stopped = "epochs"
        while run.step < self.steps:
            epoch, number = divmod(run.step, self.per_epoch)
            if number == 0 and run.since_best() >= self.hyperparameters.patience:
                stopped = "patience"
                break
            if run.step > first and time.monotonic() - began > budget:
                stopped = "budget"
                break
            if number == 0 or not order:
                read = self.rows_of(epoch)
                lengths = np.array([sum(map(len, self.cut[i])) for i in read])
                order = batches(lengths, self.hyperparameters.batch, seed=self.hyperparameters.seed + epoch)
            taken, spent = run.step - first, time.monotonic() - began
            fits = run.step + (budget - spent) / spent * taken if taken else math.inf
            self.step(read[order[number]], min(self.steps, fits))
            ended = number + 1 == self.per_epoch
            if ended:
                self.end_epoch(epoch + 1, self.per_epoch)
                for callback in callbacks:
                    callback.on_epoch_end(self.hyperparameters, run)
            now = time.monotonic()
            run.seconds = before + now - began
            if ended or now - spoken > _SPEAK_SECONDS:
                left = (now - began) / (run.step - first) * (self.steps - run.step)
                progress(self.line(epoch, number, min(left, budget - (now - began))))
                spoken = now
            if ended or now - saved > every:
                run.save(checkpoint)
                saved = now
        if stopped == "budget":
            run.save(checkpoint)
            if unfinished := run.step % self.per_epoch:
                self.end_epoch(run.step // self.per_epoch + 1, unfinished)
        progress(f"{self.name}: stopped by {stopped}, kept epoch {run.best_number()}")
        return stopped

    def rows_of(self, epoch: int) -> np.ndarray:
        """Positions of the rows that an epoch, from 0, reads."""
        return self.learned[mixed(self.sources, self.hyperparameters.per_source, epoch, self.hyperparameters.seed)]

    def step(self, chosen: np.ndarray, steps: float) -> None:
        """One optimiser step on the rows `chosen`, of `steps` in all, over which the learning rates fall.

        Dropout is drawn from the step's number, so it resumes as it was.
        """
        run, hyperparameters = self.run, self.hyperparameters
        torch.manual_seed(hyperparameters.seed + run.step)
        self.network.train()
        for group in run.optimiser.param_groups:
            group["lr"] = group["peak"] * rate(run.step, steps, hyperparameters.warmup)
        run.loss += self.accumulate(chosen)
        run.scaler.unscale_(run.optimiser)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        run.scaler.step(run.optimiser)
        run.scaler.update()
        run.optimiser.zero_grad()
        run.step += 1

    def accumulate(self, chosen: np.ndarray) -> float:
        """Add the gradient of the mean loss over the rows `chosen`, part by part; the loss."""
        cells = len(chosen) if self.task.single else max(int(self.known[chosen].sum()), 1)
        total = 0.0
        for part in np.array_split(chosen, min(self.hyperparameters.accumulate, len(chosen))):
            with autocast():
                logits = forward(self.network, [self.cut[i] for i in part], self.pad)
            truth, known = (torch.from_numpy(x[part]).to(logits.device) for x in (self.truth, self.known))
            loss = loss_sum(logits, truth, known, self.weights, single=self.task.single) / cells
            self.run.scaler.scale(loss).backward()
            total += loss.item()
            self.peak = max(self.peak, _memory())
        return total

    def end_epoch(self, number: int, steps: int) -> None:
        """Judge the network on the validation rows, and keep it if it is the best so far."""
        logits = predict(self.network, [self.cut[i] for i in self.held], self.pad)
        truth, known = self.truth[self.held], self.known[self.held]
        scored, true, there = (torch.from_numpy(x) for x in (logits, truth, known))
        loss = loss_sum(scored, true, there, torch.ones(truth.shape[1]), single=self.task.single)
        cells = len(truth) if self.task.single else max(int(known.sum()), 1)
        figures = judged(logits, truth, known, single=self.task.single)
        score = figures["accuracy"] if self.task.metric == "accuracy" else figures["f1"]
        self.run.end_epoch(Epoch(number, self.run.loss / steps, loss.item() / cells, score=score, **figures))

    def cost(self) -> dict[str, int]:
        """Parameters, those that are trained, and the peak of memory."""
        counted = [(p.numel(), p.requires_grad) for p in self.network.parameters()]
        trained = sum(n for n, learns in counted if learns)
        return {"parameters": sum(n for n, _ in counted), "trained": trained, "peak_bytes": self.peak}

    def progress(self) -> dict[str, float]:
        """Steps and whole epochs that were done, and those that were planned."""
        done, planned = self.run.step, self.steps
        whole, epochs = done // self.per_epoch, self.hyperparameters.epochs
        return {"steps": done, "planned_steps": planned, "epochs": whole, "planned_epochs": epochs}

    def line(self, epoch: int, number: int, left: float) -> str:
        """The line that says where training stands."""
        run = self.run
        loss = run.loss / (number + 1) if number + 1 < self.per_epoch else run.history[-1].loss
        text = (
            f"{self.name}: epoch {epoch + 1} of {self.hyperparameters.epochs}, step {number + 1} of {self.per_epoch}, "
            f"loss {loss:.4f}, {max(left, 0) / 60:.1f} min left"
        )
        return text if number + 1 < self.per_epoch else f"{text}, validation {run.history[-1].score:.4f}"


def _memory() -> int:
    """Bytes, as `Trainer.peak` says."""
    return torch.cuda.max_memory_allocated() if device().type == "cuda" else psutil.Process().memory_info().rss


def loss_sum(
    logits: torch.Tensor, truth: torch.Tensor, known: torch.Tensor, weights: torch.Tensor, *, single: bool
) -> torch.Tensor:
    """Cross-entropy summed over rows if `single`, else binary cross-entropy over known cells.

    Args:
        logits: (n, L) float32.
        truth: (n, L) bool.
        known: (n, L) bool.
        weights: (L,) of the labels, of their positive cells if not `single`.
        single: whether a row has exactly one label.
    """
    if single:
        return functional.cross_entropy(logits, truth.int().argmax(dim=1), weight=weights, reduction="sum")
    return functional.binary_cross_entropy_with_logits(
        logits, truth.float(), weight=known.float(), pos_weight=weights, reduction="sum"
    )
