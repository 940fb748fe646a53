"""When things run: jobs, sensors on the landing zone, the daily crawl, the weekly training, training on growth."""

from collections.abc import Iterator
from datetime import UTC

import dagster as dg

from music_platform.defs.resources import HomeResource
from music_platform.models.candidates import STUDIES
from music_platform.schema import KINDS
from music_platform.tasks import TASKS

SCRAPED = dg.AssetSelection.assets(dg.AssetKey(["ingestion", "scraped_lyrics"]))
GROWTH = 1.05
"""A task trains again when its rows grew by this factor since its champion was trained."""

TUNING = dg.AssetSelection.assets(*(dg.AssetKey(["models", f"{task}_{name}_study"]) for task, name in STUDIES))

scrape = dg.define_asset_job("scrape", SCRAPED, description="Crawl today's pages into the landing zone.")
platform = dg.define_asset_job(
    "platform",
    dg.AssetSelection.all() - SCRAPED,
    description="Bring every table, model, report and the bento up to date.",
)

tune = dg.define_asset_job(
    "tune", TUNING, description="Search for settings of candidates; the next training uses them."
)


def _made_from(kind: str) -> dg.AssetSelection:
    landed = dg.AssetSelection.assets(dg.AssetKey(["ingestion", kind]))
    return landed | (landed.downstream() & dg.AssetSelection.groups("features"))


refresh_jobs = [
    dg.define_asset_job(
        f"refresh_{kind}",
        _made_from(kind),
        description=f"Bring the tables made from landed {kind} up to date. Trains nothing.",
    )
    for kind in KINDS
]


def _is_taken(home: HomeResource, kind: str) -> bool:
    """Asked at the first tick only: what a run from the command line took is not run again."""
    from music_platform.ingestion.ingest import is_ingested

    return is_ingested(home.home, home.landing, KINDS[kind])


def _landing_sensor(kind: str) -> dg.SensorDefinition:
    @dg.sensor(
        name=f"landed_{kind}",
        job_name=f"refresh_{kind}",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Starts refresh_{kind} when files of landing/{kind} changed and stand still.",
    )
    def landed(context: dg.SensorEvaluationContext, home: HomeResource) -> dg.RunRequest | dg.SkipReason:
        snapshot = home.landing.snapshot(kind)
        if snapshot == (context.cursor or home.landing.snapshot_of_nothing):
            return dg.SkipReason("nothing new is landed")
        is_first = context.cursor is None
        context.update_cursor(snapshot)
        if is_first and _is_taken(home, kind):
            return dg.SkipReason("what is landed was taken by an earlier run")
        return dg.RunRequest()

    return landed


landing_sensors = [_landing_sensor(kind) for kind in KINDS]


@dg.sensor(
    job=platform,
    minimum_interval_seconds=300,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts training when the rows of a task grew by 5 % since its champion was trained.",
)
def training_rows_grew(
    context: dg.SensorEvaluationContext, home: HomeResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One request for all tasks that grew: what did not change is skipped inside the run."""
    from music_platform.models.growth import grown_tasks

    grown = grown_tasks(home.home, home.registry, TASKS, GROWTH)
    if not grown:
        yield dg.SkipReason("no task's rows grew by 5 %")
        return
    key = ",".join(f"{task}:{rows}" for task, rows in sorted(grown.items()))
    if key != context.cursor:
        context.update_cursor(key)
        yield dg.RunRequest()


@dg.schedule(job=scrape, cron_schedule="0 4 * * *", execution_timezone="UTC")
def daily_scrape(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Crawls each day at 04:00 UTC; off until switched on, since a live crawl must be asked for."""
    day = context.scheduled_execution_time.astimezone(UTC).date().isoformat()
    return dg.RunRequest(run_key=day, partition_key=day)


weekly_training = dg.ScheduleDefinition(
    name="weekly_training",
    job=platform,
    cron_schedule="0 5 * * 1",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Trains on Mondays at 05:00 UTC what changed since the last training.",
)

defs = dg.Definitions(
    jobs=[scrape, platform, tune, *refresh_jobs],
    sensors=[*landing_sensors, training_rows_grew],
    schedules=[daily_scrape, weekly_training],
)
