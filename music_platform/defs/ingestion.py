"""Stage 1: the daily crawl, and one table of typed rows per landing kind."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import dagster as dg

from music_platform.defs.keys import SCRAPED, landed_key
from music_platform.defs.policies import RETRY_DATA, describe_columns
from music_platform.defs.resources import HomeResource, SettingsResource, WarehouseResource
from music_platform.errors import InputError
from music_platform.schema import KINDS, Kind
from music_platform.settings import Settings

DAYS = dg.DailyPartitionsDefinition(start_date="2026-01-01", end_offset=1)


@dg.asset(
    key=SCRAPED,
    group_name="ingestion",
    kinds={"scrapy", "json"},
    partitions_def=DAYS,
    retry_policy=RETRY_DATA,
)
def scraped_lyrics(
    context: dg.AssetExecutionContext,
    home: HomeResource,
    settings: SettingsResource,
    pipes: dg.PipesSubprocessClient,
) -> dg.MaterializeResult:
    """Lyrics crawled today from Letras and Vagalume, landed as files; by default from the built-in sample site.

    A partition is a day of extraction; only today's can be crawled. The crawl is a process of its own, resumes a
    killed one, and never requests a page twice that its ledger knows. The settings `live`, `styles`, `artists`,
    `limit_per_style` and `contact` configure a crawl of the real sites.
    """
    from music_platform.ingestion.crawl import command
    from music_platform.ingestion.plan import plan_of

    today = datetime.now(UTC).date().isoformat()
    if context.partition_key != today:
        raise dg.Failure(
            f"partition {context.partition_key}: pages can only be crawled on their day; choose {today}",
            allow_retries=False,
        )
    chosen = settings.read()
    with _sample_site(chosen) as sites:
        try:
            plan = plan_of(chosen, sites)
            home.landing.keep_apart(sample=plan.is_sample)
        except InputError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        run = pipes.run(context=context, command=command(home.home, plan), env=home.home.environment())
    return run.get_materialize_result()


@contextmanager
def _sample_site(settings: Settings) -> Iterator[dict[str, str] | None]:
    """Serve the sample's two sites and yield their addresses; None for a live crawl."""
    if settings.live:
        yield None
        return
    from music_platform.sample.site import serve_site

    with serve_site(settings.sample_size) as site:
        yield {"letras": site.letras_url, "vagalume": site.vagalume_url}


def _kind_asset(kind: Kind) -> dg.AssetsDefinition:
    @dg.asset(
        key=landed_key(kind.name),
        group_name="ingestion",
        kinds={"duckdb"},
        description=f"Rows of all landed {kind.name} files, typed, with the file and row each came from.",
        deps=[SCRAPED] if kind.name == "lyrics" else [],
        metadata=describe_columns(kind.columns),
        check_specs=[
            dg.AssetCheckSpec(
                "files_readable",
                asset=landed_key(kind.name),
                description="Every landed file can be read.",
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
            context.log.info("unchanged: no file is new and none is gone")
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
                "unread_values": dict(done.unread),
                "changed": done.changed,
            },
        )

    return ingest_kind


tables = [_kind_asset(kind) for kind in KINDS.values()]
