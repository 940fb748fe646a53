"""Stage 5: the bento of the present champions."""

import dagster as dg

from music_platform.defs.resources import HomeResource, WarehouseResource
from music_platform.schema import TASKS


@dg.asset(
    key_prefix="serving",
    group_name="serving",
    kinds={"bentoml"},
    deps=[dg.AssetKey(["evaluation", task]) for task in TASKS],
)
def bento(context: dg.AssetExecutionContext, home: HomeResource, warehouse: WarehouseResource) -> dg.MaterializeResult:
    """The service with the champion of every task and the tracks it recommends: `music-platform serve` starts it."""
    from music_platform.serving.release import release

    released = release(home.home, home.registry, warehouse.open)
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
