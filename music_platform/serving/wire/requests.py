"""What the service takes, as pydantic models: types, ranges, sizes. What it gives is in `answers`.

Numeric ranges come from `schema.py`. Every request is strict (a number is no text, `true` is no number),
knows no field but its own, and fails with the path of the field.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    RootModel,
    Tag,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from music_platform.tables import TABLES
from music_platform.tasks import CLUSTER_FEATURES

MAX_TEXT = 20_000
"""Characters of one text."""
MAX_SAID = 1_000
"""Characters of one request to the assistant."""
MAX_ITEMS = 1_000
"""Items of one batch."""
MAX_LABELS = 100
"""Labels of a correction."""
MAX_CHARACTERS = 200_000
"""Characters of all texts of one batch."""
MAX_BYTES = 12 * MAX_CHARACTERS + 64 * MAX_ITEMS
"""Bytes of the largest body within those limits: a character takes at most 12 bytes as JSON escapes."""
TOO_LARGE = "too_large"
"""Type of the errors that are answered 413."""
_SINGLE, _BATCH, _TRACK, _FEATURES, _LIST = "<one>", "<batch>", "<track>", "<features>", "<list>"
VARIANTS = frozenset({_SINGLE, _BATCH, _TRACK, _FEATURES, _LIST})
"""Names of alternatives of a body, which pydantic puts into an error's path and no client has sent."""


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "Text should hold at least one character that is no white space")
    return text


_Text = Annotated[
    str,
    Field(min_length=1, max_length=MAX_TEXT, json_schema_extra={"pattern": r"\S"}),
    AfterValidator(_not_blank),
]


_Label = Annotated[str, Field(min_length=1, max_length=100)]

SessionId = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[0-9a-z]+$")]
"""The id that the assistant gave a session."""


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True)


class _Either(RootModel[Any]):
    model_config = ConfigDict(hide_input_in_errors=True)


class Said(_Request):
    """What a person says to the assistant."""

    text: Annotated[
        str,
        Field(min_length=1, max_length=MAX_SAID, json_schema_extra={"pattern": r"\S"}),
        AfterValidator(_not_blank),
    ] = Field(description="a request, in English, Spanish or Portuguese")
    session_id: SessionId | None = Field(None, description="the session it belongs to; a new one when missing")


class Opened(_Request):
    """The first message on a WebSocket: whose session it is for."""

    session_id: SessionId | None = Field(None, description="a session to go on with; a new one when missing")


class Lyrics(_Request):
    """The lyrics of one song."""

    lyrics: _Text = Field(description="lyrics of a song, as plain text")


class Song(Lyrics):
    """The lyrics of one song, and whether the answer should say what it comes from."""

    explain: bool = Field(False, description="also answer what each line did to the labels, and the most similar songs")


class Utterance(_Request):
    """One text."""

    text: _Text = Field(description="the text")


def _check_size(items: Any) -> Any:
    if isinstance(items, list):
        _at_most(MAX_ITEMS, len(items), "items")
        values = (value for item in items if isinstance(item, dict) for value in item.values())
        _at_most(MAX_CHARACTERS, sum(len(v) for v in values if isinstance(v, str)), "characters in all")
    return items


def _at_most(most: int, given: int, what: str) -> None:
    if given > most:
        said = {"most": most, "given": given, "what": what}
        raise PydanticCustomError(TOO_LARGE, "At most {most} {what} are allowed, not {given}", said)


class Correction(_Request):
    """The right labels of a song, from somebody who read or heard it."""

    route: Literal["genres", "genre_pt"] = Field(description="the route that answered")
    lyrics: _Text = Field(description="lyrics of the song, as they were sent to the route")
    labels: list[_Label] = Field(min_length=1, max_length=MAX_LABELS, description="the right labels")
    answered: list[_Label] = Field(max_length=MAX_LABELS, description="the labels that were selected in the answer")
    model_version: str = Field(min_length=1, max_length=200, description="version of the model that answered")


class _Batch(_Request):
    _sized = field_validator("items", mode="before", check_fields=False)(_check_size)


class LyricsBatch(_Batch):
    """Lyrics of many songs: at most 1,000 items and 200,000 characters in all."""

    items: list[Lyrics] = Field(min_length=1, json_schema_extra={"maxItems": MAX_ITEMS})


class UtteranceBatch(_Batch):
    """Many texts: at most 1,000 items and 200,000 characters in all."""

    items: list[Utterance] = Field(min_length=1, json_schema_extra={"maxItems": MAX_ITEMS})


