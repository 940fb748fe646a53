"""The columns of data that come from outside: the landing kinds, and the provenance that every row keeps.

A column's limits are its row rule: a row outside them goes to quarantine with the reason. Put a new landing kind, or a
column that its files may have, here; the validated tables are in `tables.py`. Only the standard library is imported.
"""

from dataclasses import dataclass, field
from typing import Literal, get_args

WORDINGS = "wordings"
"""The source of the platform's own wordings among the utterances, and the beginning of their row ids."""
LANGUAGES = ("pt", "en", "es", "und")
"""The languages that are detected; `und` where none is."""
Decision = Literal["accepted", "rejected", "reverted"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)
"""The decisions that a review makes on a correction."""


@dataclass(frozen=True)
class Column:
    """One column: its type (an Ibis type name), its meaning, and the limits its values keep.

    `minimum` and `maximum` bound numbers; `min_words` and `max_words` bound whitespace-separated words of a text;
    `allowed` lists all values; `pattern` is an anchored regular expression.
    """

    name: str
    type: str
    meaning: str = field(repr=False)  # no part of a fingerprint: another wording changes no data
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


def fraction(name: str, meaning: str, *, required: bool = False) -> Column:
    """A column of numbers from 0 to 1."""
    return Column(name, "float64", f"{meaning} (0-1)", required=required, minimum=0, maximum=1)


AUDIO = (
    fraction("danceability", "how suitable for dancing", required=True),
    fraction("speechiness", "share of spoken words", required=True),
    fraction("instrumentalness", "likelihood of no vocals", required=True),
    fraction("valence", "musical positiveness", required=True),
    Column("tempo", "float64", "beats per minute", required=True, minimum=40, maximum=250),
    fraction("energy", "intensity and activity"),
    fraction("acousticness", "confidence that the track is acoustic"),
    fraction("liveness", "presence of an audience"),
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
                Column(
                    "fetched_at", "timestamp", "the day when the page was read (UTC); the day of landing when missing"
                ),
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
                *AUDIO,
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
    Column("problems", "array<string>", "why the row, or a required value of it, can't be read", required=True),
    Column("unread", "array<string>", "optional values that could not be read and are empty", required=True),
)
"""Columns that every `ingestion.<kind>` table has besides those of its kind."""
