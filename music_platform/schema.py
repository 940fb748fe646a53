"""What crosses stage borders, as plain data: the landing kinds and the validated tables, with what each promises.

A column's limits are its row rule (a row outside them goes to quarantine with the reason) and, on what is left, its
Great Expectations expectation (the blocking check). Add a column or a promise here and nowhere else. No library but
the standard one is imported, and no code that touches data lives here.
"""

from dataclasses import dataclass, field

TASKS = ("genre", "genre_pt", "intent", "slots", "topic", "clusters")
INTENTS = ("add", "remove", "view", "clear", "other")
TOPICS = ("World", "Sports", "Business", "Sci/Tech")
WORDINGS = "wordings"
"""Source of the own wordings among the utterances, and the beginning of their row ids."""
LANGUAGES = ("pt", "en", "es", "und")
LEARNED_FROM = {
    "genre": "songs",
    "genre_pt": "songs",
    "intent": "utterances",
    "slots": "utterances",
    "topic": "articles",
}
"""Text task -> the table it learns from."""
LOOKED_UP = {"slots": "catalogue"}
"""Text task -> the table of the names it looks words up in."""
CORRECTED_BY = {"genre": "corrections", "genre_pt": "corrections"}
"""Text task -> the table of what people corrected of its answers."""
DECISIONS = ("accepted", "rejected", "reverted")
"""What a review may say of a correction."""
CANDIDATES = {
    "genre": ("linear", "encoder", "blend"),
    "genre_pt": ("linear", "encoder", "blend"),
    "intent": ("linear", "encoder", "lora", "cascade", "zero_shot", "causal", "causal_zero_shot"),
    "slots": ("crf",),
    "topic": ("linear", "encoder", "cascade"),
}
"""Text task -> its candidates; what they are is in `models.candidates`."""
CLUSTER_FEATURES = ("danceability", "speechiness", "instrumentalness", "valence", "tempo")

MAX_QUARANTINED = 0.2
"""Share of a table's rows that may be in quarantine before the run stops."""


@dataclass(frozen=True)
class Column:
    """One column: its type (an Ibis type name), its meaning, and the limits its values keep.

    `minimum` and `maximum` bound numbers; `min_words` and `max_words` bound whitespace-separated words of a text;
    `allowed` lists all values; `pattern` is an anchored regular expression.
    """

    name: str
    type: str
    meaning: str
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    min_words: int | None = None
    max_words: int | None = None
    allowed: tuple[str, ...] = ()
    pattern: str | None = None


@dataclass(frozen=True)
class Kind:
    """A landing kind: which columns a file must and may have, and which file names `run --data` takes for it.

    One without prefixes comes from the service.
    """

    name: str
    prefixes: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns without which a file is refused."""
        return tuple(column.name for column in self.columns if column.required)


@dataclass(frozen=True)
class Table:
    """A validated table of the features stage: `features.<name>`, made from `ingestion.<kind>`."""

    name: str
    kind: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    min_rows: int = 1
    means: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Column -> range in which the mean of the column must lie."""


def _unit(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, "float64", f"{meaning} (0-1)", required=required, minimum=0, maximum=1)


