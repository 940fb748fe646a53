"""The page of a study of hyperparameters, and its plots. The study itself is in `models.tuning`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from music_platform.evaluation.drawing import BLUE, GREEN, MUTED, bars, canvas, png, style
from music_platform.evaluation.findings import NAMES
from music_platform.evaluation.report import embedded, render
from music_platform.models.tuned import MARGIN
from music_platform.storage.files import replacing_folder, write_json

if TYPE_CHECKING:
    from music_platform.models.tuning.study import Study, Trial


def draw(study: "Study") -> dict[str, bytes]:
    """The pictures of a study as PNG: `history`, and `importance` where trials are enough for it."""
    with style():
        pictures = {"history": png(_history(study))}
        if study.importance:
            pictures["importance"] = png(_importance(study.importance))
    return pictures


def write_study(reports: Path, study: "Study") -> Path:
    """Write `index.html`, `study.json` and the pictures to `tuning/<task>_<candidate>` in the folder of reports.

    Returns:
        the page.
    """
    pictures = draw(study)
    page = render(
        "study.html",
        title=f"Hyperparameters of {study.task}/{study.candidate}",
        study=study,
        best=study.best,
        margin=MARGIN,
        pictures=embedded(pictures),
        about={"study": study.tuned.study},
    )
    folder = reports / "tuning" / f"{study.task}_{study.candidate}"
    with replacing_folder(folder) as temporary:
        (temporary / "index.html").write_text(page, "utf-8")
        write_json(temporary / "study.json", vars(study.tuned) | {"trials": [vars(t) for t in study.trials]})
        for name, content in pictures.items():
            (temporary / f"{name}.png").write_bytes(content)
    return folder / "index.html"


def _history(study: "Study") -> Any:
    plot, axes = canvas(3.6)
    complete = [trial for trial in study.trials if not trial.pruned]
    pruned = [trial for trial in study.trials if trial.pruned]
    best = np.maximum.accumulate([trial.value for trial in complete])
    numbers = [trial.number for trial in complete]
    axes.axhline(study.tuned.default, color=MUTED, linestyle=":", label="the defaults")
    axes.step([*numbers, study.trials[-1].number], [*best, best[-1]], where="post", color=GREEN, label="best so far")
    _points(axes, complete, "o", BLUE, "trial")
    if pruned:
        _points(axes, pruned, "x", MUTED, "pruned trial, at the value of its first steps")
    axes.set_title("The value of every trial")
    axes.set_xlabel("trial")
    axes.set_ylabel(NAMES[study.metric])
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(axis="y")
    plot.legend(loc="outside lower center", ncols=4)
    return plot


def _points(axes: Any, trials: "Sequence[Trial]", marker: str, shade: str, name: str) -> None:
    axes.scatter([t.number for t in trials], [t.value for t in trials], marker=marker, color=shade, label=name, s=34)


def _importance(importance: dict[str, float]) -> Any:
    plot, axes = canvas(1.2 + 0.34 * len(importance))
    bars(axes, list(importance), np.array(list(importance.values())), None, BLUE)
    axes.set_title("How much each hyperparameter matters")
    axes.set_xlabel("share of the variance of the values")
    axes.set_xlim(0, 1.08)
    return plot
