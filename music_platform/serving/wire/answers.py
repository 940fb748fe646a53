"""The answers about texts, songs of the catalogue and playlists, as pydantic models, and refusals.

Answers about tracks are in `track_answers`, those about the service itself in `platform_answers`.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, RootModel, Tag

Match = Literal["exact", "prefix", "corrected", "fuzzy"]


class Traced(BaseModel):
    """The field that every answer has."""

    trace_id: str = Field(description="identifier of this request; also in the header X-Trace-Id")


class ModelAnswer(Traced):
    """The fields that every answer of a model has."""

    model_version: str = Field(description="version of the model that answered")


def _is_missing(value: Any) -> bool:
    return value is None


class Label(BaseModel):
    """A label with its calibrated score."""

    label: str
    score: float = Field(ge=0, le=1)
    selected: bool = Field(description="whether the model answers this label")


class Line(BaseModel):
    """A line of the text, and its effect on a label."""

    line: int = Field(ge=0, description="number of the line in the text that was sent, from 0")
    text: str = Field(description="the line as it was sent")
    effect: float = Field(description="by how much the line raises the label's logit; negative if it lowers it")


class Explanation(BaseModel):
    """The effect of a text's lines on one label; lines without a word are left out."""

    label: str
    method: Literal["contributions", "left_out"] = Field(
        description="contributions: the line's exact part of a sum; left_out: the difference that the text makes "
        "without the line"
    )
    lines: list[Line]


class SimilarSong(BaseModel):
    """A song of the training data."""

    title: str
    artist: str
    genres: list[str]
    similarity: float = Field(ge=-1, le=1, description="cosine; 1: the very same words")


class TextAnswer(ModelAnswer):
    """Labels of one text, best first."""

    labels: list[Label]
    uncertain: bool = Field(description="whether no label is answered, or one that is more likely wrong than right")
    explanations: list[Explanation] | None = Field(
        None,
        exclude_if=_is_missing,
        description="only if asked for: one per selected label, or one for the best label if none is selected",
    )
    similar: list[SimilarSong] | None = Field(
        None,
        exclude_if=_is_missing,
        description="only if asked for, and if the bento has an index of songs: the most similar ones, best first",
    )


class BatchAnswer(ModelAnswer):
    """One answer per item, in the order of the items."""

    items: list[TextAnswer]


def _one_or_batch(answer: Any) -> str:
    return "batch" if isinstance(answer, BatchAnswer) else "one"


class TextAnswers(RootModel[Any]):
    """The answer to one text, or to a batch of them."""

    root: Annotated[
        Annotated[TextAnswer, Tag("one")] | Annotated[BatchAnswer, Tag("batch")],
        Discriminator(_one_or_batch),
    ]


class CorrectionTaken(Traced):
    """The state of a correction."""

    correction_id: str
    status: Literal["waiting", "accepted", "rejected", "reverted"] = Field(
        description="the last decision of the review; a correction that is sent twice is one correction"
    )


class FoundSong(BaseModel):
    """A song of the catalogue."""

    track_id: str
    title: str
    artist: str
    album: str | None
    year: int | None
    score: float = Field(ge=0, le=1, description="1: both title and artist are as in the query")
    match: Match = Field(
        description="exact: as in the query; prefix: by beginnings of words; corrected: with words corrected; "
        "fuzzy: with some words left out"
    )


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
    current: bool = Field(description="whether a request that names no playlist is about this one")
    songs: list[Listed]


class Understood(BaseModel):
    """The meaning that the assistant found in one part of a request."""

    model_config = ConfigDict(extra="allow")

    text: str
    act: str
    score: float = Field(ge=0, le=1, description="score of the intent; 1 where no model was asked")
    margin: float | None = Field(
        None, description="what the next reading of the names costs more, about in words; the assistant asks below 0.1"
    )


class Executed(BaseModel):
    """A statement of SQL that changed a playlist."""

    sql: str
    parameters: list[str | int | float | None]


class Conversation(Traced):
    """A session: the last reply, its playlists, and the songs that wait for a choice."""

    session_id: str
    version: int = Field(description="turns so far")
    language: Literal["en", "es", "pt"]
    reply: str
    playlist: list[Listed] = Field(description="the current playlist")
    playlists: list[Playlist]
    choices: list[Listed] = Field(description="songs to choose from by number, from 1; empty if there is no choice")


class AssistantAnswer(Conversation):
    """The session after a request, and how the assistant understood and executed it."""

    model_version: str = Field(description="versions of the models of intents and slots")
    understood: list[Understood]
    executed: list[Executed]


class Problem(BaseModel):
    """One thing that is wrong with a request."""

    loc: list[str | int] = Field(description="path of the field, from the body inwards")
    msg: str = Field(description="what is wrong, or what is allowed")
    type: str


class Refusal(Traced):
    """The reasons why the service did not answer a request."""

    detail: list[Problem]