_AUDIO = (
    _unit("danceability", "how suitable for dancing", required=True),
    _unit("speechiness", "share of spoken words", required=True),
    _unit("instrumentalness", "likelihood of no vocals", required=True),
    _unit("valence", "musical positiveness", required=True),
    Column("tempo", "float64", "beats per minute", required=True, minimum=40, maximum=250),
    _unit("energy", "intensity and activity"),
    _unit("acousticness", "confidence that the track is acoustic"),
    _unit("liveness", "presence of an audience"),
    Column("loudness", "float64", "average loudness in dB", minimum=-80, maximum=10),
    Column("key", "int64", "pitch class, -1 when not detected", minimum=-1, maximum=11),
    Column("mode", "int64", "1 major, 0 minor", minimum=0, maximum=1),
    Column("duration_ms", "int64", "length in milliseconds", minimum=1),
    Column("time_signature", "int64", "beats per bar", minimum=0, maximum=12),
    Column("popularity", "float64", "popularity (0-100)", minimum=0, maximum=100),
    Column("year", "int64", "year of release", minimum=1000, maximum=2100),
    Column("explicit", "boolean", "explicit lyrics"),
)

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "lyrics",
            ("lyrics",),
            (
                Column("artist", "string", "performing artist", required=True),
                Column("title", "string", "song title", required=True),
                Column("lyrics", "string", "lyrics as found", required=True),
                Column("genres", "array<string>", "genres as named by the source; `genre` is taken too"),
                Column("source", "string", "where the row comes from; the file's stem when missing"),
                Column("url", "string", "page the row was read from"),
                Column("fetched_at", "timestamp", "when the page was read (UTC); the landing time when missing"),
                Column("language", "string", "language as named by the source"),
                Column("album", "string", "album title"),
                Column("year", "int64", "year of release"),
            ),
        ),
        Kind(
            "tracks",
            ("spotify_tracks", "tracks"),
            (
                Column("track_id", "string", "identifier; a hash of title and artist when missing"),
                Column("track_name", "string", "track title", required=True),
                Column("artists", "string", "performing artists", required=True),
                Column("album", "string", "album title"),
                Column("genre", "string", "genre as named by the source"),
                *_AUDIO,
            ),
        ),
        Kind(
            "utterances",
            ("utterances",),
            (
                Column("text", "string", "what a person says to the assistant", required=True),
                Column("intent", "string", "what they want", required=True),
                Column("slots", "string", "JSON list of {name, value, start, end}"),
                Column("lang", "string", "language code"),
                Column("source", "string", "where the row comes from; the file's stem when missing"),
            ),
        ),
        Kind(
            "articles",
            ("ag_news", "articles"),
            (
                Column("text", "string", "body of the article", required=True),
                Column("label", "string", "topic by name, or 0-3 in AG News order", required=True),
                Column("title", "string", "headline"),
                Column("source", "string", "where the row comes from; the file's stem when missing"),
            ),
        ),
        Kind(
            "catalogue",
            ("catalogue",),
            (
                Column("title", "string", "song title", required=True),
                Column("artist", "string", "performing artist", required=True),
                Column("track_id", "string", "identifier; a hash of title and artist when missing"),
                Column("album", "string", "album title"),
                Column("year", "int64", "year of release"),
                Column("popularity", "float64", "popularity (0-100)"),
            ),
        ),
        Kind(
            "answers",
            (),
            (
                Column("trace_id", "string", "request that was answered", required=True),
                Column("answered_at", "timestamp", "when it was answered (UTC)", required=True),
                Column("route", "string", "route of the service", required=True),
                Column("model_version", "string", "model that answered", required=True),
                Column("input_hash", "string", "half of the sha256 of the text, or of the request", required=True),
                Column("input", "string", "what was sent, where it is kept"),
                Column("labels", "array<string>", "what was answered"),
                Column("scores", "string", "JSON object of labels and scores, best first"),
                Column("uncertain", "boolean", "whether the model said so"),
                Column("milliseconds", "float64", "time of the model, of all items of the request together"),
            ),
        ),
        Kind(
            "corrections",
            (),
            (
                Column("correction_id", "string", "hash of task, text and labels", required=True),
                Column("task", "string", "whose answer is corrected", required=True),
                Column("lyrics", "string", "lyrics as they were sent", required=True),
                Column("labels", "array<string>", "the right labels", required=True),
                Column("answered", "array<string>", "labels that were answered"),
                Column("model_version", "string", "version of the model that answered"),
                Column("corrected_at", "timestamp", "when it was sent (UTC)", required=True),
                Column("source", "string", "where it was sent from; the file's stem when missing"),
            ),
        ),
        Kind(
            "decisions",
            (),
            (
                Column("correction_id", "string", "the correction that is decided on", required=True),
                Column("decision", "string", "accepted, rejected or reverted", required=True),
                Column("decided_at", "timestamp", "when (UTC): the last one counts", required=True),
            ),
        ),
    )
}

PROVENANCE = (
    Column("row_id", "string", "`<first 16 hex digits of the file's sha256>:<row number from 1>`", required=True),
    Column("landed_at", "timestamp", "when the file landed (UTC): of duplicates the newest counts", required=True),
    Column("problems", "array<string>", "values that could not be read as their column's type", required=True),
)
"""Columns that every `ingestion.<kind>` table has besides those of its kind."""

_SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"

