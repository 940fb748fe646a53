"""Sentences about where a champion is weakest. Pure: a report as a dictionary in, sentences out."""

from collections.abc import Mapping
from typing import Any

from music_platform.evaluation.findings import NAMES, number, percent, span

_WORST = 3
_STABLE = 0.8
"""Mean agreement (ARI) of refits on halves from which on clusters are called stable."""


def label_losses(report: Mapping[str, Any]) -> list[str]:
    """The weakest labels, the most frequent confusions, and the weakest group."""
    main, champion = report["main"], report["candidates"][report["champion"]]
    classes = [c for c in champion["classes"] if c["f1"]["value"] is not None]
    found = [
        f"{c['label']} has an F1 of {number(c['f1']['value'])}: {_leaning(c)}."
        for c in sorted(classes, key=lambda c: c["f1"]["value"])[:_WORST]
    ]
    found += [
        f"In {percent(pair['share'])} of the cases of {pair['truth']} the model answers {pair['answered']} instead."
        for pair in champion["confused"][:_WORST]
    ]
    groups = [g for g in champion["groups"] if g["figures"][main]["value"] is not None]
    if len(groups) > 1:
        worst = min(groups, key=lambda g: g["figures"][main]["value"])
        figure = worst["figures"][main]
        value = f"{number(figure['value'])} (95 % interval {span(figure)})"
        found.append(f"By {report['grouped_by']}, “{worst['group']}” has the lowest {NAMES[main]}: {value}.")
    return found


def _leaning(entry: Mapping[str, Any]) -> str:
    """Whether the model rather misses a label or rather answers it wrongly."""
    precision, recall = entry["precision"] or 0, entry["recall"] or 0
    figures = f"precision {number(precision)}, recall {number(recall)}"
    if abs(precision - recall) < 0.05:
        return f"the model misses it about as often as it answers it wrongly ({figures})"
    if precision > recall:
        return f"the model misses it more often than it answers it wrongly ({figures})"
    return f"the model answers it wrongly more often than it misses it ({figures})"


def cluster_losses(report: Mapping[str, Any]) -> list[str]:
    """The genres that neighbours tell least about, and what speaks against the clusters."""
    champion = report["candidates"][report["champion"]]
    genres = sorted(champion["genres"], key=lambda genre: genre["precision"] - genre["random"])
    found = [
        f"{g['label']}: {percent(g['precision'])} of the nearest tracks share the genre, and "
        f"{percent(g['random'])} of random tracks of the cluster do."
        for g in genres[:_WORST]
    ]
    first, *others = champion["ablation"]
    best = max(others, key=lambda row: -1 if row["silhouette"] is None else row["silhouette"])
    if first["silhouette"] is not None and (best["silhouette"] or -1) > first["silhouette"]:
        found.append(
            f"The silhouette of the variant “{best['variant']}” is higher ({number(best['silhouette'])} against "
            f"{number(first['silhouette'])}). It rises when information is left out, so it decides nothing here."
        )
    if champion["figures"]["stability"]["value"] < _STABLE:
        found.append(
            f"Refits on random halves of the tracks agree only in part, so the {champion['k']} clusters may change "
            "when tracks are added."
        )
    return found
