"""Figures of a task as PNG, drawn from its metrics alone: `metrics.json` is enough to draw them again."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from music_platform.evaluation import drawing
from music_platform.evaluation.cluster_plots import draw_clusters
from music_platform.evaluation.drawing import BLUE, GREEN, INK, MUTED, ORANGE, RED
from music_platform.evaluation.findings import NAMES
from music_platform.evaluation.training_curves import draw_training

_COMPARED = ("macro_f1", "micro_f1", "accuracy", "mcc", "roc_auc", "f1", "precision", "recall", "sentence_accuracy")


def draw(metrics: Mapping[str, Any]) -> dict[str, bytes]:
    """Draw the figures of a task: name -> PNG, in the order a report shows them."""
    with drawing.style():
        figures = _DRAWN.get(metrics["kind"], _draw_text)(metrics)
        return {name: drawing.png(figure) for name, figure in figures.items()}


def _draw_text(metrics: Mapping[str, Any]) -> dict[str, Any]:
    candidates = metrics["candidates"]
    champion = candidates[metrics["champion"]]
    single = metrics["kind"] == "single-label"
    pairs = draw_confusion(metrics["labels"], champion["confusion"], single=single)
    return {
        "scores": _scores(metrics),
        "classes": _classes(champion),
        "confusion" if single else "together": pairs,
        "thresholds": _thresholds(champion, single),
        "calibration": _calibration(champion, single),
        "slices": _slices(metrics, champion),
        **{f"training_{name}": draw_training(name, c["training"]) for name, c in candidates.items() if c["training"]},
    }


def draw_confusion(labels: Sequence[str], pairs: Mapping[str, Any], *, single: bool) -> Any:
    """What was answered for rows of each label; beside what is true, where labels hold together.

    Args:
        labels: L names.
        pairs: counts (L, L), from `metrics.confusion`.
        single: exactly one label holds per row.
    """
    return _confusion(labels, pairs) if single else _together(labels, pairs)


def _draw_tagging(metrics: Mapping[str, Any]) -> dict[str, Any]:
    champion = metrics["candidates"][metrics["champion"]]
    return {"scores": _scores(metrics), "classes": _classes(champion), "slices": _slices(metrics, champion)}


_DRAWN = {"clusters": draw_clusters, "tagging": _draw_tagging}


def _baseline(metrics: Mapping[str, Any]) -> str:
    return "look-up baseline" if metrics["kind"] == "tagging" else "majority baseline"


def _scores(metrics: Mapping[str, Any]) -> Any:
    """Candidates beside the baseline; of a single-label task without micro-F1, which equals its accuracy."""
    candidates = metrics["candidates"]
    champion = candidates[metrics["champion"]]
    left_out = {"micro_f1"} if metrics["kind"] == "single-label" else set()
    names = [name for name in _COMPARED if name in champion["figures"] and name not in left_out]
    nothing = {"value": None, "low": None, "high": None}
    series = {c: [entry["figures"][n] for n in names] for c, entry in candidates.items()}
    series[_baseline(metrics)] = [champion["baseline"].get(n, nothing) for n in names]
    figure, axes = drawing.canvas(1.4 + 0.55 * len(names))
    drawing.dots(axes, [NAMES[n] for n in names], series)
    axes.set_xlim(min(0, *(drawing.whiskers(series[_baseline(metrics)])[0] - 0.1)), 1)
    axes.set_title(f"Candidates and the {_baseline(metrics)}, with 95 % intervals")
    return figure


def _classes(champion: Mapping[str, Any]) -> Any:
    classes = sorted(champion["classes"], key=lambda c: -(c["f1"]["value"] or 0))
    values, errors = drawing.whiskers([c["f1"] for c in classes])
    figure, axes = drawing.canvas(1.1 + 0.36 * len(classes))
    drawing.bars(axes, [f"{c['label']}  ({c['support']:,})" for c in classes], values, errors, BLUE)
    axes.set_xlim(0, 1.08)
    axes.set_xlabel("F1 (rows in brackets)")
    axes.set_title("F1 of each label, with 95 % intervals")
    return figure


def _confusion(labels: Sequence[str], pairs: Mapping[str, Any]) -> Any:
    figure, axes = drawing.canvas(1.8 + 0.5 * len(labels), width=max(6.0, 2.2 + 0.66 * len(labels)))
    drawing.heatmap(axes, labels, _shares(pairs["selected"], pairs["known"]), "answered", "true label")
    axes.set_title("Of the rows of each label, what was answered")
    return figure


def _together(labels: Sequence[str], pairs: Mapping[str, Any]) -> Any:
    side = 1.4 + 0.46 * len(labels)
    figure, axes = drawing.canvas(side + 0.6, 2, width=max(drawing.WIDTH, 2 * side + 1.4))
    for panel, key, text in zip(
        axes, ("truth", "selected"), ("... the other label holds too", "... the model answers"), strict=True
    ):
        drawing.heatmap(panel, labels, _shares(pairs[key], pairs["known"]), "", "rows of this label" * (key == "truth"))
        panel.set_title(text)
    figure.suptitle("Of the rows of each label, in which share ...", fontweight="bold", fontsize=12, color=INK)
    return figure


def _shares(counts: Any, known: Any) -> np.ndarray:
    part, whole = np.array(counts, float), np.array(known, float)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _thresholds(champion: Mapping[str, Any], single: bool) -> Any:
    curve = champion["curve"]
    figure, axes = drawing.canvas(3.6)
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
            label=f"all at {threshold}: {value:.3f}",
        )
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="threshold on the score", ylabel="macro-F1")
    axes.grid(axis="both")
    figure.legend(loc="outside right center")
    axes.set_title("Macro-F1 over thresholds")
    return figure


def _calibration(champion: Mapping[str, Any], single: bool) -> Any:
    result = champion["calibration"]
    bins = [b for b in result["bins"] if b["rows"]]
    figure, (axes, counts) = drawing.canvas(3.8, 2, width_ratios=(3, 2))
    axes.plot([0, 1], [0, 1], color=MUTED, ls=":", label="perfect")
    axes.plot([b["score"] for b in bins], [b["share"] for b in bins], "o-", color=BLUE, lw=2, label="measured")
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="score given", ylabel="share that was right")
    axes.grid(axis="both")
    axes.legend(loc="upper left")
    axes.set_title(f"Calibration (ECE {result['ece']:.3f}, Brier {result['brier']:.3f})")
    edges = [b["low"] for b in result["bins"]]
    counts.bar(edges, [b["rows"] for b in result["bins"]], width=0.094, align="edge", color=drawing.SKY)
    counts.set(xlim=(0, 1), xlabel="score given", ylabel="answers" if single else "row and label pairs")
    counts.grid(axis="y")
    counts.yaxis.set_major_formatter("{x:,.0f}")
    counts.set_title("How often each score")
    return figure


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
    figure, axes = drawing.canvas(1.5 + 0.36 * len(rows))
    drawing.dots(axes, rows, series)
    axes.set_xlim(min(0, *np.nan_to_num(drawing.whiskers(series[_baseline(metrics)])[0] - 0.05)), 1)
    axes.set_xlabel(f"{NAMES[main]} (rows in brackets)")
    axes.set_title(f"By {metrics['grouped_by']} and by fold: {NAMES[main]}")
    return figure
