"""The last entries of a training run in MLflow and in Dagster: final figures on held-out rows, and pictures.

A run stands for itself; the report of the task compares candidates, from the same predictions.
"""

from typing import Any

import numpy as np

from music_platform.evaluation import drawing
from music_platform.evaluation.evidence import training_of
from music_platform.evaluation.intervals import RESAMPLES, interval, resampled_sums, sum_by_unit, unit_index
from music_platform.evaluation.metrics import class_figures, confusion, count_columns
from music_platform.evaluation.plots import draw_confusion
from music_platform.evaluation.scores import labels_present
from music_platform.evaluation.training_curves import METRICS, draw_curves
from music_platform.models.predictions import HELD_OUT_FILE, Predictions
from music_platform.storage.registry import Artifact
from music_platform.tasks import TASKS


def describe(artifact: Artifact) -> tuple[dict[str, float], dict[str, bytes]]:
    """Final figures of an artifact, and its pictures as PNG, from its epochs and its predictions.

    Returns:
        figures: final_accuracy, final_f1, final_precision and final_recall on held-out rows, of a task that
            classifies; else none.
        pictures: those of `draw_curves`, final_metrics and confusion_matrix.
    """
    task = TASKS[artifact.manifest.task]
    final: dict[str, dict[str, Any]] = {}
    plots: dict[str, Any] = {}
    with drawing.style():
        if training := training_of(artifact.manifest):
            plots = draw_curves(training)
        if task.classifies:
            predictions = Predictions.load(artifact.path / HELD_OUT_FILE)
            predictions = predictions.at(~predictions.own)  # as in the report, own wordings are no part of a figure
            final = final_figures(predictions, single=task.single)
            pairs = confusion(predictions.truth, predictions.selected, predictions.known)
            plots["final_metrics"] = _draw_final(final)
            plots["confusion_matrix"] = draw_confusion(predictions.labels, pairs, single=task.single)
        pictures = {name: drawing.png(plot) for name, plot in plots.items()}
    return {f"final_{name}": entry["value"] for name, entry in final.get("model", {}).items()}, pictures


def final_figures(
    p: Predictions, *, single: bool, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, dict[str, Any]]:
    """The metrics of an epoch, on held-out rows, with 95 % intervals that resample units.

    Precision, recall and F1 are means over the labels that occur; accuracy is the share of right rows where a row has
    one label, and of right cells (row, label) where it may have several.

    Returns:
        "model" and "majority" -> metric -> value, low, high.
    """
    return {
        "model": _figures(p, p.selected, single, resamples, seed),
        "majority": _figures(p, p.baseline, single, resamples, seed),
    }


def _figures(p: Predictions, selected: np.ndarray, single: bool, resamples: int, seed: int) -> dict[str, Any]:
    right = (selected == p.truth) & p.known
    if single:
        hits, of = (right | ~p.known).all(axis=1), np.ones(len(p.ids))
    else:
        hits, of = right.sum(axis=1), p.known.sum(axis=1)
    columns = np.column_stack([hits, of, count_columns(p.truth, selected, p.known)]).astype(float)
    sums = sum_by_unit(columns, *unit_index(p.units))
    whole, drawn = (_totals(x, labels_present(p)) for x in (sums.sum(axis=0), resampled_sums(sums, resamples, seed)))
    return {name: interval(whole[name], drawn[name]) for name in METRICS}


def _totals(sums: np.ndarray, counted: np.ndarray) -> dict[str, np.ndarray]:
    by_label = class_figures(sums[..., 2:])
    macro = {name: np.nan_to_num(values[..., counted]).mean(axis=-1) for name, values in by_label.items()}
    return macro | {"accuracy": sums[..., 0] / sums[..., 1]}


def _draw_final(final: dict[str, dict[str, Any]]) -> Any:
    plot, axes = drawing.canvas(3.4)
    drawing.dots(
        axes,
        [METRICS[name] for name in final["model"]],
        {"model": list(final["model"].values()), "majority baseline": list(final["majority"].values())},
    )
    axes.set_xlim(0, 1)
    axes.set_title("On held-out rows, with 95 % intervals")
    return plot
