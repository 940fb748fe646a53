"""Reports as folders of HTML, `metrics.json` and PNG figures: one per task, and an overview over all.

Pages ask nothing of the network: style and figures are inside them. What they say in words comes from
`findings`.
"""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from music_platform.evaluation import findings
from music_platform.evaluation.training_curves import LOSSES, METRICS
from music_platform.storage.files import replacing, replacing_folder, write_json

_PAGES = {"clusters": "clusters.html", "tagging": "tagging.html"}


def write_report(
    folder: Path,
    metrics: Mapping[str, Any],
    figures: Mapping[str, bytes],
    about: Mapping[str, str] | None = None,
) -> Path:
    """Write the report of one task: `index.html`, `metrics.json` and a PNG file per figure, all or nothing.

    Args:
        folder: where; replaced as a whole when it exists.
        metrics: result of `evaluate_text` or `evaluate_clusters`.
        figures: name -> PNG, from `figures.draw`.
        about: what the page names at its foot: artifact, data hash, code version.

    Returns:
        the page.
    """
    page = render(
        _PAGES.get(metrics["kind"], "text.html"),
        title=findings.TITLES.get(metrics["task"], metrics["task"]),
        report=metrics,
        champion=metrics["candidates"][metrics["champion"]],
        multi=metrics["kind"] == "multi-label",
        verdict=findings.verdict(metrics),
        losses=findings.losses(metrics),
        columns={name: f"{label} loss" for name, label in LOSSES.items()} | METRICS,
        ended=findings.ENDED,
        pictures=embedded(figures),
        about=about or {},
    )
    with replacing_folder(folder) as temporary:
        (temporary / "index.html").write_text(page, "utf-8")
        write_json(temporary / "metrics.json", metrics)
        for name, png in figures.items():
            (temporary / f"{name}.png").write_bytes(png)
    return folder / "index.html"


def write_overview(
    folder: Path,
    reports: Sequence[Mapping[str, Any]],
    *,
    links: Mapping[str, str] | None = None,
    about: Mapping[str, str] | None = None,
) -> Path:
    """Write `index.html` and `summary.json` over all tasks.

    Args:
        folder: the folder that holds the reports as `<task>/index.html`; only the two files are replaced.
        reports: results of `evaluate_text` and `evaluate_clusters`.
        links: other pages: text -> path relative to the folder.
        about: what the page names at its foot.

    Returns:
        the page.
    """
    main = findings.summary_rows(reports, only_main=True)
    rows = findings.summary_rows(reports)
    page = render(
        "overview.html",
        title="How good are the models?",
        champions=[row for row in main if row["champion"] and row["slice"] == "all"],
        rows=rows,
        titles=findings.TITLES,
        links=links or {},
        pictures={},
        about=about or {},
    )
    write_json(folder / "summary.json", rows)
    with replacing(folder / "index.html") as temporary:
        temporary.write_text(page, "utf-8")
    return folder / "index.html"


def embedded(figures: Mapping[str, bytes]) -> dict[str, str]:
    """PNG figures as a page holds them inside it: `pictures` of `render`."""
    return {name: f"data:image/png;base64,{base64.b64encode(png).decode()}" for name, png in figures.items()}


def render(template: str, **values: Any) -> str:
    """A page from a template of this package, which needs `title`, `pictures` and `about` at least."""
    loader = PackageLoader("music_platform.evaluation")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters |= {"number": findings.number, "span": findings.span}
    css = environment.get_template("style.css").render()
    return environment.get_template(template).render(css=css, names=findings.NAMES, **values)
