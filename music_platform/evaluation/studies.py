"""How a study of settings is shown: its figures and its page. What a study is lies in `models.tuning`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from music_platform.evaluation.drawing import BLUE, GREEN, MUTED, bars, canvas, png, style
from music_platform.evaluation.findings import NAMES
from music_platform.evaluation.report import embedded, render
from music_platform.models.tuning.tuned import MARGIN
from music_platform.storage.files import replacing_folder, write_json

if TYPE_CHECKING:
    from music_platform.models.tuning.study import Study, Trial


def draw(study: "Study") -> dict[str, bytes]:
    """Name -> PNG: `history`, and `importance` where trials are enough for it."""
    with style():
        figures = {"history": png(_history(study))}
        if study.importance:
            figures["importance"] = png(_importance(study.importance))
    return figures


def write_study(reports: Path, study: "Study") -> Path:
    """Write `index.html`, `study.json` and the figures to `tuning/<task>_<candidate>` in the folder of reports.

    Returns:
        the page.
    """
    figures = draw(study)
    page = render(
        "study.html",
        title=f"Settings of {study.task}/{study.candidate}",
        study=study,
        best=study.best,
        margin=MARGIN,
        pictures=embedded(figures),
        about={"study": study.tuned.study},
    )
    folder = reports / "tuning" / f"{study.task}_{study.candidate}"
    with replacing_folder(folder) as temporary:
        (temporary / "index.html").write_text(page, "utf-8")
        write_json(temporary / "study.json", vars(study.tuned) | {"trials": [vars(t) for t in study.trials]})
        for name, content in figures.items():
            (temporary / f"{name}.png").write_bytes(content)
    return folder / "index.html"


def _history(study: "Study") -> Any:
    figure, axes = canvas(3.6)
    complete = [trial for trial in study.trials if not trial.pruned]
    pruned = [trial for trial in study.trials if trial.pruned]
    best = np.maximum.accumulate([trial.value for trial in complete])
    numbers = [trial.number for trial in complete]
    axes.axhline(study.tuned.default, color=MUTED, linestyle=":", label="defaults")
    axes.step([*numbers, study.trials[-1].number], [*best, best[-1]], where="post", color=GREEN, label="best so far")
    _points(axes, complete, "o", BLUE, "trial")
    if pruned:
        _points(axes, pruned, "x", MUTED, "pruned, at what its first steps gave")
    axes.set_title("Every trial")
    axes.set_xlabel("trial")
    axes.set_ylabel(NAMES[study.metric])
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(axis="y")
    figure.legend(loc="outside lower center", ncols=4)
    return figure


def _points(axes: Any, trials: "Sequence[Trial]", marker: str, shade: str, name: str) -> None:
    axes.scatter([t.number for t in trials], [t.value for t in trials], marker=marker, color=shade, label=name, s=34)


def _importance(importance: dict[str, float]) -> Any:
    figure, axes = canvas(1.2 + 0.34 * len(importance))
    bars(axes, list(importance), np.array(list(importance.values())), None, BLUE)
    axes.set_title("What the value hangs on")
    axes.set_xlabel("share of its variance over the space")
    axes.set_xlim(0, 1.08)
    return figure
