"""The look of every plot: colours, canvas, PNG, and the few chart forms that several plots share. Knows no task.

Colours are those of Okabe and Ito (2008), which differ for any colour vision.
"""

import io
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

BLUE, ORANGE, GREEN, PINK, SKY, RED, YELLOW = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#F0E442",
)
PALETTE = (BLUE, ORANGE, GREEN, PINK, SKY, RED, YELLOW)
INK, MUTED, GRID = "#1f2933", "#6b7785", "#e4e8ec"
WIDTH = 8.0
_DPI = 150
_STYLE: Any = {
    "font.size": 10.5,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.constrained_layout.h_pad": 0.12,
    "figure.constrained_layout.w_pad": 0.12,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
}


def style() -> AbstractContextManager[None]:
    """A context in which matplotlib has the look of all plots; draw and save inside it."""
    import matplotlib as mpl

    return mpl.rc_context(_STYLE)


def canvas(height: float, columns: int = 1, width: float = WIDTH, **options: Any) -> tuple[Any, Any]:
    """An empty plot of `width` x `height` inches outside pyplot, and its axes (one, or a row of `columns`)."""
    from matplotlib.figure import Figure

    plot = Figure((width, height), layout="constrained", facecolor="white")
    return plot, plot.subplots(1, columns, **options)


def png(plot: Any) -> bytes:
    """The plot as PNG."""
    stream = io.BytesIO()
    plot.savefig(stream, format="png", dpi=_DPI, metadata={"Software": None})
    return stream.getvalue()


def colour(index: int) -> str:
    """The colour of the series number `index`; they repeat after seven."""
    return PALETTE[index % len(PALETTE)]


def whiskers(entries: Sequence[Mapping[str, float | None]]) -> tuple[np.ndarray, np.ndarray]:
    """Values (n,) of intervals, and the distances to low and high (2, n), zero where there is no interval."""
    values = np.array([np.nan if e["value"] is None else e["value"] for e in entries], float)
    low = np.array([v if e["low"] is None else e["low"] for e, v in zip(entries, values, strict=True)], float)
    high = np.array([v if e["high"] is None else e["high"] for e, v in zip(entries, values, strict=True)], float)
    return values, np.maximum(np.vstack([values - low, high - values]), 0)


def dots(axes: Any, rows: Sequence[str], series: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Horizontal dots with intervals: one row per name in `rows`, one colour and offset per series."""
    offsets = np.linspace(-0.16, 0.16, len(series)) if len(series) > 1 else [0.0]
    for index, ((name, entries), offset) in enumerate(zip(series.items(), offsets, strict=True)):
        values, errors = whiskers(entries)
        shade = MUTED if index == len(series) - 1 and len(series) > 1 else colour(index)
        axes.errorbar(values, np.arange(len(rows)) + offset, xerr=errors, fmt="o", color=shade, capsize=3, label=name)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.grid(axis="x")
    if len(series) > 1:
        axes.figure.legend(loc="outside lower center", ncols=min(len(series), 4))


def bars(axes: Any, names: Sequence[str], values: np.ndarray, errors: np.ndarray | None, shade: str) -> None:
    """Horizontal bars from the top, each with its value and, if given, its interval."""
    places = np.arange(len(names))
    axes.barh(places, np.nan_to_num(values), color=shade, height=0.66, xerr=errors, ecolor=INK, capsize=3)
    ends = np.nan_to_num(values) + (errors[1] if errors is not None else 0)
    for place, value, end in zip(places, values, ends, strict=True):
        text = "n/a" if np.isnan(value) else f"{value:.2f}"
        axes.annotate(text, (max(end, 0), place), (5, 0), textcoords="offset points", va="center", fontsize=9)
    axes.set_yticks(places, names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="x")


def heatmap(axes: Any, names: Sequence[str], shares: np.ndarray, across: str, down: str) -> None:
    """A square of shares 0-1 with the percentages written in."""
    axes.imshow(np.nan_to_num(shares), cmap="Blues", vmin=0, vmax=1)
    size = 9 if len(names) <= 10 else 7.5 if len(names) <= 16 else 6
    for (row, column), share in np.ndenumerate(shares):
        if share >= 0.005:
            shade = "white" if share > 0.55 else INK
            axes.text(column, row, f"{share:.0%}", ha="center", va="center", fontsize=size, color=shade)
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel(across)
    axes.set_ylabel(down)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
