"""What a training run ends with in the tracking store and in Dagster: final figures on held-out rows, and pictures.

The report compares candidates and is made from the same predictions, in `text`; a run stands for itself.
"""

from typing import Any

import numpy as np

from music_platform.evaluation import drawing
from music_platform.evaluation.intervals import RESAMPLES, interval, resampled_sums, sum_by_unit, unit_index
from music_platform.evaluation.metrics import class_figures, confusion, count_columns
from music_platform.evaluation.plots import draw_confusion
from music_platform.evaluation.scores import labels_present
from music_platform.evaluation.training_curves import METRICS, draw_curves, training_of
from music_platform.models.predictions import Predictions
from music_platform.models.rows import TASKS
from music_platform.storage.registry import Artifact


def describe(artifact: Artifact) -> tuple[dict[str, float], dict[str, bytes]]:
    """Final figures, and pictures as PNG, of an artifact: what it has of epochs and of predictions.

    Returns:
        figures: final_accuracy, final_f1, final_precision, final_recall on held-out rows; none of
            clusters and slots.
        pictures: those of `draw_curves`, final_metrics and confusion_matrix.
    """
    path = artifact.path / "predictions.npz"
    final, figures = {}, {}
    with drawing.style():
        if training := training_of(artifact.manifest):
            figures = draw_curves(training)
        if path.exists() and artifact.manifest["task"] in TASKS:
            predictions = Predictions.load(path)
            final = final_figures(predictions)
            pairs = confusion(predictions.truth, predictions.selected, predictions.known)
            figures["final_metrics"] = _draw_final(final)
            figures["confusion_matrix"] = draw_confusion(predictions.labels, pairs, single=_is_single(predictions))
        pictures = {name: drawing.png(figure) for name, figure in figures.items()}
    return {f"final_{name}": entry["value"] for name, entry in final.get("model", {}).items()}, pictures


def final_figures(p: Predictions, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, dict[str, Any]]:
    """The metrics of an epoch, on held-out rows, with 95 % intervals that resample units.

    Precision, recall and F1 are means over the labels that occur; accuracy is the share of right rows where a row has
    one label, and of right cells (row, label) where it may have several.

    Returns:
        "model" and "majority" -> metric -> value, low, high.
    """
    return {
        "model": _figures(p, p.selected, resamples, seed),
        "majority": _figures(p, p.baseline, resamples, seed),
    }


def _figures(p: Predictions, selected: np.ndarray, resamples: int, seed: int) -> dict[str, Any]:
    right = (selected == p.truth) & p.known
    if _is_single(p):
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


def _is_single(p: Predictions) -> bool:
    return bool(((p.truth & p.known).sum(axis=1) == 1).all())


def _draw_final(final: dict[str, dict[str, Any]]) -> Any:
    figure, axes = drawing.canvas(3.4)
    drawing.dots(
        axes,
        [METRICS[name] for name in final["model"]],
        {"model": list(final["model"].values()), "majority baseline": list(final["majority"].values())},
    )
    axes.set_xlim(0, 1)
    axes.set_title("On held-out rows, with 95 % intervals")
    return figure
