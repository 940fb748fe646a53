"""The settings of one instance, which the environment gives. Nothing is read when the module is imported.

Put a setting here when a person should be able to change it without editing code. Commands, Dagster's resources and
the service read settings; everything below them gets values as arguments.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from music_platform.errors import InputError

LOOPBACK = "127.0.0.1"
"""The address that only this machine can reach."""
_PREFIX = "MUSIC_PLATFORM_"


def _separated(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_separated)]
"""Names separated by commas."""


class Settings(BaseSettings):
    """The settings; the environment variable of a field is `MUSIC_PLATFORM_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="forbid")

    home: Path = Field(Path(".music_platform"), description="folder that holds all state of one instance")
    contact: str = Field("", description="mail or page named in the crawler's User-Agent; a live crawl needs it")
    styles: Names = Field((), description="styles to crawl, as the sites name them; all of the sample's by default")
    artists: Names = Field((), description="artists to crawl, as the sites' slugs")
    limit_per_style: int | None = Field(None, ge=1, description="songs to crawl per style; 100 in a live crawl")
    live: bool = Field(False, description="crawl the real sites instead of the built-in sample site")
    sample_size: float = Field(1.0, gt=0, le=1, description="share of the built-in sample to land; tests run on less")
    engine: Literal["duckdb", "spark"] = Field("duckdb", description="where relational features run: duckdb or spark")
    clusters: int = Field(4, ge=2, le=10, description="number of clusters of tracks")
    base_model: str = Field(
        "", description="encoder to fine-tune: a folder or a Hub id; by default MiniLM from a package"
    )
    causal_model: str = Field(
        "",
        description="causal language model to fine-tune for intents: a folder, a Hub id or a preset; none by default",
    )
    precision: Literal["auto", "int8"] = Field(
        "auto", description="precision of exported encoders: auto (bf16 where the CPU has it, else f32) or int8"
    )
    workers: int = Field(1, ge=1, le=64, description="processes of the service; each holds all models")
    api_key: SecretStr = Field(SecretStr(""), description="key that clients of the service send; empty asks for none")
    cors_origins: Names = Field((), description="origins whose pages may ask the service, as https://example.org")
    log_inputs: bool = Field(False, description="keep the texts that people send in the answer log, not only a hash")
    correction_weight: int = Field(
        3, ge=1, le=100, description="songs that an accepted correction counts as in training"
    )
    budget: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="minutes to train all encoders; 0 trains linear models only"
    )
    tune_trials: int | None = Field(None, ge=1, description="trials that a run adds to each study; none by default")
    tune_minutes: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="minutes that a run spends on each study; no limit by default"
    )

    @classmethod
    def read(cls, **given: Any) -> "Settings":
        """The settings of the environment; values in `given` win over it.

        Raises:
            InputError: a value can't be used; the message names its variable, or its field if it was given.
        """
        try:
            return cls(**given)
        except ValidationError as error:
            problem = error.errors()[0]
            field = str(problem["loc"][0])
            name = field if field in given else variable(field)
            raise InputError(f"{name}: {problem['input']!r} can't be used; {problem['msg']}") from None


def variable(field: str) -> str:
    """The environment variable that sets a field of `Settings`."""
    return f"{_PREFIX}{field.upper()}"
