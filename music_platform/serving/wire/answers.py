"""What the service gives, as pydantic models. What it takes is in `contracts`."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, RootModel, Tag

Match = Literal["exact", "prefix", "corrected", "fuzzy"]


class Traced(BaseModel):
    """What every answer carries."""

    trace_id: str = Field(description="identifier of this request; also in the header X-Trace-Id")


class _Answer(Traced):
    model_version: str = Field(description="version of the model that answered")


def _missing(value: Any) -> bool:
    return value is None


class Label(BaseModel):
    """A label with its calibrated score."""

    label: str
    score: float = Field(ge=0, le=1)
    selected: bool = Field(description="whether the model answers this label")


class Line(BaseModel):
    """A line of a request, and what it did."""

    line: int = Field(ge=0, description="number of the line in the text that was sent, from 0")
    text: str = Field(description="the line as it was sent")
    effect: float = Field(description="by how much the line raises the label's logit; negative: lowers")


class Explanation(BaseModel):
    """What the lines of a text did to one label; those without a word are left out."""

    label: str
    method: Literal["contributions", "left_out"] = Field(
        description="the line's exact part of a sum, or the difference that leaving the line out makes"
    )
    lines: list[Line]


class SimilarSong(BaseModel):
    """A song that the model learned from."""

    title: str
    artist: str
    genres: list[str]
    similarity: float = Field(ge=-1, le=1, description="cosine; 1: the very same words")


class TextAnswer(_Answer):
    """Labels of one text, best first."""

    labels: list[Label]
    uncertain: bool = Field(description="no label is answered, or one more likely wrong than right")
    explanations: list[Explanation] | None = Field(
        None, exclude_if=_missing, description="if asked for: of every selected label, or of the best if there is none"
    )
    similar: list[SimilarSong] | None = Field(
        None, exclude_if=_missing, description="if asked for, and known: the most similar songs, best first"
    )


class CorrectionTaken(Traced):
    """Where a correction stands."""

    correction_id: str
    status: Literal["waiting", "accepted", "rejected", "reverted"] = Field(
        description="what the review said of it; a correction that is sent again is the one that was sent before"
    )


class BatchAnswer(_Answer):
    """One answer per item, in the order of the items."""

    items: list[TextAnswer]


def _one_or_batch(answer: Any) -> str:
    return "batch" if isinstance(answer, BatchAnswer) else "one"


class TextAnswers(RootModel[Any]):
    """One answer or a batch, as was asked."""

    root: Annotated[
        Annotated[TextAnswer, Tag("one")] | Annotated[BatchAnswer, Tag("batch")],
        Discriminator(_one_or_batch),
    ]


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


class Recommendations(_Answer):
    """Tracks that sound alike, nearest first."""

    tracks: list[Track]
    cluster: Cluster = Field(description="of what was asked for; of a list the one that most of its tracks lie in")


class KnownTrack(BaseModel):
    """A track that recommendations can be asked for."""

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


class FoundSong(BaseModel):
    """A song of the catalogue."""

    track_id: str
    title: str
    artist: str
    album: str | None
    year: int | None
    score: float = Field(ge=0, le=1, description="1: title and artist are both what was asked for")
    match: Match = Field(description="as asked, by beginnings of words, with words corrected, or with some left out")


class Songs(Traced):
    """Songs of the catalogue, best first."""

    songs: list[FoundSong]


class Listed(BaseModel):
    """A song on a playlist."""

    track_id: str
    title: str
    artist: str
    album: str | None
    year: int | None
    duration_ms: int | None


class Playlist(BaseModel):
    """A playlist of a session."""

    name: str = Field(description="empty for the one without a name")
    current: bool = Field(description="whether it is meant when none is named")
    songs: list[Listed]


class Understood(BaseModel):
    """What one part of a request was taken for."""

    model_config = ConfigDict(extra="allow")

    text: str
    act: str
    score: float = Field(ge=0, le=1, description="of the intent; 1 where no model was asked")


class Executed(BaseModel):
    """A statement of SQL that changed a playlist."""

    sql: str
    parameters: list[str | int | float | None]


class Conversation(Traced):
    """A session: what was said last, its playlists, and the songs that wait for a choice."""

    session_id: str
    version: int = Field(description="turns so far")
    language: Literal["en", "es", "pt"]
    reply: str
    playlist: list[Listed] = Field(description="the current playlist")
    playlists: list[Playlist]
    choices: list[Listed] = Field(description="songs to choose from by number, from 1; empty when nothing is asked")


class AssistantAnswer(Conversation):
    """What came of a request."""

    model_version: str = Field(description="versions of the models of intents and slots")
    understood: list[Understood]
    executed: list[Executed]


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


class TrackMap(_Answer):
    """A sample of the tracks on the two directions in which all tracks differ most."""

    clusters: list[MappedCluster]
    points: list[Point]
    axes: list[str] = Field(description="what x and y are, in words: what there is more and less of towards the right")


class ClusterAnswer(_Answer):
    """The cluster that a track belongs to."""

    cluster: ProfiledCluster


class Model(BaseModel):
    """A champion: the model that answers for a task."""

    task: str
    candidate: str
    version: str
    created_at: str
    labels: list[str]
    thresholds: list[float] = Field(description="score from which each label is answered; 0 where the best one is")
    languages: dict[str, list[str]] = Field(description="label -> languages that it is answered in")
    metrics: dict[str, Any]
    baseline: dict[str, Any]
    cascade: dict[str, float] | None = None
    """Of a cascade: the bound of its linear model's best score, and the share of held-out texts that reach it."""


class Models(Traced):
    """The champions that answer."""

    models: list[Model]


class Health(Traced):
    """State of the service."""

    status: Literal["ok"] = "ok"
    models: dict[str, str] = Field(description="version of the champion of each task")


class Champion(BaseModel):
    """A champion's main figure."""

    task: str
    candidate: str
    version: str
    since: str = Field(description="when it became champion")
    why: str
    metric: str | None = Field(description="name of the figure; all of it is null where nothing was measured")
    value: float | None
    low: float | None
    high: float | None
    baseline: float | None
    rows: int | None = Field(description="examples that it was measured on")


class Table(BaseModel):
    """A validated table."""

    name: str
    rows: int
    made_at: str
    newest: str | None = Field(description="when the newest file landed that it is made from")


class Run(BaseModel):
    """A run of the orchestrator."""

    job: str
    trigger: str
    status: str
    started_at: str | None
    seconds: float | None = Field(description="null while it was under way")


class Status(Traced):
    """What the platform was when this bento was built."""

    built_at: str
    champions: list[Champion]
    tables: list[Table]
    runs: list[Run] = Field(description="newest first")
    reports: list[str] = Field(description="paths under /reports/")


class Problem(BaseModel):
    """One thing that is wrong with a request."""

    loc: list[str | int] = Field(description="path of the field, from the body inwards")
    msg: str = Field(description="what is wrong, or what is allowed")
    type: str


class Refusal(Traced):
    """Why a request was not answered."""

    detail: list[Problem]
