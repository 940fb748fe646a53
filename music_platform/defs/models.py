"""Stage 3: one asset per task and candidate. An artifact is trained when its rows, code or settings changed."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dagster as dg

from music_platform.defs.pictures import picture
from music_platform.defs.policies import RETRY_TRAINING
from music_platform.defs.resources import HomeResource, WarehouseResource
from music_platform.models.candidates import CANDIDATES, MINUTES, SHARES, STUDIES, Request, train
from music_platform.models.tuning.tuned import Tuned
from music_platform.schema import CORRECTED_BY, LEARNED_FROM, LOOKED_UP
from music_platform.settings import Settings
from music_platform.tasks import CANDIDATES as TASK_CANDIDATES

if TYPE_CHECKING:
    import pyarrow as pa

    from music_platform.models.encoders.callbacks import TrainerCallback
    from music_platform.storage.registry import Artifact
    from music_platform.storage.warehouse import Warehouse

_NO_BUDGET = {"not_trained": "no training budget"}

_SHOWN = ("loss_function", "all_metrics_evolution")
"""Pictures of a training that its asset shows; MLflow has all."""

_WHAT = {
    "genre": "genres of a song from its lyrics, several at once, each label only in the languages it was annotated in",
    "genre_pt": "the one genre of a Portuguese song from its lyrics",
    "intent": "what a person wants from the playlist assistant",
    "slots": "the songs, artists and playlists that a person names",
    "topic": "the topic of a news article",
}


def _candidate_asset(task: str, name: str) -> dg.AssetsDefinition:
    candidate, table, names = CANDIDATES[name], LEARNED_FROM[task], LOOKED_UP.get(task)
    share = SHARES.get((task, name), 0.0)
    parts = [*candidate.of, *([f"{name}_study"] if (task, name) in STUDIES else [])]

    @dg.asset(
        name=f"{task}_{name}",
        key_prefix="models",
        group_name="models",
        kinds=set(candidate.kinds),
        deps=[
            *(dg.AssetKey(["features", read]) for read in (table, names, CORRECTED_BY.get(task)) if read),
            *(dg.AssetKey(["models", f"{task}_{part}"]) for part in parts),
        ],
        description=f"{candidate.what}: {_WHAT[task]}.",
        retry_policy=RETRY_TRAINING,
    )
    def make(
        context: dg.AssetExecutionContext, home: HomeResource, warehouse: WarehouseResource
    ) -> dg.MaterializeResult:
        settings = Settings.read()
        if candidate.setting and not getattr(settings, candidate.setting):
            home.registry.clear_current(task, name)
            return dg.MaterializeResult(
                metadata={"not_trained": f"MUSIC_PLATFORM_{candidate.setting.upper()} is not set"}
            )
        minutes = MINUTES[home.landing.holds_sample] if settings.budget is None else settings.budget
        seconds = minutes * 60 * share
        if share and not seconds and not home.registry.has(task, name):  # torch takes seconds to import
            return dg.MaterializeResult(metadata=_NO_BUDGET)
        rows, looked_up = (
            warehouse.open.arrow(f"SELECT * FROM features.{read}") if read else None  # noqa: S608 - of the schema
            for read in (table, names)
        )
        if task in CORRECTED_BY:
            rows = _corrected(warehouse.open, task, rows, settings.correction_weight)
        request = Request(
            home.registry,
            task,
            rows,
            seconds,
            home.home.checkpoints,
            context.log.info,
            tuned=Tuned.load(home.home.tuned, task, name),
            names=looked_up,
        )
        return _tracked(context, home, task, name, lambda told: train(name, replace(request, callbacks=(told,))))

    return make


def _corrected(warehouse: "Warehouse", task: str, rows: "pa.Table", weight: int) -> "pa.Table":
    from music_platform.models.corrected import corrected

    accepted = "SELECT * FROM features.corrections WHERE status = 'accepted' AND task = ?"
    return corrected(rows, warehouse.arrow(accepted, [task]), weight)


def _tracked(
    context: dg.AssetExecutionContext,
    home: HomeResource,
    task: str,
    candidate: str,
    make: "Callable[[TrainerCallback], tuple[Artifact, bool] | None]",
) -> dg.MaterializeResult:
    """Make a candidate; one that had to be trained is a run in MLflow."""
    from music_platform.errors import InputError
    from music_platform.models.tracking import Tracking

    pictures: dict[str, bytes] = {}
    try:
        with Tracking(home.home.mlflow, task, candidate, context.log.warning) as tracking:
            made = make(tracking)
            if made and made[1]:
                from music_platform.evaluation.training_runs import describe

                figures, pictures = describe(made[0])
                tracking.record(made[0], figures, pictures)
    except InputError as error:
        return _not_trained(context, home, task, candidate, str(error))
    if made is None:
        home.registry.clear_current(task, candidate)
        return dg.MaterializeResult(metadata=_NO_BUDGET)
    return _result(made[0].manifest, made[1], pictures)


def _not_trained(
    context: dg.AssetExecutionContext, home: HomeResource, task: str, candidate: str, why: str
) -> dg.MaterializeResult:
    """Too little data is no failure: other tasks go on, and a champion of earlier data stays."""
    context.log.warning(f"{task}/{candidate}: not trained, {why}")
    home.registry.clear_current(task, candidate)
    return dg.MaterializeResult(metadata={"not_trained": why})


def _result(manifest: dict, trained: bool, pictures: dict[str, bytes]) -> dg.MaterializeResult:
    """What Dagster shows of an artifact; the pictures of one that is known are in the event of its training."""
    figures = {name: round(value, 4) for name, value in manifest["metrics"].items()}
    return dg.MaterializeResult(
        data_version=dg.DataVersion(manifest["version"]),
        metadata={
            "dagster/row_count": manifest["rows"],
            "artifact": manifest["version"],
            "figure": ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
            or f"k = {manifest['config']['k']}",
            "changed": trained,
            **figures,
            "config": dg.MetadataValue.json(manifest["config"]),
            "labels": manifest["labels"],
            **_epochs(manifest),
            **{name: picture(name, pictures[name]) for name in _SHOWN if name in pictures},
        },
    )


def _epochs(manifest: dict) -> dict[str, Any]:
    """The table of the epochs, of a candidate that has some, and what ended them."""
    if not manifest.get("history"):
        return {}
    records = [dg.TableRecord({k: round(v, 4) for k, v in epoch.items()}) for epoch in manifest["history"]]
    told = {name: manifest[name] for name in ("best_epoch", "stopped", "seconds")}
    return {"epochs": dg.MetadataValue.table(records), **told}


@dg.asset(
    key_prefix="models",
    group_name="models",
    kinds={"scikitlearn"},
    deps=[dg.AssetKey(["features", "tracks"])],
    retry_policy=RETRY_TRAINING,
)
def clusters_kmeans(
    context: dg.AssetExecutionContext, home: HomeResource, warehouse: WarehouseResource
) -> dg.MaterializeResult:
    """K-Means on danceability, speechiness, instrumentalness, valence and tempo, each scaled to unit variance."""
    from music_platform.models.linear_training import train_clusters

    rows, k = warehouse.open.arrow("SELECT * FROM features.tracks ORDER BY track_id"), Settings.read().clusters
    return _tracked(
        context, home, "clusters", "kmeans", lambda _: train_clusters(home.registry, rows, k, context.log.info)
    )


text_models = [_candidate_asset(task, name) for task, names in TASK_CANDIDATES.items() for name in names]
