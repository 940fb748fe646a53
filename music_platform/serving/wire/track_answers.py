"""The answers about tracks and their clusters, as pydantic models."""

from pydantic import BaseModel, Field

from music_platform.serving.wire.answers import ModelAnswer, Traced


class Track(BaseModel):
    """A recommended track."""

    track_id: str
    track_name: str
    artists: str
    distance: float = Field(ge=0, description="Euclidean distance in scaled features")
    reason: str
    genres: list[str]
    year: int | None
    popularity: float | None


class Cluster(BaseModel):
    """A cluster of tracks."""

    id: int
    name: str


class Recommendations(ModelAnswer):
    """Tracks that sound alike, nearest first."""

    tracks: list[Track]
    cluster: Cluster = Field(
        description="the cluster of the request; for a list, the one that most of its tracks lie in"
    )


class KnownTrack(BaseModel):
    """A track of the collection."""

    track_id: str
    track_name: str
    artists: str
    genres: list[str]
    cluster: int
    danceability: float
    speechiness: float
    instrumentalness: float
    valence: float
    tempo: float


class Tracks(Traced):
    """Tracks by name, most popular first."""

    tracks: list[KnownTrack]


class ProfiledCluster(Cluster):
    """A cluster with the features of its centre, in original units."""

    profile: dict[str, float]


class MappedCluster(ProfiledCluster):
    """A cluster with the number of its tracks."""

    tracks: int


class Point(BaseModel):
    """A track on the map."""

    x: float
    y: float
    cluster: int
    track_id: str
    track_name: str
    artists: str


class TrackMap(ModelAnswer):
    """A sample of the tracks on the two directions in which all tracks differ most."""

    clusters: list[MappedCluster]
    points: list[Point]
    axes: list[str] = Field(description="x and y in words: the features that grow or shrink towards the right and up")


class ClusterAnswer(ModelAnswer):
    """The cluster that a track belongs to."""

    cluster: ProfiledCluster
