"""The requests about tracks, as pydantic models: recommendations and clusters. Answers are in `track_answers`.

The ranges of numbers are those of the table `tracks` in `tables.py`.
"""

from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from music_platform.serving.wire.bodies import FEATURES, LIST, TRACK, Body, OneOf, fields
from music_platform.tables import TABLES
from music_platform.tasks import CLUSTER_FEATURES

_COLUMN = {column.name: column for column in TABLES["tracks"].columns}
_TrackId = Annotated[str, Field(min_length=1, max_length=200)]
_Genre = Annotated[str, Field(min_length=1, max_length=100)]


def _feature(name: str) -> Any:
    column = _COLUMN[name]
    return Field(ge=column.minimum, le=column.maximum, description=column.meaning)


class ByTrack(Body):
    """A track of the collection, by its id."""

    track_id: _TrackId = Field(description="identifier of a known track")


class ByFeatures(Body):
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


class _Span(Body):
    low: float
    high: float

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low > self.high:
            ends = {"low": self.low, "high": self.high}
            raise PydanticCustomError("span", "`from` should be at most `to`, not {low} to {high}", ends)
        return self


class Years(_Span):
    """Years of release, both ends included."""

    low: int = _limit("year", "minimum", "from")
    high: int = _limit("year", "maximum", "to")


class Popularities(_Span):
    """Popularities, both ends included."""

    low: float = _limit("popularity", "minimum", "from")
    high: float = _limit("popularity", "maximum", "to")


class Filters(Body):
    """Conditions on recommended tracks. A track that lacks a value which a filter asks for is left out."""

    genres: list[_Genre] | None = Field(
        None, min_length=1, max_length=50, description="the track has one of these genres, as answers name them"
    )
    year: Years | None = None
    popularity: Popularities | None = None


class _Neighbours(Body):
    k: int = Field(5, ge=1, le=50, description="number of tracks to recommend")
    per_artist: int = Field(2, ge=1, le=50, description="tracks of one artist at most")
    filters: Filters | None = Field(
        None, description="conditions on the tracks; the answer has fewer than k tracks if fewer pass them"
    )


class NeighboursByTrack(_Neighbours, ByTrack):
    """Recommendations for a track of the collection."""


class NeighboursByFeatures(_Neighbours, ByFeatures):
    """Recommendations for any audio features."""


class NeighboursByList(_Neighbours):
    """Recommendations for a list of tracks as a whole."""

    track_ids: list[_TrackId] = Field(min_length=1, max_length=100, description="identifiers of known tracks")


def _track_or_features(body: Any) -> str:
    named = fields(body)
    return FEATURES if "track_id" not in named and named & set(CLUSTER_FEATURES) else TRACK


def _list_or_other(body: Any) -> str:
    return LIST if "track_ids" in fields(body) else _track_or_features(body)


class RecommendationRequest(OneOf):
    """A track id, the audio features, or a list of track ids; and which tracks to recommend."""

    root: Annotated[
        Annotated[NeighboursByTrack, Tag(TRACK)]
        | Annotated[NeighboursByFeatures, Tag(FEATURES)]
        | Annotated[NeighboursByList, Tag(LIST)],
        Discriminator(_list_or_other),
    ]


class ClusterRequest(OneOf):
    """A track id or the audio features."""

    root: Annotated[
        Annotated[ByTrack, Tag(TRACK)] | Annotated[ByFeatures, Tag(FEATURES)],
        Discriminator(_track_or_features),
    ]
