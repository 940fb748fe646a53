"""The manifest of an artifact: what the model is, what it was made from, and how a scorer reads its files.

It lies as `manifest.json` in the folder. `FORMAT` counts the layouts of manifest and files together: raise it
when a scorer can no longer read what an earlier version wrote, and say in `read` what to do with such an artifact.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from music_platform.errors import InputError
from music_platform.storage.files import read_json

FORMAT = 2
"""The layout that this version writes. It reads layout 1 too, whose manifests name no format."""
FILE = "manifest.json"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reading(_Part):
    """How an encoder cuts a text into windows of tokens, and turns the windows' logits into the text's scores."""

    single: bool
    """Whether scores are a softmax over the labels; else a sigmoid per label."""
    max_tokens: int = Field(gt=2)
    """Tokens of a window, special ones included."""
    overlap: int = Field(default=0, ge=0)
    """Tokens that a window shares with the one before it."""
    max_windows: int = Field(ge=1)
    """Windows that are read of a text, from its beginning."""
    scale: list[float]
    """Calibration, one value per label: scores are those of `scale * logits + offset`."""
    offset: list[float]
    precision: str | None = None
    """What the service computes in: `bf16`, `f32` or `int8`; the fastest that the CPU knows if missing."""

    @model_validator(mode="after")
    def _windows_advance(self) -> Self:
        if self.overlap >= self.max_tokens - 2:
            raise ValueError(f"overlap {self.overlap} leaves no new token in a window of {self.max_tokens}")
        return self


class Blending(_Part):
    """How a blend weighs its parts."""

    single: bool
    weights: dict[str, float]
    """Part -> its weight."""
    scale: list[float]
    """Calibration of the mean logits, one value per label."""
    offset: list[float]


class Cascading(_Part):
    """When a cascade's linear model answers instead of its encoder."""

    bound: float
    """The best score from which on the linear model answers."""
    share: float
    """The share of held-out texts that reach the bound."""


class Base(_Part):
    """The pre-trained model that a candidate starts from."""

    source: str
    sha256: str


class Manifest(BaseModel):
    """The manifest of one artifact."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    format: int = 1
    task: str
    candidate: str
    version: str
    """The id of the artifact, a hash of its content."""
    created_at: str
    """UTC, ISO 8601."""
    kind: str = ""
    """The kind of scorer that reads the files; the candidate's name if empty."""
    fingerprint: str
    """Hash of everything the artifact was made from; equal means that nothing has to be trained."""
    data_hash: str
    code_version: str
    seed: int = 0
    config: dict[str, Any] = Field(default_factory=dict)
    """Hyperparameters, and whatever else the training was given."""
    rows: int
    """Training rows."""
    labels: list[str] = Field(default_factory=list)
    languages: dict[str, list[str]] = Field(default_factory=dict)
    """Label -> the languages that it is offered in."""
    thresholds: list[float] = Field(default_factory=list)
    """The score from which on each label is answered; 0 where the best label is."""
    metrics: dict[str, float] = Field(default_factory=dict)
    left_out: dict[str, int] = Field(default_factory=dict)
    """Label -> its units, for labels with too few units to be learned."""
    dropped: dict[str, int] = Field(default_factory=dict)
    """Reason -> rows of the table that are no training rows."""
    base: Base | None = None
    history: list[dict[str, int | float]] = Field(default_factory=list)
    """The figures of each epoch."""
    best_epoch: int | None = None
    stopped: str | None = None
    """What ended the training: `epochs`, `patience` or `budget`."""
    budget_seconds: float | None = None
    """The seconds that all calls so far were given."""
    progress: dict[str, float] | None = None
    """How much of the planned training was done: `steps`, `planned_steps`, `epochs` and `planned_epochs`."""
    seconds: float | None = None
    cost: dict[str, int] | None = None
    """`parameters`, how many of them were `trained`, and `peak_bytes`."""
    contract: dict[str, Any] | None = None
    """What was measured of the exported files; see `models.encoders.contract`."""
    encoder: Reading | None = None
    blend: Blending | None = None
    cascade: Cascading | None = None

    @property
    def scorer(self) -> str:
        """The kind of scorer that reads the artifact."""
        return self.kind or self.candidate

    @property
    def broken(self) -> list[str]:
        """One sentence for every limit of the export's contract that the artifact does not keep."""
        return list((self.contract or {}).get("broken", ()))

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """The manifest of an artifact's folder.

        Raises:
            InputError: it is missing, is no manifest, or was written by a newer version of the platform.
        """
        return cls.of(read_json(folder / FILE), folder / FILE)

    @classmethod
    def of(cls, content: Mapping[str, Any], file: Path) -> "Manifest":
        """The manifest with this content; `file` is named in errors.

        Raises:
            InputError: as `read`.
        """
        written = content.get("format", 1)
        if not isinstance(written, int) or written > FORMAT:
            raise InputError(
                f"{file}: the artifact has format {written!r} and this version reads formats up to {FORMAT}; "
                "update music_platform, or train again in another home"
            )
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise InputError(f"{file}: {where}: {first['msg']}; remove the artifact's folder and run again") from None

    def content(self) -> dict[str, Any]:
        """The manifest as JSON keeps it, without the entries that the artifact has no use for."""
        return self.model_dump(mode="json", exclude_defaults=True) | {"format": self.format}
