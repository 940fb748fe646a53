"""Stage 5: the search file of the songs, and the bento of the present champions."""

import dagster as dg

from music_platform.defs.instance import latest_runs
from music_platform.defs.keys import BENTO, CATALOGUE, OVERVIEW, report_key, table_key
from music_platform.defs.policies import RETRY_DATA
from music_platform.defs.resources import HomeResource, WarehouseResource
from music_platform.tasks import TASKS


@dg.asset(
    key=CATALOGUE,
    group_name="serving",
    kinds={"sqlite"},
    deps=[table_key("catalogue"), table_key("tracks")],
    retry_policy=RETRY_DATA,
)
def catalogue(home: HomeResource, warehouse: WarehouseResource) -> dg.MaterializeResult:
    """The songs of the catalogue and the tracks in one search file that forgives typing errors.

    A run writes only the songs that are new or gone.
    """
    from music_platform.serving.catalogue.index import update

    updated = update(home.home.catalogue, warehouse.open)
    if updated is None:
        return dg.MaterializeResult(metadata={"not_built": "neither the catalogue nor the tracks hold a song"})
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
    key=BENTO,
    group_name="serving",
    kinds={"bentoml"},
    deps=[*map(report_key, TASKS), OVERVIEW, CATALOGUE],
)
def bento(context: dg.AssetExecutionContext, home: HomeResource, warehouse: WarehouseResource) -> dg.MaterializeResult:
    """The service with every task's champion, the tracks and the songs. `music-platform serve` starts it."""
    from music_platform.serving.release import release

    released = release(home.home, home.registry, warehouse.open, latest_runs(context.instance))
    if released is None:
        context.log.warning("No bento was built, because no task has a champion yet.")
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
