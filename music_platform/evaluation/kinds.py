"""How each kind of task is judged and shown. Put a new kind of task here, and its functions into modules of its own.

The table names functions instead of importing them, for `pkgutil.resolve_name` and `storage.code.code_version`: so it
is light, and the code that a report is made by is that of its own kind alone.
"""

from dataclasses import dataclass

from music_platform.declarations import TaskKind

_HERE = "music_platform.evaluation"


@dataclass(frozen=True)
class Kind:
    """How the tasks of one kind are judged and shown. Functions are named as `module:function`."""

    evaluate: str
    """From `evidence.Evidence` to the report as a dictionary for JSON."""
    draw: str
    """From the report to its plots by name."""
    losses: str
    """From the report to sentences about where the champion is weakest."""
    template: str
    """The file of the page in `templates`."""
    compared: tuple[str, ...]
    """The figures that the table of all tasks shows."""
    baseline: str
    """A short name of the baseline."""
    baseline_rule: str
    """The end of the sentence "The baseline is ..."."""
    reads_table: bool = False
    """Whether the report is also of the rows of the task's table, beside those in the artifacts."""


def _classifying(*compared: str) -> Kind:
    return Kind(
        evaluate=f"{_HERE}.classification:evaluate_artifacts",
        draw=f"{_HERE}.plots:draw_classification",
        losses=f"{_HERE}.losses:label_losses",
        template="classification.html",
        compared=compared,
        baseline="majority baseline",
        baseline_rule="always answering the most frequent label",
    )


KINDS: dict[TaskKind, Kind] = {
    "single-label": _classifying("macro_f1", "accuracy", "mcc", "roc_auc"),
    "multi-label": _classifying("macro_f1", "micro_f1", "roc_auc"),
    "tagging": Kind(
        evaluate=f"{_HERE}.tagging:evaluate_artifacts",
        draw=f"{_HERE}.plots:draw_tagging",
        losses=f"{_HERE}.losses:label_losses",
        template="tagging.html",
        compared=("f1", "sentence_accuracy"),
        baseline="look-up baseline",
        baseline_rule="looking names up in the catalogue",
    ),
    "clustering": Kind(
        evaluate=f"{_HERE}.clustering:evaluate_artifacts",
        draw=f"{_HERE}.cluster_plots:draw_clustering",
        losses=f"{_HERE}.losses:cluster_losses",
        template="clustering.html",
        compared=(
            "precision_at_5",
            "precision_at_5_other_artists",
            "recommended_precision_at_5",
            "diversity",
            "coverage",
            "popularity_bias",
            "stability",
        ),
        baseline="random track",
        baseline_rule="picking random tracks of the same cluster",
        reads_table=True,
    ),
}
