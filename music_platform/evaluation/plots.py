"""The plots of tasks whose models give labels, drawn from the report as a dictionary: `metrics.json` is enough.

Plots of clusters are in `cluster_plots`, curves of a training in `training_curves`, the look of all in `drawing`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from music_platform.evaluation import drawing
from music_platform.evaluation.drawing import BLUE, GREEN, INK, MUTED, ORANGE, RED
from music_platform.evaluation.findings import NAMES
from music_platform.evaluation.kinds import KINDS
from music_platform.evaluation.training_curves import draw_training

_COMPARED = ("macro_f1", "micro_f1", "accuracy", "mcc", "roc_auc", "f1", "precision", "recall", "sentence_accuracy")


def draw_classification(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """The plots of a single-label or multi-label task by name, in the order in which its page shows them."""
    champion = metrics["candidates"][metrics["champion"]]
    single = metrics["kind"] == "single-label"
    pairs = draw_confusion(metrics["labels"], champion["confusion"], single=single)
    return {
        "scores": _scores(metrics),
        "classes": _classes(champion, "label", "rows"),
        "confusion" if single else "together": pairs,
        "thresholds": _thresholds(champion, single),
        "calibration": _calibration(champion, single),
        "slices": _slices(metrics, champion),
        **_trainings(metrics),
    }


def draw_tagging(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """The plots of a tagging task by name, in the order in which its page shows them."""
    champion = metrics["candidates"][metrics["champion"]]
    return {
        "scores": _scores(metrics),
        "classes": _classes(champion, "slot", "spans"),
        "slices": _slices(metrics, champion),
        **_trainings(metrics),
    }


def _trainings(metrics: Mapping[str, Any]) -> dict[str, Any]:
    candidates = metrics["candidates"].items()
    return {f"training_{name}": draw_training(name, c["training"]) for name, c in candidates if c["training"]}


def draw_confusion(labels: Sequence[str], pairs: Mapping[str, Any], *, single: bool) -> Any:
    """The shares of answers for the rows of each label, beside the true shares where labels can hold together.

    Args:
        labels: L names.
        pairs: counts (L, L), from `metrics.confusion`.
        single: exactly one label holds per row.
    """
    return _confusion(labels, pairs) if single else _together(labels, pairs)


def _baseline(metrics: Mapping[str, Any]) -> str:
    return KINDS[metrics["kind"]].baseline


def _scores(metrics: Mapping[str, Any]) -> Any:
    """The figures of all candidates beside the baseline; micro-F1 of a single-label task equals its accuracy."""
    candidates = metrics["candidates"]
    champion = candidates[metrics["champion"]]
    left_out = {"micro_f1"} if metrics["kind"] == "single-label" else set()
    names = [name for name in _COMPARED if name in champion["figures"] and name not in left_out]
    nothing = {"value": None, "low": None, "high": None}
    series = {c: [entry["figures"][n] for n in names] for c, entry in candidates.items()}
    series[_baseline(metrics)] = [champion["baseline"].get(n, nothing) for n in names]
    plot, axes = drawing.canvas(1.4 + 0.55 * len(names))
    drawing.dots(axes, [NAMES[n] for n in names], series)
    axes.set_xlim(min(0, *(drawing.whiskers(series[_baseline(metrics)])[0] - 0.1)), 1)
    axes.set_title(f"Candidates and the {_baseline(metrics)}, with 95 % intervals")
    return plot


def _classes(champion: Mapping[str, Any], label: str, counted: str) -> Any:
    classes = sorted(champion["classes"], key=lambda c: -(c["f1"]["value"] or 0))
    values, errors = drawing.whiskers([c["f1"] for c in classes])
    plot, axes = drawing.canvas(1.1 + 0.36 * len(classes))
    drawing.bars(axes, [f"{c['label']}  ({c['support']:,})" for c in classes], values, errors, BLUE)
    axes.set_xlim(0, 1.08)
    axes.set_xlabel(f"F1 ({counted} in brackets)")
    axes.set_title(f"F1 of each {label}, with 95 % intervals")
    return plot


def _confusion(labels: Sequence[str], pairs: Mapping[str, Any]) -> Any:
    plot, axes = drawing.canvas(1.8 + 0.5 * len(labels), width=max(6.0, 2.2 + 0.66 * len(labels)))
    drawing.heatmap(axes, labels, _shares(pairs["selected"], pairs["known"]), "answered", "true label")
    axes.set_title("Answers for the rows of each label")
    return plot


def _together(labels: Sequence[str], pairs: Mapping[str, Any]) -> Any:
    side = 1.4 + 0.46 * len(labels)
    plot, axes = drawing.canvas(side + 0.6, 2, width=max(drawing.WIDTH, 2 * side + 1.4))
    for panel, key, text in zip(
        axes, ("truth", "selected"), ("... the other label is true too", "... the model answers"), strict=True
    ):
        drawing.heatmap(panel, labels, _shares(pairs[key], pairs["known"]), "", "rows of this label" * (key == "truth"))
        panel.set_title(text)
    plot.suptitle("The share of the rows of each label in which ...", fontweight="bold", fontsize=12, color=INK)
    return plot


def _shares(counts: Any, known: Any) -> np.ndarray:
    part, whole = np.array(counts, float), np.array(known, float)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _thresholds(champion: Mapping[str, Any], single: bool) -> Any:
    curve = champion["curve"]
    plot, axes = drawing.canvas(3.6)
    axes.plot(curve["thresholds"], curve["macro_f1"], color=BLUE, lw=2.2, label="one threshold for all labels")
    answered = champion["figures"]["macro_f1"]["value"]
    rule = "best label only" if single else "a threshold per label"
    axes.axhline(answered, color=GREEN, lw=2, ls="--", label=f"{rule}: {answered:.3f}")
    for (threshold, value), mark in zip(curve["fixed"].items(), "so", strict=True):
        axes.plot(
            float(threshold),
            value,
            mark,
            ms=8,
            color=ORANGE if mark == "s" else RED,
            label=f"every label from {threshold} on: {value:.3f}",
        )
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="threshold on the score", ylabel="macro-F1")
    axes.grid(axis="both")
    plot.legend(loc="outside right center")
    axes.set_title("Macro-F1 over thresholds")
    return plot


def _calibration(champion: Mapping[str, Any], single: bool) -> Any:
    result = champion["calibration"]
    bins = [b for b in result["bins"] if b["rows"]]
    plot, (axes, counts) = drawing.canvas(3.8, 2, width_ratios=(3, 2))
    axes.plot([0, 1], [0, 1], color=MUTED, ls=":", label="perfectly calibrated")
    axes.plot([b["score"] for b in bins], [b["share"] for b in bins], "o-", color=BLUE, lw=2, label="measured")
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="score", ylabel="share of right answers")
    axes.grid(axis="both")
    axes.legend(loc="upper left")
    axes.set_title(f"Calibration (ECE {result['ece']:.3f}, Brier {result['brier']:.3f})")
    edges = [b["low"] for b in result["bins"]]
    counts.bar(edges, [b["rows"] for b in result["bins"]], width=0.094, align="edge", color=drawing.SKY)
    counts.set(xlim=(0, 1), xlabel="score", ylabel="answers" if single else "row and label pairs")
    counts.grid(axis="y")
    counts.yaxis.set_major_formatter("{x:,.0f}")
    counts.set_title("Frequency of scores")
    return plot


def _slices(metrics: Mapping[str, Any], champion: Mapping[str, Any]) -> Any:
    """The main figure by group, with its baseline, and by fold."""
    main = metrics["main"]
    groups = champion["groups"] if len(champion["groups"]) > 1 else []
    folds = [{"value": fold[main], "low": None, "high": None} for fold in champion["folds"]]
    nothing = {"value": None, "low": None, "high": None}
    rows = ["all", *(f"{g['group']}  ({g['rows']:,})" for g in groups)]
    rows += [f"fold {fold['fold']}  ({fold['rows']:,})" for fold in champion["folds"]]
    series = {
        metrics["champion"]: [champion["figures"][main], *(g["figures"][main] for g in groups), *folds],
        _baseline(metrics): [champion["baseline"][main], *(g["baseline"][main] for g in groups)]
        + [nothing] * len(folds),
    }
    plot, axes = drawing.canvas(1.5 + 0.36 * len(rows))
    drawing.dots(axes, rows, series)
    axes.set_xlim(min(0, *np.nan_to_num(drawing.whiskers(series[_baseline(metrics)])[0] - 0.05)), 1)
    axes.set_xlabel(f"{NAMES[main]} (rows in brackets)")
    axes.set_title(f"{NAMES[main]} by {metrics['grouped_by']} and by fold")
    return plot
