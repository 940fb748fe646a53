"""Stage 3: one asset per task and candidate. An artifact is trained when its rows, code or settings changed."""

import dagster as dg

from music_platform.defs.policies import RETRY_TRAINING
from music_platform.defs.resources import HomeResource, WarehouseResource
from music_platform.models.candidates import CANDIDATES, SHARES, Request, train
from music_platform.schema import CANDIDATES as TASK_CANDIDATES
from music_platform.schema import LEARNED_FROM, LOOKED_UP
from music_platform.settings import Settings

_NO_BUDGET = {"not_trained": "no training budget"}

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

    @dg.asset(
        name=f"{task}_{name}",
        key_prefix="models",
        group_name="models",
        kinds=set(candidate.kinds),
        deps=[
            *(dg.AssetKey(["features", read]) for read in (table, names) if read),
            *(dg.AssetKey(["models", f"{task}_{part}"]) for part in candidate.of),
        ],
        description=f"{candidate.what}: {_WHAT[task]}.",
        retry_policy=RETRY_TRAINING,
    )
    def make(
        context: dg.AssetExecutionContext, home: HomeResource, warehouse: WarehouseResource
    ) -> dg.MaterializeResult:
        from music_platform.errors import InputError

        seconds = Settings.read().budget * 60 * share
        if share and not seconds and not home.registry.has(task, name):  # torch takes seconds to import
            return dg.MaterializeResult(metadata=_NO_BUDGET)
        rows, looked_up = (
            warehouse.open.arrow(f"SELECT * FROM features.{read}") if read else None  # noqa: S608 - of the schema
            for read in (table, names)
        )
        request = Request(home.registry, task, rows, seconds, home.home.checkpoints, context.log.info, names=looked_up)
        try:
            made = train(name, request)
        except InputError as error:
            return _not_trained(context, home, task, name, str(error))
        if made is None:
            home.registry.clear_current(task, name)
            return dg.MaterializeResult(metadata=_NO_BUDGET)
        return _result(made[0].manifest, made[1])

    return make


def _not_trained(
    context: dg.AssetExecutionContext, home: HomeResource, task: str, candidate: str, why: str
) -> dg.MaterializeResult:
    """Too little data is no failure: other tasks go on, and a champion of earlier data stays."""
    context.log.warning(f"{task}/{candidate}: not trained, {why}")
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


text_models = [_candidate_asset(task, name) for task, names in TASK_CANDIDATES.items() for name in names]
