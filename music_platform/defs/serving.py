"""Stage 5: the songs that can be found, and the bento of the present champions."""

import dagster as dg

from music_platform.defs.policies import RETRY_DATA
from music_platform.defs.resources import HomeResource, WarehouseResource
from music_platform.defs.run import latest_runs
from music_platform.tasks import TASKS


@dg.asset(
    key_prefix="serving",
    group_name="serving",
    kinds={"sqlite"},
    deps=[dg.AssetKey(["features", table]) for table in ("catalogue", "tracks")],
    retry_policy=RETRY_DATA,
)
def catalogue(home: HomeResource, warehouse: WarehouseResource) -> dg.MaterializeResult:
    """Every song of the catalogue and the tracks in a search file that forgives slips; only what is new is written."""
    from music_platform.serving.catalogue.index import update

    updated = update(home.home.catalogue, warehouse.open)
    if updated is None:
        return dg.MaterializeResult(metadata={"not_built": "neither the catalogue nor the tracks have a song"})
    built, version = updated
    return dg.MaterializeResult(
        data_version=dg.DataVersion(version),
        metadata={
            "dagster/row_count": built.rows,
            "bytes": built.bytes,
            "new_rows": built.added,
            "removed_rows": built.removed,
            "path": dg.MetadataValue.path(home.home.catalogue),
            "changed": built.changed,
        },
    )


@dg.asset(
    key_prefix="serving",
    group_name="serving",
    kinds={"bentoml"},
    deps=[
        *(dg.AssetKey(["evaluation", name]) for name in (*TASKS, "overview")),
        dg.AssetKey(["serving", "catalogue"]),
    ],
)
def bento(context: dg.AssetExecutionContext, home: HomeResource, warehouse: WarehouseResource) -> dg.MaterializeResult:
    """The service: every task's champion, tracks to recommend, songs to find. `music-platform serve` starts it."""
    from music_platform.serving.release import release

    released = release(home.home, home.registry, warehouse.open, latest_runs(context.instance))
    if released is None:
        context.log.warning("no bento: no task has a champion yet")
        return dg.MaterializeResult(metadata={"not_built": "no task has a champion yet"})
    return dg.MaterializeResult(
        data_version=dg.DataVersion(released.bento.name),
        metadata={
            "bento": f"music:{released.bento.name}",
            "figure": f"music:{released.bento.name}",
            "path": dg.MetadataValue.path(released.bento),
            "champions": released.champions,
            "changed": released.changed,
        },
    )
