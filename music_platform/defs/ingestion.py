"""Stage 1: the daily crawl, and one table of typed rows per landing kind."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from music_platform.defs.policies import RETRY_DATA, describe_columns
from music_platform.defs.resources import HomeResource, WarehouseResource
from music_platform.schema import KINDS, Kind

DAYS = dg.DailyPartitionsDefinition(start_date="2026-01-01", end_offset=1)


def _kind_asset(kind: Kind) -> dg.AssetsDefinition:
    @dg.asset(
        name=kind.name,
        key_prefix="ingestion",
        group_name="ingestion",
        kinds={"duckdb"},
        description=f"Rows of all landed {kind.name} files, typed, with the file and row each came from.",
        deps=[dg.AssetKey(["ingestion", "scraped_lyrics"])] if kind.name == "lyrics" else [],
        metadata=describe_columns(kind.columns),
        check_specs=[
            dg.AssetCheckSpec(
                "files_readable", asset=["ingestion", kind.name], description="Every landed file could be read."
            )
        ],
        retry_policy=RETRY_DATA,
    )
    def ingest_kind(
        context: dg.AssetExecutionContext, home: HomeResource, warehouse: WarehouseResource
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        from music_platform.ingestion.ingest import ingest

        done = ingest(warehouse.open, home.landing, kind, context.log.info)
        if not done.changed:
            context.log.info("unchanged: no new files")
        for reason in done.refused.values():
            context.log.error(reason)
        yield dg.AssetCheckResult(
            passed=not done.refused, check_name="files_readable", metadata={"refused": dict(done.refused)}
        )
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(done.made.data_version),
            metadata={
                "dagster/row_count": done.made.rows,
                "files": len(done.made.detail["files"]),
                "new_files": list(done.new_files),
                "changed": done.changed,
            },
        )

    return ingest_kind


tables = [_kind_asset(kind) for kind in KINDS.values()]
