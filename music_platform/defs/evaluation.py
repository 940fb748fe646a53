"""Stage 4: one report per task, which also decides its champion, and the overview over all."""

from typing import TYPE_CHECKING, Any

import dagster as dg

from music_platform.declarations import Task
from music_platform.defs.keys import OVERVIEW, model_key, report_key, table_key
from music_platform.defs.pictures import picture
from music_platform.defs.resources import HomeResource, WarehouseResource
from music_platform.evaluation.kinds import KINDS
from music_platform.tasks import CANDIDATES, TASKS

if TYPE_CHECKING:
    import pyarrow as pa

    from music_platform.evaluation.assess import Assessed
    from music_platform.storage.warehouse import Warehouse

MAIN_PICTURES = ("classes", "map")
"""The pictures that an asset shows in every run; it shows the others where its report changed."""
_NO_REPORT = "no candidate that could be champion was trained"


def _report_asset(task: Task) -> dg.AssetsDefinition:
    read = [table_key(task.table)] if KINDS[task.kind].reads_table else []

    @dg.asset(
        key=report_key(task.name),
        group_name="evaluation",
        kinds={"matplotlib"},
        deps=[*(model_key(task.name, candidate) for candidate in task.candidates), *read],
        description=f"The report on the candidates for {task.name}, with figures, their intervals and baselines. "
        "It decides which of them is champion.",
    )
    def report(
        context: dg.AssetExecutionContext, home: HomeResource, warehouse: WarehouseResource
    ) -> dg.MaterializeResult:
        from music_platform.evaluation.assess import assess

        made = warehouse.open.made(f"features.{task.table}")
        assessed = assess(
            home.registry,
            task,
            home.home.reports,
            lambda: _rows(warehouse.open, task),
            made.data_version if made else "",
        )
        if assessed is None:
            context.log.warning(f"{task.name}: there is no report, because {_NO_REPORT}")
            return dg.MaterializeResult(metadata={"not_reported": _NO_REPORT})
        for name, reason in assessed.metrics["unserved"].items():
            if CANDIDATES[name].is_served:
                context.log.warning(f"{task.name}/{name} can't be champion: {reason}")
        return _result(assessed)

    return report


def _rows(warehouse: "Warehouse", task: Task) -> "pa.Table":
    return warehouse.arrow(f"SELECT * FROM features.{task.table} ORDER BY {task.id}")  # noqa: S608 - declared names


@dg.asset(
    key=OVERVIEW,
    group_name="evaluation",
    kinds={"matplotlib"},
    deps=[report_key(task) for task in TASKS],
)
def overview(home: HomeResource, warehouse: WarehouseResource) -> dg.MaterializeResult:
    """The page over all tasks: each champion with its figure, interval and baseline, and links to the reports."""
    from music_platform.evaluation import assess
    from music_platform.evaluation.findings import markdown_table, summary_rows

    shown, changed = assess.overview(home.home.reports)
    table = markdown_table(summary_rows(shown, only_main=True))
    return dg.MaterializeResult(
        metadata={
            "table": dg.MetadataValue.md(table),
            "page": dg.MetadataValue.path(home.home.reports / "index.html"),
            "changed": changed,
        }
    )


def _result(assessed: "Assessed") -> dg.MaterializeResult:
    metrics = assessed.metrics
    champion = metrics["candidates"][metrics["champion"]]
    main = champion["figures"][metrics["main"]]
    figures = {name: round(x["value"], 4) for name, x in champion["figures"].items() if x["value"] is not None}
    # Dagster already has all pictures of an unchanged report in an earlier event.
    shown = [path for path in sorted(assessed.folder.glob("*.png")) if assessed.changed or path.stem in MAIN_PICTURES]
    low_high = "" if main["low"] is None else f" ({main['low']:.3f} to {main['high']:.3f})"
    figure = "" if main["value"] is None else f"{metrics['champion']}: {metrics['main']} {main['value']:.3f}{low_high}"
    metadata: dict[str, Any] = {
        "figure": figure,
        "champion": metrics["champion"],
        "dagster/row_count": champion["rows"],
        "changed": assessed.changed,
        "page": dg.MetadataValue.path(assessed.folder / "index.html"),
        **{f"unserved_{name}": reason for name, reason in metrics["unserved"].items()},
        **figures,
        **{path.stem: picture(path.stem, path.read_bytes()) for path in shown},
    }
    return dg.MaterializeResult(data_version=dg.DataVersion(metrics["fingerprint"]), metadata=metadata)


reports = [_report_asset(task) for task in TASKS.values()]
