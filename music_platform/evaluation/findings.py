"""The words and tables that all reports share: names of figures, the verdict, the progress of a training, the summary.

Pure: a report as a dictionary in, sentences and rows out. Sentences about weak spots are in `losses`, HTML in `report`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from music_platform.evaluation.kinds import KINDS

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
"""Figure -> its name for people."""
_HEADER = ("task", "slice", "candidate", "metric", "value", "95 % interval", "baseline", "rows")


def number(value: float | None) -> str:
    """A figure with three decimals (one from 10 on); a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def percent(share: float, digits: int = 0) -> str:
    """A share from 0 to 1 as a percentage."""
    return f"{100 * share:.{digits}f} %"


def span(entry: Mapping[str, float | None]) -> str:
    """The interval of a figure as text; a dash where there is none."""
    return "–" if entry["low"] is None else f"{number(entry['low'])} to {number(entry['high'])}"


def summary_rows(reports: Iterable[Mapping[str, Any]], *, only_main: bool = False) -> list[dict[str, Any]]:
    """Rows of the table that shows all tasks: one per candidate and figure, and one per group of the champion.

    Args:
        reports: the `metrics.json` of each task.
        only_main: leave out all figures but the one that chooses the champion.

    Returns:
        dictionaries with task, slice ("all", or a group), candidate, champion (bool), metric, value, low,
        high, baseline (None where there is none), rows, units.
    """
    table = []
    for report in reports:
        main = report["main"]
        names = [main] if only_main else [main, *(n for n in KINDS[report["kind"]].compared if n != main)]
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
    """Up to four sentences: the champion, its main figure, the baseline, and whether the gain may be chance."""
    main, name = report["main"], report["champion"]
    champion = report["candidates"][name]
    figure, base = champion["figures"][main], champion["baseline"].get(main)
    if figure["value"] is None:
        return f"The champion is {name}. Its {NAMES[main]} can't be computed: no row has a truth to compare with."
    reached = f"{NAMES[main]} of {number(figure['value'])} (95 % interval {span(figure)})"
    text = f"The champion is {name}. It reaches a {reached}."
    if base is None or base["value"] is None:
        return text
    rule = KINDS[report["kind"]].baseline_rule
    text += f" The baseline, {rule}, reaches {number(base['value'])}."
    gain = next(iter(champion["difference"].values()))[main]
    if gain["low"] is None:
        return text
    between = f"{gain['value']:+.3f} (95 % interval {gain['low']:+.3f} to {gain['high']:+.3f})"
    if gain["low"] > 0:
        return f"{text} The gain is real: {between}."
    return f"{text} The gain of {between} is not certain, because its interval includes zero."


_ENDINGS = {
    "epochs": "The training did all of its plan, {steps}.",
    "patience": "The training stopped after {steps}, because later epochs were no better.",
    "budget": "The budget ended the training after {steps}.",
}
"""The manifest's `stopped` -> the sentence about the training."""


def progress_sentence(stopped: str, progress: Mapping[str, float] | None) -> str:
    """One sentence: what ended a training, and after which part of its planned steps.

    Args:
        stopped: `epochs`, `patience` or `budget`.
        progress: steps and planned_steps; None of an artifact that does not record them.
    """
    if progress is None:
        steps = "a number of steps that was not recorded"
    elif progress["steps"] >= progress["planned_steps"]:
        steps = f"{progress['steps']:,.0f} steps"
    else:
        share = progress["steps"] / progress["planned_steps"]
        steps = f"{progress['steps']:,.0f} of {progress['planned_steps']:,.0f} steps ({percent(share)} of the plan)"
    return _ENDINGS[stopped].format(steps=steps)


_PRECISIONS = {
    "bf16": "The service computes in bf16, because its answers stay within the limits of the contract.",
    "f32": "The service computes in f32, because the CPU that it was trained on does not multiply bf16 in hardware.",
    "int8": "The service computes in int8, because the setting MUSIC_PLATFORM_PRECISION asks for it.",
}
"""Precision -> the sentence why the service computes in it."""


def precision_sentence(contract: Mapping[str, Any]) -> str:
    """The precision that the service computes in, and the reason for it.

    Args:
        contract: the manifest's `contract`.
    """
    if contract["broken"]:
        return "The service does not run it, because its answers differ too much from those of the trained network."
    reason: str = contract.get("fallback") or _PRECISIONS[contract["precision"]]
    return reason
