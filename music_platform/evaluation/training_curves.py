"""The curves of a training: its losses and metrics by epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

from music_platform.evaluation import drawing
from music_platform.evaluation.drawing import MUTED

METRICS = {"accuracy": "accuracy", "f1": "macro-F1", "precision": "precision", "recall": "recall"}
"""Metric of an epoch, on the validation rows -> its name for people."""
LOSSES = {"loss": "training", "validation_loss": "validation"}
"""Loss of an epoch -> the rows that it is of."""


def draw_curves(training: Mapping[str, Any]) -> dict[str, Any]:
    """The plots of a training by name, each by epoch: loss, accuracy, F1, and all metrics together.

    Args:
        training: from `evidence.training_of`.
    """
    accuracy, f1 = ({name: METRICS[name]} for name in ("accuracy", "f1"))
    return {
        "loss_function": _plot(training, (("Loss by epoch", LOSSES),)),
        "accuracy_evolution": _plot(training, (("Accuracy on the validation rows by epoch", accuracy),)),
        "f1_evolution": _plot(training, (("Macro-F1 on the validation rows by epoch", f1),)),
        "all_metrics_evolution": _plot(training, (("Metrics on the validation rows by epoch", METRICS),)),
    }


def draw_training(name: str, training: Mapping[str, Any]) -> Any:
    """The plot of a candidate's training in a report: losses and metrics side by side."""
    return _plot(training, ((f"{name}: loss", LOSSES), ("Metrics on the validation rows", METRICS)))


def _plot(training: Mapping[str, Any], panels: Sequence[tuple[str, Mapping[str, str]]]) -> Any:
    plot, axes = drawing.canvas(3.4, len(panels))
    for panel, (title, series) in zip([axes] if len(panels) == 1 else axes, panels, strict=True):
        _curves(panel, training, series)
        panel.set_title(title)
    return plot


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
