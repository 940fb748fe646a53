"""The plots of clustering tasks, drawn from the report as a dictionary: `metrics.json` is enough to draw them again."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np

from music_platform.evaluation import drawing
from music_platform.evaluation.drawing import BLUE, GREEN, INK, MUTED, ORANGE
from music_platform.evaluation.findings import percent


def draw_clustering(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """The plots of a clustering task by name, in the order in which its page shows them."""
    result = metrics["candidates"][metrics["champion"]]
    plots = {
        "sizes": _sizes(result["clusters"]),
        "profiles": _profiles(result["clusters"], metrics["features"]),
        "map": _map(result),
        "silhouettes": _silhouettes(result["scan"], result["k"]),
        "ablation": _ablation(result["ablation"], bool(result["rows_with_genre"])),
    }
    if result["rows_with_genre"]:
        plots |= {"neighbours": _neighbours(metrics, result), "genres": _genres(result["genres"])}
    return plots


def _sizes(clusters: Sequence[Mapping[str, Any]]) -> Any:
    plot, axes = drawing.canvas(3.6)
    wedges, _ = axes.pie(
        [c["rows"] for c in clusters],
        colors=[drawing.colour(c["cluster"]) for c in clusters],
        startangle=90,
        counterclock=False,
        wedgeprops={"edgecolor": "white", "linewidth": 2},
    )
    names = [f"{fill(c['name'], 40)}\n{c['rows']:,} tracks ({percent(c['share'])})" for c in clusters]
    axes.legend(wedges, names, loc="center left", bbox_to_anchor=(1.0, 0.5), labelspacing=0.9)
    axes.set_title("Tracks in each cluster")
    return plot


def _profiles(clusters: Sequence[Mapping[str, Any]], features: Sequence[str]) -> Any:
    plot, axes = drawing.canvas(0.9 + 0.3 * len(features) * len(clusters) ** 0.8)
    height = 0.8 / len(clusters)
    for index, cluster in enumerate(clusters):
        places = np.arange(len(features)) + (index - (len(clusters) - 1) / 2) * height
        values = [cluster["deviation"][name] or 0 for name in features]
        axes.barh(places, values, height * 0.9, color=drawing.colour(index), label=cluster["name"])
    axes.axvline(0, color=MUTED, lw=1)
    axes.set_yticks(range(len(features)), features)
    axes.invert_yaxis()
    axes.grid(axis="x")
    axes.set_xlabel("standard deviations above or below the mean of all tracks")
    plot.legend(loc="outside lower center", ncols=2 if len(clusters) > 1 else 1)
    axes.set_title("How each cluster differs from the mean of all tracks")
    return plot


def _map(result: Mapping[str, Any]) -> Any:
    points, which = np.array(result["map"]["points"]), np.array(result["map"]["clusters"])
    plot, axes = drawing.canvas(5.0)
    for cluster in result["clusters"]:
        rows = which == cluster["cluster"]
        axes.scatter(
            *points[rows].T,
            s=14,
            alpha=0.65,
            lw=0,
            color=drawing.colour(cluster["cluster"]),
            label=cluster["name"],
        )
    first, second = result["map"]["explained"]
    axes.set(xlabel=f"first component ({percent(first)})", ylabel=f"second component ({percent(second)})")
    axes.grid(axis="both")
    plot.legend(loc="outside lower center", ncols=2, markerscale=1.8)
    axes.set_title(f"{len(points):,} tracks on the two principal components")
    return plot


def _silhouettes(scan: Sequence[Mapping[str, Any]], chosen: int) -> Any:
    plot, axes = drawing.canvas(3.4)
    ks = [entry["k"] for entry in scan]
    tables = [[np.nan if v is None else v for v in entry["silhouettes"]] for entry in scan]
    for k, values in zip(ks, tables, strict=True):
        axes.plot([k] * len(values), values, "o", color=drawing.SKY, ms=5, alpha=0.8)
    axes.plot(ks, [np.mean(values) for values in tables], "-", color=BLUE, lw=2.2, label="mean over seeds")
    axes.plot([], [], "o", color=drawing.SKY, label="one seed")
    axes.axvline(chosen, color=ORANGE, ls="--", lw=2, label=f"served: k = {chosen}")
    axes.set_xticks(ks)
    axes.set(xlabel="number of clusters k", ylabel="silhouette")
    axes.set_ylim(bottom=min(0, np.nanmin(tables)))
    axes.grid(axis="y")
    plot.legend(loc="outside right center")
    axes.set_title("Silhouette over k and over seeds")
    return plot


def _ablation(rows: Sequence[Mapping[str, Any]], with_genres: bool) -> Any:
    panels = {"silhouette": "Silhouette", "same_clusters": "Same clusters (ARI)"}
    if with_genres:
        panels["precision"] = "Neighbour genre precision"
    plot, axes = drawing.canvas(1.1 + 0.38 * len(rows), len(panels), width=10.5, sharey=True)
    for panel, (key, text), shade in zip(axes, panels.items(), (drawing.SKY, BLUE, GREEN), strict=False):
        values = np.array([np.nan if row[key] is None else row[key] for row in rows], float)
        drawing.bars(panel, [row["variant"] for row in rows], values, None, shade)
        panel.set_xlim(min(0, np.nanmin(values)), np.nanmax(values) * 1.2 + 1e-9)
        panel.axhline(0.5, color=MUTED, lw=0.8)
        panel.set_title(text)
    return plot


def _neighbours(metrics: Mapping[str, Any], result: Mapping[str, Any]) -> Any:
    names = {metrics["main"]: "other songs", f"{metrics['main']}_other_artists": "other artists only"}
    series = {
        "5 nearest": [result["figures"][n] for n in names],
        "most frequent genre": [result["most_frequent"]] * len(names),
        "random track of the cluster": [result["baseline"][n] for n in names],
    }
    plot, axes = drawing.canvas(2.6)
    drawing.dots(axes, list(names.values()), series)
    axes.set_xlim(left=0)
    axes.set_xlabel("share of tracks with the same genre")
    axes.set_title("How often near tracks share the genre")
    return plot


def _genres(genres: Sequence[Mapping[str, Any]]) -> Any:
    plot, axes = drawing.canvas(1.2 + 0.3 * len(genres))
    places = np.arange(len(genres))
    near, random = [g["precision"] for g in genres], [g["random"] for g in genres]
    axes.hlines(places, random, near, color=drawing.GRID, lw=4)
    axes.plot(random, places, "o", color=MUTED, label="random track of the cluster")
    axes.plot(near, places, "o", color=BLUE, label="5 nearest")
    axes.set_yticks(places, [f"{g['label']}  ({g['rows']:,})" for g in genres], color=INK)
    axes.set_ylim(len(genres) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.set_xlabel("share of tracks with the same genre (tracks in brackets)")
    axes.grid(axis="x")
    plot.legend(loc="outside lower center", ncols=2)
    axes.set_title("The same by genre, for the most frequent genres")
    return plot
