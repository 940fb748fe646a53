"""Stage 2: validated tables in DuckDB, one asset per table of `tables.TABLES`, each with its blocking check.

A table enters the warehouse only when it keeps its promises: rows that break a rule go to quarantine with the reason,
the expectations run on what is left, and a table that fails them never replaces the one before it.
"""

from collections.abc import Iterator
from importlib import import_module

import dagster as dg

from music_platform.defs.policies import RETRY_DATA, describe_columns
from music_platform.defs.resources import HomeResource, WarehouseResource
from music_platform.tables import TABLES, Table

SOURCES = {
    "song_sources": ("songs", "ingestion/lyrics"),
    "songs": ("songs", "features/song_sources"),
    "genre_trend": ("songs", "features/song_sources"),
    "unknown_genres": ("songs", "features/song_sources"),
    "corrections": ("corrections", "ingestion/corrections", "ingestion/decisions", "features/songs"),
    "tracks": ("tracks", "ingestion/tracks"),
    "utterances": ("utterances", "ingestion/utterances", "features/catalogue"),
    "articles": ("articles", "ingestion/articles"),
    "catalogue": ("catalogue", "ingestion/catalogue"),
}
"""Table -> the module of `music_platform.features` whose function of the table's name makes it, and its inputs."""


def _table_asset(table: Table, module: str, sources: tuple[str, ...]) -> dg.AssetsDefinition:
    @dg.asset(
        name=table.name,
        key_prefix="features",
        group_name="features",
        kinds={"duckdb", "greatexpectations"},
        description=table.meaning,
        deps=[dg.AssetKey(source.split("/")) for source in sources],
        metadata=describe_columns(table.columns),
        check_specs=[
            dg.AssetCheckSpec(
                "expectations",
                asset=["features", table.name],
                blocking=True,
                description="The promises of schema.py, by Great Expectations, on what is left after quarantine.",
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
                tuple(source.replace("/", ".") for source in sources),
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


tables = [_table_asset(TABLES[name], module, tuple(sources)) for name, (module, *sources) in SOURCES.items()]
