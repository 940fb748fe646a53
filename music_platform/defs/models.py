"""Stage 3: one asset per task and candidate. An artifact is trained when its rows, code or settings changed."""

import dagster as dg

from music_platform.defs.policies import RETRY_TRAINING
from music_platform.defs.resources import HomeResource, WarehouseResource
from music_platform.settings import Settings

TABLE_OF = {"genre": "songs", "genre_pt": "songs", "intent": "utterances", "topic": "articles"}
"""Text task -> the table it learns from."""

_NO_BUDGET = {"not_trained": "no training budget"}

_WHAT = {
    "genre": "genres of a song from its lyrics, several at once, each label only in the languages it was annotated in",
    "genre_pt": "the one genre of a Portuguese song from its lyrics",
    "intent": "what a person wants from the playlist assistant",
    "topic": "the topic of a news article",
}


def _linear_asset(task: str, table: str) -> dg.AssetsDefinition:
    @dg.asset(
        name=f"{task}_linear",
        key_prefix="models",
        group_name="models",
        kinds={"scikitlearn"},
        deps=[dg.AssetKey(["features", table])],
        description=f"TF-IDF and logistic regression: {_WHAT[task]}.",
        retry_policy=RETRY_TRAINING,
    )
    def train(
        context: dg.AssetExecutionContext, home: HomeResource, warehouse: WarehouseResource
    ) -> dg.MaterializeResult:
        from music_platform.errors import InputError
        from music_platform.models.tasks import TASKS
        from music_platform.models.training import train_text

        rows = warehouse.open.arrow(f"SELECT * FROM features.{table}")  # noqa: S608 - a name from this file
        try:
            artifact, trained = train_text(home.registry, TASKS[task], rows, context.log.info)
        except InputError as error:
            return _not_trained(context, home, task, "linear", str(error))
        return _result(artifact.manifest, trained)

    return train


def _encoder_asset(task: str, table: str) -> dg.AssetsDefinition:
    @dg.asset(
        name=f"{task}_encoder",
        key_prefix="models",
        group_name="models",
        kinds={"torch"},
        deps=[dg.AssetKey(["features", table])],
        description=f"A fine-tuned encoder, if the budget has minutes for it: {_WHAT[task]}.",
        retry_policy=RETRY_TRAINING,
    )
    def train(
        context: dg.AssetExecutionContext, home: HomeResource, warehouse: WarehouseResource
    ) -> dg.MaterializeResult:
        from music_platform.errors import InputError

        seconds = Settings.read().budget * 60 / len(TABLE_OF)
        if not seconds and not home.registry.has(task, "encoder"):  # torch takes seconds to import
            return dg.MaterializeResult(metadata=_NO_BUDGET)
        from music_platform.models.encoder_training import train_encoder
        from music_platform.models.tasks import TASKS

        rows = warehouse.open.arrow(f"SELECT * FROM features.{table}")  # noqa: S608 - a name from this file
        checkpoints = home.home.checkpoints
        try:
            made = train_encoder(home.registry, TASKS[task], rows, seconds, checkpoints, context.log.info)
        except InputError as error:
            return _not_trained(context, home, task, "encoder", str(error))
        if made is None:
            home.registry.clear_current(task, "encoder")
            return dg.MaterializeResult(metadata=_NO_BUDGET)
        return _result(made[0].manifest, made[1])

    return train


def _not_trained(
    context: dg.AssetExecutionContext, home: HomeResource, task: str, candidate: str, why: str
) -> dg.MaterializeResult:
    """Too little data is no failure: other tasks go on, and a champion of earlier data stays."""
    what = f"{task}/{candidate}" if candidate == "encoder" else task
    context.log.warning(f"{what}: not trained, {why}")
    home.registry.clear_current(task, candidate)
    return dg.MaterializeResult(metadata={"not_trained": why})


def _result(manifest: dict, trained: bool) -> dg.MaterializeResult:
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
        },
    )


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
    from music_platform.errors import InputError
    from music_platform.models.training import train_clusters

    rows = warehouse.open.arrow("SELECT * FROM features.tracks ORDER BY track_id")
    try:
        artifact, trained = train_clusters(home.registry, rows, Settings.read().clusters, context.log.info)
    except InputError as error:
        return _not_trained(context, home, "clusters", "kmeans", str(error))
    return _result(artifact.manifest, trained)


linear = [_linear_asset(task, table) for task, table in TABLE_OF.items()]
encoders = [_encoder_asset(task, table) for task, table in TABLE_OF.items()]
