"""Reports as folders of HTML, `metrics.json` and PNG pictures: one per task, and an overview over all.

Pages need no network: style and pictures are inside them. Words are in `findings` and `losses`, plots in `plots`.
"""

import base64
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, meta

from music_platform.evaluation import drawing, findings
from music_platform.evaluation.kinds import KINDS
from music_platform.evaluation.training_curves import LOSSES, METRICS
from music_platform.storage.files import replacing, replacing_folder, write_json
from music_platform.tasks import TASKS

OVERVIEW = "overview.html"
"""The template of the page over all tasks."""
_LOADER = PackageLoader("music_platform.evaluation")


def draw(metrics: Mapping[str, Any]) -> dict[str, bytes]:
    """The pictures of a task's report by name, as PNG, in the order in which its page shows them."""
    with drawing.style():
        plots = resolve_name(KINDS[metrics["kind"]].draw)(metrics)
        return {name: drawing.png(plot) for name, plot in plots.items()}


def write_report(
    folder: Path,
    metrics: Mapping[str, Any],
    pictures: Mapping[str, bytes],
    about: Mapping[str, str] | None = None,
) -> Path:
    """Write the report of one task: `index.html`, `metrics.json` and a PNG file per picture, all or nothing.

    Args:
        folder: an existing one is replaced as a whole.
        metrics: the report as a dictionary, from `choice.conclude`.
        pictures: name -> PNG, from `draw`.
        about: entries at the foot of the page: artifact, data hash, code version.

    Returns:
        the page.
    """
    kind = KINDS[metrics["kind"]]
    page = render(
        kind.template,
        title=metrics["title"],
        report=metrics,
        champion=metrics["candidates"][metrics["champion"]],
        multi=metrics["kind"] == "multi-label",
        verdict=findings.verdict(metrics),
        losses=resolve_name(kind.losses)(metrics),
        baseline=kind.baseline,
        columns={name: f"{label} loss" for name, label in LOSSES.items()} | METRICS,
        pictures=embedded(pictures),
        about=about or {},
    )
    with replacing_folder(folder) as temporary:
        (temporary / "index.html").write_text(page, "utf-8")
        write_json(temporary / "metrics.json", metrics)
        for name, png in pictures.items():
            (temporary / f"{name}.png").write_bytes(png)
    return folder / "index.html"


def write_overview(
    folder: Path, reports: Sequence[Mapping[str, Any]], *, links: Mapping[str, str] | None = None
) -> Path:
    """Write `index.html` and `summary.json` over all tasks.

    Args:
        folder: the folder that holds the reports as `<task>/index.html`; only the two files are replaced.
        reports: the `metrics.json` of each task.
        links: other pages: text -> path relative to the folder.

    Returns:
        the page.
    """
    main = findings.summary_rows(reports, only_main=True)
    rows = findings.summary_rows(reports)
    page = render(
        OVERVIEW,
        title="How good are the models?",
        champions=[row for row in main if row["champion"] and row["slice"] == "all"],
        rows=rows,
        titles={name: task.title for name, task in TASKS.items()},
        links=links or {},
        pictures={},
        about={},
    )
    write_json(folder / "summary.json", rows)
    with replacing(folder / "index.html") as temporary:
        temporary.write_text(page, "utf-8")
    return folder / "index.html"


def embedded(pictures: Mapping[str, bytes]) -> dict[str, str]:
    """PNG pictures as a page holds them: `pictures` of `render`."""
    return {name: f"data:image/png;base64,{base64.b64encode(png).decode()}" for name, png in pictures.items()}


def render(template: str, **values: Any) -> str:
    """A page from a template of this package, which needs `title`, `pictures` and `about` at least."""
    return _environment().get_template(template).render(names=findings.NAMES, **values)


def template_sources(template: str) -> dict[str, str]:
    """The source of a template, and of every other one that it extends, imports or includes, by name."""
    sources: dict[str, str] = {}
    waiting = [template]
    while waiting:
        name = waiting.pop()
        if name not in sources:
            sources[name] = _LOADER.get_source(_environment(), name)[0]
            waiting += filter(None, meta.find_referenced_templates(_environment().parse(sources[name])))
    return sources


@cache
def _environment() -> Environment:
    environment = Environment(loader=_LOADER, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters |= {
        "number": findings.number,
        "percent": findings.percent,
        "span": findings.span,
        "progress": findings.progress_sentence,
        "precision": findings.precision_sentence,
    }
    return environment
