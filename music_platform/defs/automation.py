"""Jobs, and what starts them: sensors on the landing zone and on growth, the daily crawl, the weekly training."""

from collections.abc import Iterator
from datetime import UTC

import dagster as dg

from music_platform.defs.keys import SCRAPED, landed_key, study_key
from music_platform.defs.resources import HomeResource
from music_platform.schema import KINDS
from music_platform.tasks import STUDIES, TASKS

GROWTH = 1.05
"""A task trains again when its rows grew by this factor since its champion was trained."""

_CRAWL = dg.AssetSelection.assets(SCRAPED)

scrape = dg.define_asset_job("scrape", _CRAWL, description="Crawl today's pages into the landing zone.")
platform = dg.define_asset_job(
    "platform",
    dg.AssetSelection.all() - _CRAWL,
    description="Bring every table, model, report and the bento up to date.",
)
tune = dg.define_asset_job(
    "tune",
    dg.AssetSelection.assets(*(study_key(task, name) for task, name in STUDIES)),
    description="Search for hyperparameters of the candidates; the next training uses those that are clearly better.",
)


def _made_from(kind: str) -> dg.AssetSelection:
    landed = dg.AssetSelection.assets(landed_key(kind))
    return landed | (landed.downstream() & dg.AssetSelection.groups("features"))


refresh_jobs = [
    dg.define_asset_job(
        f"refresh_{kind}",
        _made_from(kind),
        description=f"Bring the tables that are made from landed {kind} up to date, without training.",
    )
    for kind in KINDS
]


def _is_taken(home: HomeResource, kind: str) -> bool:
    """Whether an earlier run, such as one from the command line, ingested all files of a kind."""
    from music_platform.ingestion.ingest import is_ingested

    return is_ingested(home.home, home.landing, KINDS[kind])


def _landing_sensor(kind: str) -> dg.SensorDefinition:
    @dg.sensor(
        name=f"landed_{kind}",
        job_name=f"refresh_{kind}",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Starts refresh_{kind} when files of landing/{kind} changed and nobody writes to them any more.",
    )
    def landed(context: dg.SensorEvaluationContext, home: HomeResource) -> dg.RunRequest | dg.SkipReason:
        snapshot = home.landing.snapshot(kind)
        if snapshot == (context.cursor or home.landing.snapshot_of_nothing):
            return dg.SkipReason(f"No file of landing/{kind} changed.")
        is_first = context.cursor is None
        context.update_cursor(snapshot)
        if is_first and _is_taken(home, kind):
            return dg.SkipReason(f"An earlier run ingested all files of landing/{kind}.")
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
    """Request one run for all tasks that grew; inside the run, unchanged assets do nothing."""
    from music_platform.models.growth import grown_tasks

    grown = grown_tasks(home.home, home.registry, TASKS.values(), GROWTH)
    if not grown:
        yield dg.SkipReason("No task has 5 % more rows than its champion was trained on.")
        return
    key = ",".join(f"{task}:{rows}" for task, rows in sorted(grown.items()))
    if key != context.cursor:
        context.update_cursor(key)
        yield dg.RunRequest()


@dg.schedule(job=scrape, cron_schedule="0 4 * * *", execution_timezone="UTC")
def daily_scrape(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Crawls each day at 04:00 UTC. It is off until a person switches it on in Dagster's UI."""
    day = context.scheduled_execution_time.astimezone(UTC).date().isoformat()
    return dg.RunRequest(run_key=day, partition_key=day)


weekly_training = dg.ScheduleDefinition(
    name="weekly_training",
    job=platform,
    cron_schedule="0 5 * * 1",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Trains on Mondays at 05:00 UTC the models whose data or code changed.",
)

defs = dg.Definitions(
    jobs=[scrape, platform, tune, *refresh_jobs],
    sensors=[*landing_sensors, training_rows_grew],
    schedules=[daily_scrape, weekly_training],
)
