"""The requests about texts, corrections and the assistant, as pydantic models. Answers are in `answers`.

A request that breaks a limit fails with the path of its field. A task's request follows from the `body` of its
declaration in `tasks.py`: put a new body here and into `TEXT_REQUESTS`.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from music_platform.serving.wire.bodies import BATCH, MAX_ITEMS, SINGLE, Batch, Body, OneOf, fields
from music_platform.tasks import corrected

MAX_TEXT = 20_000
"""Characters of one text."""
MAX_SAID = 1_000
"""Characters of one request to the assistant."""
MAX_LABELS = 100
"""Labels of a correction."""


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

if TYPE_CHECKING:
    CorrectedRoute = str
else:
    CorrectedRoute = Literal[tuple(task.route for task in corrected())]
"""The routes of the tasks that learn from corrections."""


class Said(Body):
    """A request to the assistant."""

    text: Annotated[
        str,
        Field(min_length=1, max_length=MAX_SAID, json_schema_extra={"pattern": r"\S"}),
        AfterValidator(_not_blank),
    ] = Field(description="the request, in English, Spanish or Portuguese")
    session_id: SessionId | None = Field(None, description="the session it belongs to; a new one if missing")


class Opened(Body):
    """The first message on a WebSocket: it names the session that the connection is for."""

    session_id: SessionId | None = Field(None, description="the session to continue; a new one if missing")


class Correction(Body):
    """The right labels of a song, from somebody who read or heard it."""

    route: CorrectedRoute = Field(description="the route that answered")
    lyrics: _Text = Field(description="lyrics of the song, as they were sent to the route")
    labels: list[_Label] = Field(min_length=1, max_length=MAX_LABELS, description="the right labels")
    answered: list[_Label] = Field(max_length=MAX_LABELS, description="the labels that were selected in the answer")
    model_version: str = Field(min_length=1, max_length=200, description="version of the model that answered")


class Lyrics(Body):
    """The lyrics of one song."""

    lyrics: _Text = Field(description="lyrics of a song, as plain text")


class Song(Lyrics):
    """The lyrics of one song, and whether the answer should be explained."""

    explain: bool = Field(
        False, description="whether the answer also says what each line did to the labels, and names similar songs"
    )


class Utterance(Body):
    """One text."""

    text: _Text = Field(description="the text")


class LyricsBatch(Batch):
    """Lyrics of many songs: at most 1,000 items and 200,000 characters in all."""

    items: list[Lyrics] = Field(min_length=1, json_schema_extra={"maxItems": MAX_ITEMS})


class UtteranceBatch(Batch):
    """Many texts: at most 1,000 items and 200,000 characters in all."""

    items: list[Utterance] = Field(min_length=1, json_schema_extra={"maxItems": MAX_ITEMS})


def _one_or_batch(body: Any) -> str:
    return BATCH if "items" in fields(body) else SINGLE


class LyricsRequest(OneOf):
    """The lyrics of one song, or a batch of them."""

    root: Annotated[
        Annotated[Song, Tag(SINGLE)] | Annotated[LyricsBatch, Tag(BATCH)],
        Discriminator(_one_or_batch),
    ]


class TextRequest(OneOf):
    """One text, or a batch of them."""

    root: Annotated[
        Annotated[Utterance, Tag(SINGLE)] | Annotated[UtteranceBatch, Tag(BATCH)],
        Discriminator(_one_or_batch),
    ]


TEXT_REQUESTS: dict[str, type[LyricsRequest] | type[TextRequest]] = {"lyrics": LyricsRequest, "text": TextRequest}
"""`Task.body` -> the request of a task that gives labels to texts."""


def text_of(item: Lyrics | Utterance | Said) -> str:
    """The text of a request, or of one item of a batch."""
    return item.lyrics if isinstance(item, Lyrics) else item.text
