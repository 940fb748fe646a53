"""What a report says in words and in one table: the verdict, where a model loses, the summary rows.

Pure: metrics in, sentences and rows out. HTML lives in `report`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

NAMES = {
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "accuracy": "accuracy",
    "mcc": "MCC",
    "roc_auc": "ROC-AUC",
    "precision_at_5": "neighbour genre precision@5",
    "precision_at_5_other_artists": "precision@5, other artists only",
    "recommended_precision_at_5": "recommended genre precision@5",
    "diversity": "intra-list diversity",
    "coverage": "catalogue coverage",
    "popularity_bias": "popularity bias",
    "stability": "stability (ARI)",
    "silhouette": "silhouette",
    "f1": "slot F1",
    "precision": "precision",
    "recall": "recall",
    "sentence_accuracy": "sentence accuracy",
}
TITLES = {
    "genre": "Genres of a song",
    "genre_pt": "Genre of a Portuguese song",
    "intent": "What a listener asks for",
    "slots": "What a listener names",
    "topic": "Topic of a news article",
    "clusters": "Clusters of tracks",
}
ENDED = {"epochs": "the last epoch", "patience": "no better epoch", "budget": "the budget"}
"""Why a training stopped -> what ended it."""
_COMPARED = {
    "single-label": ("macro_f1", "accuracy", "mcc", "roc_auc"),
    "multi-label": ("macro_f1", "micro_f1", "roc_auc"),
    "tagging": ("f1", "sentence_accuracy"),
    "clusters": (
        "precision_at_5",
        "precision_at_5_other_artists",
        "recommended_precision_at_5",
        "diversity",
        "coverage",
        "popularity_bias",
        "stability",
    ),
}
_HEADER = ("task", "slice", "candidate", "metric", "value", "95 % interval", "baseline", "rows")
_WORST = 3
_AGAINST = {"random": "a random track of the same cluster", "look-up": "looking names up"}


def number(value: float | None) -> str:
    """A figure with three decimals (one from 10 on), a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def span(entry: Mapping[str, float | None]) -> str:
    """The interval of a figure as text, a dash where there is none."""
    return "–" if entry["low"] is None else f"{number(entry['low'])} to {number(entry['high'])}"


def summary_rows(reports: Iterable[Mapping[str, Any]], *, only_main: bool = False) -> list[dict[str, Any]]:
    """Rows of the table that shows all tasks: one per candidate and figure, and per group of the champion.

    Args:
        reports: results of `evaluate_text` and `evaluate_clusters`.
        only_main: leave out all but the figure that chooses the champion.

    Returns:
        dictionaries with task, slice ("all", or a group), candidate, champion (bool), metric, value, low,
        high, baseline (None where there is none), rows, units.
    """
    table = []
    for report in reports:
        main = report["main"]
        names = [main] if only_main else [main, *(n for n in _COMPARED[report["kind"]] if n != main)]
        for name, candidate in report["candidates"].items():
            is_champion = name == report["champion"]
            groups = candidate.get("groups", []) if is_champion else []
            parts = [("all", candidate, names)]
            parts += [(group["group"], group, [main]) for group in groups if len(groups) > 1]
            for part, figures, shown in parts:
                table += [
                    {
                        "task": report["task"],
                        "slice": part,
                        "candidate": name,
                        "champion": is_champion,
                        "metric": NAMES[metric],
                        **figures["figures"][metric],
                        "baseline": figures["baseline"].get(metric, {}).get("value"),
                        "rows": figures["rows"],
                        "units": figures["units"],
                    }
                    for metric in shown
                    if metric in figures["figures"]
                ]
    return table


def markdown_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Summary rows as a Markdown table; the champion's name in bold."""
    lines = [_HEADER, ("---", "---", "---", "---", "---:", "---:", "---:", "---:")]
    for row in rows:
        candidate = f"**{row['candidate']}**" if row["champion"] else row["candidate"]
        texts = (number(row["value"]), span(row), number(row["baseline"]), f"{row['rows']:,}")
        lines.append((row["task"], row["slice"], candidate, row["metric"], *texts))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def verdict(report: Mapping[str, Any]) -> str:
    """One or two sentences: the champion's main figure, the baseline, and whether the difference is real."""
    main, name = report["main"], report["champion"]
    champion = report["candidates"][name]
    figure, base = champion["figures"][main], champion["baseline"].get(main)
    if figure["value"] is None:
        return f"No {NAMES[main]} could be computed: there is nothing to compare with."
    against, difference = next(iter(champion["difference"].items()))
    text = f"{name} reaches {NAMES[main]} {number(figure['value'])} (95 % interval {span(figure)})"
    if base is None or base["value"] is None:
        return f"{text}."
    gain = difference[main]
    opening = _AGAINST.get(against, "always answering the majority")
    text += f"; {opening} gives {number(base['value'])}."
    if gain["low"] is None:
        return text
    sure = "The gain is real" if gain["low"] > 0 else "The gain is not certain"
    return f"{text} {sure}: {gain['value']:+.3f} (95 % interval {gain['low']:+.3f} to {gain['high']:+.3f})."


def losses(report: Mapping[str, Any]) -> list[str]:
    """Sentences about where the champion is weakest: labels, confusions and groups, or genres."""
    champion = report["candidates"][report["champion"]]
    if report["kind"] == "clusters":
        return _cluster_losses(report, champion)
    main = report["main"]
    classes = [c for c in champion["classes"] if c["f1"]["value"] is not None]
    found = [
        f"{c['label']}: F1 {number(c['f1']['value'])}, {_leaning(c)} ({c['support']:,} rows)."
        for c in sorted(classes, key=lambda c: c["f1"]["value"])[:_WORST]
    ]
    found += [
        f"{pair['truth']}: in {pair['share']:.0%} of its rows {pair['answered']} is answered instead."
        for pair in champion["confused"][:_WORST]
    ]
    groups = [g for g in champion["groups"] if g["figures"][main]["value"] is not None]
    if len(groups) > 1:
        worst = min(groups, key=lambda g: g["figures"][main]["value"])
        value = f"{NAMES[main]} {number(worst['figures'][main]['value'])} ({span(worst['figures'][main])})"
        found.append(f"The weakest {report['grouped_by']} is {worst['group']}: {value}.")
    return found


def _leaning(entry: Mapping[str, Any]) -> str:
    """Whether a label is rather missed or rather answered too often."""
    precision, recall = entry["precision"] or 0, entry["recall"] or 0
    if abs(precision - recall) < 0.05:
        return "missed about as often as wrongly answered"
    if precision > recall:
        return f"mostly missed (recall {number(recall)})"
    return f"mostly answered too often (precision {number(precision)})"


def _cluster_losses(report: Mapping[str, Any], champion: Mapping[str, Any]) -> list[str]:
    genres = sorted(champion["genres"], key=lambda genre: genre["precision"] - genre["random"])
    found = [
        f"{g['label']}: {g['precision']:.0%} of the near tracks share it, {g['random']:.0%} at random."
        for g in genres[:_WORST]
    ]
    best = max(champion["ablation"], key=lambda row: -1 if row["silhouette"] is None else row["silhouette"])
    if best is not champion["ablation"][0]:
        found.append(
            f'The silhouette would be higher in the variant "{best["variant"]}" '
            f"({number(best['silhouette'])}), which is why it does not choose the model."
        )
    if champion["figures"]["stability"]["value"] < 0.8:
        found.append(f"With k = {report['k']} refits disagree: clusters may change when data are added.")
    return found
