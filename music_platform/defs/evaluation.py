"""Stage 4: one report per task, which also decides its champion, and the overview over all."""

from typing import TYPE_CHECKING, Any

import dagster as dg

from music_platform.defs.pictures import picture
from music_platform.defs.resources import HomeResource, WarehouseResource
from music_platform.schema import LEARNED_FROM
from music_platform.tasks import CANDIDATES, TASKS

if TYPE_CHECKING:
    from music_platform.evaluation.assess import Assessed

MAIN_PICTURES = ("classes", "map")


def _report_asset(task: str) -> dg.AssetsDefinition:
    @dg.asset(
        name=task,
        key_prefix="evaluation",
        group_name="evaluation",
        kinds={"matplotlib"},
        deps=[dg.AssetKey(["models", f"{task}_{candidate}"]) for candidate in CANDIDATES[task]],
        description=f"Report on the candidates for {task}: out-of-fold figures with intervals and baselines, "
        "and the champion.",
    )
    def report(
        context: dg.AssetExecutionContext, home: HomeResource, warehouse: WarehouseResource
    ) -> dg.MaterializeResult:
        from music_platform.evaluation.assess import assess_slots, assess_text
        from music_platform.models.rows import TASKS as TEXT_TASKS

        if task in TEXT_TASKS:
            assessed = assess_text(home.registry, TEXT_TASKS[task], CANDIDATES[task], home.home.reports)
        else:
            assessed = assess_slots(home.registry, CANDIDATES[task], home.home.reports)
        return _result(context, task, assessed)

    return report


@dg.asset(
    key_prefix="evaluation",
    group_name="evaluation",
    kinds={"matplotlib"},
    deps=[dg.AssetKey(["models", "clusters_kmeans"]), dg.AssetKey(["features", "tracks"])],
)
def clusters(
    context: dg.AssetExecutionContext, home: HomeResource, warehouse: WarehouseResource
) -> dg.MaterializeResult:
    """Report on the clusters: sizes, profiles, silhouette, ablation, stability, and what neighbours share."""
    from music_platform.evaluation.assess import assess_clusters

    query = "SELECT * FROM features.tracks ORDER BY track_id"
    made = warehouse.open.made("features.tracks")
    assessed = assess_clusters(
        home.registry, lambda: warehouse.open.arrow(query), home.home.reports, made.data_version if made else ""
    )
    return _result(context, "clusters", assessed)


@dg.asset(
    key_prefix="evaluation",
    group_name="evaluation",
    kinds={"matplotlib"},
    deps=[dg.AssetKey(["evaluation", task]) for task in TASKS],
)
def overview(home: HomeResource, warehouse: WarehouseResource) -> dg.MaterializeResult:
    """Every task's champion with its figure, interval and baseline, and where the reports lie."""
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


def _result(context: dg.AssetExecutionContext, task: str, assessed: "Assessed | None") -> dg.MaterializeResult:
    if assessed is None:
        context.log.warning(f"{task}: no report, nothing was trained")
        return dg.MaterializeResult(metadata={"not_reported": "nothing was trained"})
    metrics = assessed.metrics
    champion = metrics["candidates"][metrics["champion"]]
    main = champion["figures"][metrics["main"]]
    metadata: dict[str, Any] = {
        name: round(figure["value"], 4) for name, figure in champion["figures"].items() if figure["value"] is not None
    }
    # A report that did not change has all its figures in an earlier event.
    shown = [path for path in sorted(assessed.folder.glob("*.png")) if assessed.changed or path.stem in MAIN_PICTURES]
    pictures = {path.stem: picture(path.stem, path.read_bytes()) for path in shown}
    low_high = "" if main.get("low") is None else f" ({main['low']:.3f} to {main['high']:.3f})"
    figure = "" if main["value"] is None else f"{metrics['champion']}: {metrics['main']} {main['value']:.3f}{low_high}"
    return dg.MaterializeResult(
        data_version=dg.DataVersion(metrics["fingerprint"]),
        metadata={
            "figure": figure,
            "champion": metrics["champion"],
            "dagster/row_count": champion["rows"],
            "changed": assessed.changed,
            "page": dg.MetadataValue.path(assessed.folder / "index.html"),
            **metadata,
            **pictures,
        },
    )


reports = [_report_asset(task) for task in LEARNED_FROM]