_SONG = (
    Column("song_id", "string", "stable hash of normalised artist and title", required=True, pattern="^[0-9a-f]{16}$"),
    Column("artist", "string", "performing artist", required=True),
    Column("title", "string", "song title", required=True),
    Column("artist_key", "string", "normalised artist: the unit of splits", required=True),
    Column("lyrics", "string", "cleaned lyrics", required=True, min_words=20, max_words=1500),
    Column("language", "string", "detected language", required=True, allowed=LANGUAGES),
    Column("genres", "array<string>", "canonical genre slugs, sorted", required=True),
    Column("album", "string", "album title"),
    Column("year", "int64", "year of release", minimum=1000, maximum=2100),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "song_sources",
            "lyrics",
            "Every accepted lyrics row, cleaned, with its song and its provenance: the lyrics feature group.",
            ("row_id",),
            (
                Column("row_id", "string", "provenance: file and row", required=True),
                *_SONG,
                Column("unknown_genres", "array<string>", "genre names missing from the alias table", required=True),
                Column("source", "string", "where the row comes from", required=True),
                Column("url", "string", "page the row was read from"),
                Column("fetched_at", "timestamp", "when the page was read (UTC)", required=True),
                Column("extracted_on", "date", "day of extraction: the version of the row", required=True),
                Column("words", "int64", "words of the cleaned lyrics", required=True, minimum=20, maximum=1500),
            ),
        ),
        Table(
            "songs",
            "lyrics",
            "One row per song across all sources, as of the latest extraction.",
            ("song_id",),
            (
                *_SONG,
                Column("genre_scope", "array<string>", "genres its sources could have named, sorted", required=True),
                Column("sources", "array<string>", "sources that hold the song, sorted", required=True),
                Column("extracted_on", "date", "latest extraction", required=True),
                Column("first_extracted_on", "date", "earliest extraction", required=True),
                Column("words", "int64", "words of the cleaned lyrics", required=True, minimum=20, maximum=1500),
            ),
        ),
        Table(
            "genre_trend",
            "lyrics",
            "Share of each genre among the songs of each extraction date.",
            ("extracted_on", "genre"),
            (
                Column("extracted_on", "date", "day of extraction", required=True),
                Column("genre", "string", "canonical genre slug", required=True, pattern=_SLUG),
                Column("songs", "int64", "songs extracted that day with the genre", required=True, minimum=1),
                _unit("share", "their share of the songs of that day", required=True),
            ),
        ),
        Table(
            "unknown_genres",
            "lyrics",
            "Genre names without an entry in the alias table, for a curator to add.",
            ("name", "source"),
            (
                Column("name", "string", "genre as named by the source", required=True),
                Column("source", "string", "where it occurs", required=True),
                Column("songs", "int64", "songs that carry it", required=True, minimum=1),
            ),
            min_rows=0,
        ),
        Table(
            "corrections",
            "corrections",
            "Labels that people corrected, with what the review said of them.",
            ("correction_id",),
            (
                Column("row_id", "string", "provenance: file and row", required=True),
                Column("correction_id", "string", "identifier", required=True, pattern="^[0-9a-f]{16}$"),
                Column("task", "string", "whose answer is corrected", required=True, allowed=tuple(CORRECTED_BY)),
                Column("lyrics", "string", "cleaned lyrics", required=True, min_words=1, max_words=10_000),
                Column("language", "string", "detected language", required=True, allowed=LANGUAGES),
                Column("labels", "array<string>", "canonical genre slugs, sorted", required=True),
                Column("answered", "array<string>", "labels that were answered", required=True),
                Column("model_version", "string", "version of the model that answered"),
                Column("source", "string", "where it was sent from", required=True),
                Column("corrected_at", "timestamp", "when it was sent (UTC)", required=True),
                Column("status", "string", "by the last decision", required=True, allowed=("waiting", *DECISIONS)),
                Column("decided_at", "timestamp", "when that was (UTC)"),
                Column("song_ids", "array<string>", "songs that have this text, sorted", required=True),
            ),
            min_rows=0,
        ),
        Table(
            "tracks",
            "tracks",
            "Tracks with the audio features that clusters and recommendations use.",
            ("track_id",),
            (
                Column("row_id", "string", "provenance: file and row", required=True),
                Column("track_id", "string", "identifier", required=True),
                Column("track_name", "string", "track title", required=True),
                Column("artists", "string", "performing artists", required=True),
                Column("artist_key", "string", "normalised artists: the unit of splits", required=True),
                Column("album", "string", "album title"),
                Column("genre", "string", "canonical genre slug, or the source's own in slug form", pattern=_SLUG),
                *_AUDIO,
            ),
            # Wide, so that an archive of one genre passes: only a mistaken unit, or a constant, breaks them.
            means={"tempo": (60, 200), "danceability": (0.05, 0.95), "valence": (0.05, 0.95)},
        ),
        Table(
            "utterances",
            "utterances",
            "What people say to the assistant, with intent and slots.",
            ("row_id",),
            (
                Column("row_id", "string", "provenance: file and row", required=True),
                Column("text", "string", "what a person says", required=True, min_words=1, max_words=100),
                Column("intent", "string", "what they want", required=True, allowed=INTENTS),
                Column("slots", "string", "JSON list of {name, value, start, end}", required=True),
                Column("lang", "string", "language code", required=True, allowed=LANGUAGES),
                Column("source", "string", "where the row comes from", required=True),
                Column("template", "string", "the text without its slot values: the unit of splits", required=True),
            ),
        ),
        Table(
            "articles",
            "articles",
            "News articles with one of four topics.",
            ("article_id",),
            (
                Column("row_id", "string", "provenance: file and row", required=True),
                Column("article_id", "string", "stable hash of the normalised text", required=True),
                Column("text", "string", "headline and body, cleaned", required=True, min_words=3, max_words=5000),
                Column("label", "string", "topic", required=True, allowed=TOPICS),
                Column("source", "string", "where the row comes from", required=True),
            ),
        ),
        Table(
            "catalogue",
            "catalogue",
            "Songs the assistant can find.",
            ("track_id",),
            (
                Column("row_id", "string", "provenance: file and row", required=True),
                Column("track_id", "string", "identifier", required=True),
                Column("title", "string", "song title", required=True),
                Column("artist", "string", "performing artist", required=True),
                Column("album", "string", "album title"),
                Column("year", "int64", "year of release", minimum=1000, maximum=2100),
                Column("popularity", "float64", "popularity (0-100)", minimum=0, maximum=100),
            ),
        ),
    )
}
