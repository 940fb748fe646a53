"""The validated tables of the features stage, and what each of them promises.

A column's limits are its row rule: a row outside them goes to quarantine with the reason. Great Expectations checks
the promises on the rows that are left, which is the blocking check. Put a new table, column or promise here: the
rule, the check and the documentation follow from it. Only the standard library is imported.
"""

from dataclasses import dataclass, field

from music_platform.schema import AUDIO, DECISIONS, LANGUAGES, Column, fraction
from music_platform.tasks import INTENTS, TOPICS, corrected

MAX_QUARANTINED = 0.2
"""The share of a table's rows that may be in quarantine before the run stops."""


@dataclass(frozen=True)
class Table:
    """A validated table of the features stage: `features.<name>`, made from `ingestion.<kind>`."""

    name: str
    kind: str
    meaning: str = field(repr=False)
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    min_rows: int = 1
    means: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Column -> range in which the mean of the column must lie."""


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
                fraction("share", "their share of the songs of that day", required=True),
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
                Column(
                    "task",
                    "string",
                    "whose answer is corrected",
                    required=True,
                    allowed=tuple(task.name for task in corrected()),
                ),
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
                *AUDIO,
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
