"""Stage 2: validated tables in DuckDB, one asset per table of `tables.TABLES`, each with its blocking check.

A table enters the warehouse only when it keeps its promises: rows that break a rule go to quarantine with the reason,
the expectations are checked on the other rows, and a table that fails them never replaces the one before it. Put a new
table into `tables.py`, and where it comes from into `SOURCES`.
"""

from collections.abc import Iterator
from importlib import import_module

import dagster as dg

from music_platform.defs.keys import landed_key, table_key
from music_platform.defs.policies import RETRY_DATA, describe_columns
from music_platform.defs.resources import HomeResource, WarehouseResource
from music_platform.tables import TABLES, Table

SOURCES: dict[str, tuple[str, tuple[dg.AssetKey, ...]]] = {
    "song_sources": ("songs", (landed_key("lyrics"),)),
    "songs": ("songs", (table_key("song_sources"),)),
    "genre_trend": ("songs", (table_key("song_sources"),)),
    "unknown_genres": ("songs", (table_key("song_sources"),)),
    "corrections": ("corrections", (landed_key("corrections"), landed_key("decisions"), table_key("songs"))),
    "tracks": ("tracks", (landed_key("tracks"),)),
    "utterances": ("utterances", (landed_key("utterances"), table_key("catalogue"))),
    "articles": ("articles", (landed_key("articles"),)),
    "catalogue": ("catalogue", (landed_key("catalogue"),)),
}
"""Table -> the module of `music_platform.features` whose function of the table's name makes it, and its inputs."""


def _table_asset(table: Table, module: str, sources: tuple[dg.AssetKey, ...]) -> dg.AssetsDefinition:
    @dg.asset(
        key=table_key(table.name),
        group_name="features",
        kinds={"duckdb", "greatexpectations"},
        description=table.meaning,
        deps=sources,
        metadata=describe_columns(table.columns),
        check_specs=[
            dg.AssetCheckSpec(
                "expectations",
                asset=table_key(table.name),
                blocking=True,
                description="Great Expectations checks the promises of tables.py on the rows outside quarantine.",
            )
        ],
        retry_policy=RETRY_DATA,
    )
    def build_table(
        context: dg.AssetExecutionContext, home: HomeResource, warehouse: WarehouseResource
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        from music_platform.features.build import ValidationFailed, build

        transform = getattr(import_module(f"music_platform.features.{module}"), table.name)
        reports = home.home.reports
        page = dg.MetadataValue.path(reports / "validation" / f"{table.name}.html")
        try:
            built = build(
                warehouse.open,
                table,
                transform,
                tuple(".".join(source.path) for source in sources),
                reports,
                warehouse.spark_session,
            )
        except ValidationFailed as failed:
            broken = "; ".join(failed.validation.failures())
            yield dg.AssetCheckResult(
                passed=False, check_name="expectations", metadata={"page": page, "broken": broken}
            )
            raise dg.Failure(str(failed), allow_retries=False) from None
        if not built.changed:
            context.log.info("unchanged: made from the same rows by the same code")
        yield dg.AssetCheckResult(
            passed=True,
            check_name="expectations",
            metadata={"page": page, "expectations": len(built.validation.expectations)},
        )
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(built.made.data_version),
            metadata={
                "dagster/row_count": built.made.rows,
                **built.made.detail,
                "changed": built.changed,
                "validation": page,
            },
        )

    return build_table


tables = [_table_asset(TABLES[name], module, sources) for name, (module, sources) in SOURCES.items()]