def _one_or_batch(body: Any) -> str:
    return _BATCH if isinstance(body, dict | BaseModel) and "items" in _names(body) else _SINGLE


def _names(body: dict[str, Any] | BaseModel) -> set[str]:
    return set(body) if isinstance(body, dict) else body.model_fields_set


class LyricsRequest(_Either):
    """One song's lyrics or a batch."""

    root: Annotated[
        Annotated[Song, Tag(_SINGLE)] | Annotated[LyricsBatch, Tag(_BATCH)],
        Discriminator(_one_or_batch),
    ]


class TextRequest(_Either):
    """One text or a batch."""

    root: Annotated[
        Annotated[Utterance, Tag(_SINGLE)] | Annotated[UtteranceBatch, Tag(_BATCH)],
        Discriminator(_one_or_batch),
    ]


_COLUMN = {column.name: column for column in TABLES["tracks"].columns}


def _feature(name: str) -> Any:
    column = _COLUMN[name]
    return Field(ge=column.minimum, le=column.maximum, description=column.meaning)


_TrackId = Annotated[str, Field(min_length=1, max_length=200)]


class ByTrack(_Request):
    """A track of the collection, by its id."""

    track_id: _TrackId = Field(description="identifier of a known track")


class ByFeatures(_Request):
    """The five audio features that clusters are made of."""

    danceability: float = _feature("danceability")
    speechiness: float = _feature("speechiness")
    instrumentalness: float = _feature("instrumentalness")
    valence: float = _feature("valence")
    tempo: float = _feature("tempo")

    def values(self) -> list[float]:
        """The features in the order of `tasks.CLUSTER_FEATURES`."""
        return [float(getattr(self, name)) for name in CLUSTER_FEATURES]


def _limit(name: str, end: str, alias: str) -> Any:
    column = _COLUMN[name]
    return Field(getattr(column, end), alias=alias, ge=column.minimum, le=column.maximum)


class _Span(_Request):
    low: float
    high: float

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low > self.high:
            said = {"low": self.low, "high": self.high}
            raise PydanticCustomError("span", "`from` should be at most `to`, not {low} to {high}", said)
        return self


class Years(_Span):
    """Years of release, both included."""

    low: int = _limit("year", "minimum", "from")
    high: int = _limit("year", "maximum", "to")


class Popularities(_Span):
    """Popularities, both included."""

    low: float = _limit("popularity", "minimum", "from")
    high: float = _limit("popularity", "maximum", "to")


class Filters(_Request):
    """What a recommended track must have; a track of which it is unknown is left out."""

    genres: list[Annotated[str, Field(min_length=1, max_length=100)]] | None = Field(
        None, min_length=1, max_length=50, description="one of these, as tracks are answered with"
    )
    year: Years | None = None
    popularity: Popularities | None = None


class _Neighbours(_Request):
    k: int = Field(5, ge=1, le=50, description="number of tracks to recommend")
    per_artist: int = Field(2, ge=1, le=50, description="tracks of one artist at most")
    filters: Filters | None = Field(None, description="which tracks to recommend; those that pass may be fewer than k")


class NeighboursByTrack(_Neighbours, ByTrack):
    """Recommendations for a track of the collection."""


class NeighboursByFeatures(_Neighbours, ByFeatures):
    """Recommendations for any audio features."""


class NeighboursByList(_Neighbours):
    """Recommendations for a list of tracks as a whole."""

    track_ids: list[_TrackId] = Field(min_length=1, max_length=100, description="identifiers of known tracks")


def _track_or_features(body: Any) -> str:
    named = _names(body) if isinstance(body, dict | BaseModel) else set()
    return _FEATURES if "track_id" not in named and named & set(CLUSTER_FEATURES) else _TRACK


def _list_or_other(body: Any) -> str:
    listed = isinstance(body, dict | BaseModel) and "track_ids" in _names(body)
    return _LIST if listed else _track_or_features(body)


class RecommendationRequest(_Either):
    """A track id, the audio features, or a list of track ids; how many tracks to recommend, and which."""

    root: Annotated[
        Annotated[NeighboursByTrack, Tag(_TRACK)]
        | Annotated[NeighboursByFeatures, Tag(_FEATURES)]
        | Annotated[NeighboursByList, Tag(_LIST)],
        Discriminator(_list_or_other),
    ]


class ClusterRequest(_Either):
    """A track id or the audio features."""

    root: Annotated[
        Annotated[ByTrack, Tag(_TRACK)] | Annotated[ByFeatures, Tag(_FEATURES)],
        Discriminator(_track_or_features),
    ]
