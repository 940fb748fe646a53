"""What is told of a training: loss and metrics by epoch, time, why it ended. Draws curves, judges nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from music_platform.evaluation import drawing
from music_platform.evaluation.drawing import MUTED

METRICS = {"accuracy": "accuracy", "f1": "macro-F1", "precision": "precision", "recall": "recall"}
"""Metric of an epoch, on the validation rows -> its name for the reader."""
LOSSES = {"loss": "training", "validation_loss": "validation"}


def training_of(manifest: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the report tells of the training of an artifact; None of a candidate that has no epochs.

    Returns:
        history (a dictionary per epoch: number, loss, validation_loss and `METRICS`), best_epoch, stopped, seconds.
    """
    if not manifest.get("history"):
        return None
    return {name: manifest[name] for name in ("history", "best_epoch", "stopped", "seconds")}


def draw_curves(training: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of a training by name, each by epoch: loss, accuracy, F1, and all metrics together."""
    accuracy, f1 = ({name: METRICS[name]} for name in ("accuracy", "f1"))
    return {
        "loss_function": _figure(training, (("Loss by epoch", LOSSES),)),
        "accuracy_evolution": _figure(training, (("Accuracy on the validation rows by epoch", accuracy),)),
        "f1_evolution": _figure(training, (("Macro-F1 on the validation rows by epoch", f1),)),
        "all_metrics_evolution": _figure(training, (("Metrics on the validation rows by epoch", METRICS),)),
    }


def draw_training(name: str, training: Mapping[str, Any]) -> Any:
    """One figure of a training for a report: losses and metrics side by side."""
    return _figure(training, ((f"{name}: loss", LOSSES), ("Metrics on the validation rows", METRICS)))


def _figure(training: Mapping[str, Any], panels: Sequence[tuple[str, Mapping[str, str]]]) -> Any:
    figure, axes = drawing.canvas(3.4, len(panels))
    for panel, (title, series) in zip([axes] if len(panels) == 1 else axes, panels, strict=True):
        _curves(panel, training, series)
        panel.set_title(title)
    return figure


def _curves(axes: Any, training: Mapping[str, Any], series: Mapping[str, str]) -> None:
    from matplotlib.ticker import MaxNLocator

    history = training["history"]
    numbers = [epoch["number"] for epoch in history]
    for index, (name, label) in enumerate(series.items()):
        axes.plot(numbers, [epoch[name] for epoch in history], "o-", color=drawing.colour(index), lw=2, label=label)
    axes.axvline(training["best_epoch"], color=MUTED, ls=":", lw=1.8, label="kept epoch")
    axes.set_xlim(numbers[0] - 0.5, numbers[-1] + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch")
    axes.grid(axis="both")
    axes.legend()
