"""The declarations of the tasks: one entry per task, and one per kind of candidate that may answer a task.

A task is data. It says what is learned from which rows, how the answer is judged, which candidates compete, and how
people meet the task. Assets, commands, routes, reports and the page read this module, so put a new task, or a
candidate of one, here and nowhere else. Only the standard library is imported, so that the service can read it too.
"""

from typing import Any

from music_platform.declarations import Candidate, Task, Training

INTENTS = ("add", "remove", "view", "clear", "other")
TOPICS = ("World", "Sports", "Business", "Sci/Tech")
SLOTS = ("song", "artist", "playlist")
CLUSTER_FEATURES = ("danceability", "speechiness", "instrumentalness", "valence", "tempo")


CANDIDATES: dict[str, Candidate] = {
    "linear": Candidate(
        "linear_training", "TF-IDF and logistic regression", ("scikitlearn",), trial="tuning.linear_trial"
    ),
    "encoder": Candidate(
        "encoders.encoder_training",
        "A fine-tuned encoder, if the budget has minutes for it",
        ("torch", "openvino"),
        trial="tuning.encoder_trial",
        is_exported=True,
    ),
    "lora": Candidate(
        "encoders.lora",
        "An encoder fine-tuned by LoRA, if the budget has minutes for it",
        ("torch", "huggingface", "openvino"),
        is_exported=True,
    ),
    "blend": Candidate(
        "blend_training",
        "The weighted mean of the linear model and the encoder",
        ("scikitlearn", "openvino"),
        parts=("linear", "encoder"),
    ),
    "cascade": Candidate(
        "cascade_training",
        "The linear model where it is sure, the encoder elsewhere",
        ("scikitlearn", "openvino"),
        parts=("linear", "encoder"),
    ),
    "zero_shot": Candidate(
        "encoders.zero_shot",
        "Baseline: the label whose description the base encoder finds most similar, without any training",
        ("torch",),
        is_served=False,
    ),
    "causal": Candidate(
        "encoders.causal",
        "A causal language model fine-tuned by LoRA, if MUSIC_PLATFORM_CAUSAL_MODEL names one",
        ("torch", "huggingface"),
        is_served=False,
        setting="causal_model",
    ),
    "causal_zero_shot": Candidate(
        "encoders.causal_zero_shot",
        "Baseline: the label that the causal language model finds likeliest, without any training",
        ("torch", "huggingface"),
        is_served=False,
        setting="causal_model",
    ),
    "crf": Candidate("slot_training", "A linear-chain CRF with look-ups in the catalogue", ("python",)),
    "kmeans": Candidate("cluster_training", "K-Means on features scaled to unit variance", ("scikitlearn",)),
}
"""Every kind of candidate by its name. A candidate stands behind its parts, here and in a task's declaration."""

_GENRE: dict[str, Any] = {
    "table": "songs",
    "id": "song_id",
    "unit": "artist_key",
    "metric": "macro_f1",
    "text": "lyrics",
    "cleaner": "lyrics",
    "body": "lyrics",
    "label": "genres",
    "group": "language",
    "language": "language",
    "labels_by_language": True,
    "corrected_by": "corrections",
    "explained_by_songs": True,
}
_CAUSAL = {"rank": 16, "alpha": 32, "body_lr": 2e-4, "epochs": 2, "batch": 16, "accumulate": 4, "overlap": 0}
_INTENT = {"length": 48, "batch": 32, "epochs": 4, "balance": 1.0, "per_source": 3000}

TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task(
            name="genre",
            title="Genres of a song",
            answers="the genres of a song, several at once, each only in the languages that it was annotated in",
            kind="multi-label",
            route="genres",
            scope="genre_scope",
            candidates={
                "linear": Training(hyperparameters={"C": 1.0, "even_units": 0.25}),
                "encoder": Training(0.4, {"windows": 3, "epochs": 2, "body_lr": 1e-4, "balance": 0.5}),
                "blend": Training(),
            },
            **_GENRE,
        ),
        Task(
            name="genre_pt",
            title="Genre of a Portuguese song",
            answers="the one genre of a Portuguese song from its lyrics",
            kind="single-label",
            route="genre_pt",
            only="pt",
            candidates={
                "linear": Training(),
                "encoder": Training(0.24, {"windows": 3, "epochs": 3, "body_lr": 1e-4, "balance": 0.5}),
                "blend": Training(),
            },
            **_GENRE,
        ),
        Task(
            name="intent",
            title="Intent of a request",
            answers="what a person wants from the playlist assistant",
            kind="single-label",
            table="utterances",
            id="row_id",
            unit="template",
            metric="macro_f1",
            route="intents",
            text="text",
            label="intent",
            group="lang",
            language="lang",
            source="source",
            labels=INTENTS,
            candidates={
                "linear": Training(),
                "encoder": Training(0.05, _INTENT),
                "lora": Training(0.05, _INTENT | {"rank": 8, "body_lr": 1e-3}, on_sample=True),
                "cascade": Training(),
                "zero_shot": Training(0.01, on_sample=True),
                "causal": Training(0.5, _INTENT | _CAUSAL),
                "causal_zero_shot": Training(0.1, _INTENT | _CAUSAL),
            },
        ),
        Task(
            name="slots",
            title="Names in a request",
            answers="the songs, artists and playlists that a person names",
            kind="tagging",
            table="utterances",
            id="row_id",
            unit="template",
            metric="f1",
            route="",
            text="text",
            label="slots",
            group="source",
            language="lang",
            labels=SLOTS,
            looked_up="catalogue",
            candidates={"crf": Training()},
        ),
        Task(
            name="topic",
            title="Topic of a news article",
            answers="the topic of a news article",
            kind="single-label",
            table="articles",
            id="article_id",
            unit="article_id",
            metric="accuracy",
            route="topics",
            text="text",
            cleaner="article",
            label="label",
            group="source",
            labels=TOPICS,
            candidates={
                "linear": Training(),
                "encoder": Training(0.25, {"length": 96}, on_sample=True),
                "cascade": Training(),
            },
        ),
        Task(
            name="clusters",
            title="Clusters of tracks",
            answers="the cluster of tracks that sound alike, by five audio features",
            kind="clustering",
            table="tracks",
            id="track_id",
            unit="artist_key",
            metric="precision_at_5",
            route="clusters",
            body="track",
            candidates={"kmeans": Training(settings={"k": "clusters"})},
        ),
    )
}
"""Every task by its name, in the order in which reports and tables show them."""

MINUTES = {True: 1.0, False: 40.0}
"""Minutes of training for all candidates together where nobody set a budget: with the sample, and with other data.

Those of the sample are given to the candidates that are declared `on_sample` only.
"""

STUDIES = tuple((task.name, name) for task in TASKS.values() for name in task.candidates if CANDIDATES[name].trial)
"""The pairs of task and candidate whose hyperparameters can be tuned."""


def classifying() -> tuple[Task, ...]:
    """The tasks that give labels to a text."""
    return tuple(task for task in TASKS.values() if task.classifies)


def corrected() -> tuple[Task, ...]:
    """The tasks that learn from what people corrected."""
    return tuple(task for task in TASKS.values() if task.corrected_by)
