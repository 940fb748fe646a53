"""Where everything lies on disk, and what the environment may set. Reads nothing at import; holds no domain rules."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from music_platform.errors import InputError
from music_platform.storage.files import replacing

HOME_VERSION = "1"
"""Layout of the home folder; a home of another version is refused rather than half understood."""

LOOPBACK = "127.0.0.1"
"""The address that only this machine can reach."""

_DAGSTER_YAML = """\
telemetry: {enabled: false}
nux: {enabled: false}
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
  config: {max_concurrent_runs: 1}
run_monitoring: {enabled: true, max_runtime_seconds: 21600}
"""


def _separated(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_separated)]
"""Names separated by commas."""


class Settings(BaseSettings):
    """What the environment sets; every field is `MUSIC_PLATFORM_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="MUSIC_PLATFORM_")

    home: Path = Field(Path(".music_platform"), description="folder that holds all state of one instance")
    contact: str = Field("", description="mail or page named in the crawler's User-Agent; a live crawl needs it")
    styles: Names = Field((), description="styles to crawl, as the sites name them; all of the sample's")
    artists: Names = Field((), description="artists to crawl, as the sites' slugs")
    limit_per_style: int | None = Field(None, ge=1, description="songs to crawl per style; 100 in a live crawl")
    live: bool = Field(False, description="crawl the real sites instead of the built-in sample site")
    sample_size: float = Field(1.0, gt=0, le=1, description="size of the built-in sample; tests run on less")
    engine: Literal["duckdb", "spark"] = Field("duckdb", description="where relational features run: duckdb or spark")
    clusters: int = Field(4, ge=2, le=10, description="number of clusters of tracks")
    base_model: str = Field("", description="encoder to fine-tune: a folder or a Hub id; MiniLM of a package")
    causal_model: str = Field("", description="causal language model for intents: folder, Hub id or preset; none")
    precision: Literal["auto", "int8"] = Field(
        "auto", description="what exported encoders compute in: auto (bf16 where the CPU has it, else f32) or int8"
    )
    workers: int = Field(1, ge=1, le=64, description="processes of the service; each holds all models")
    api_key: SecretStr = Field(SecretStr(""), description="what clients of the service have to know; none if empty")
    cors_origins: Names = Field((), description="origins whose pages may ask the service, as https://example.org")
    log_inputs: bool = Field(False, description="keep what people send in the answer log, not only its hash")
    correction_weight: int = Field(
        3, ge=1, le=100, description="songs that an accepted correction counts as in training"
    )
    budget: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="training minutes of all encoders; 0: linear only"
    )
    tune_trials: int | None = Field(None, ge=1, description="trials that a run adds to each study; none: no tuning")
    tune_minutes: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="minutes that a run spends on each study; none: no limit"
    )

    @classmethod
    def read(cls) -> "Settings":
        """The settings of the environment.

        Raises:
            InputError: a variable can't be used; the message names it.
        """
        try:
            return cls()
        except ValidationError as error:
            problem = error.errors()[0]
            name = f"MUSIC_PLATFORM_{str(problem['loc'][0]).upper()}"
            raise InputError(f"{name}: {problem['input']!r} can't be used; {problem['msg']}") from None


@dataclass(frozen=True)
class Home:
    """The folder that holds all state of one instance, and the names inside it."""

    root: Path

    @classmethod
    def at(cls, root: Path | str | None = None) -> "Home":
        """The home at `root`, else at `MUSIC_PLATFORM_HOME`, else `.music_platform`; absolute."""
        return cls(Path(root if root is not None else Settings.read().home).expanduser().resolve())

    @property
    def landing(self) -> Path:
        """Files as they came in: `landing/<kind>/<file>`."""
        return self.root / "landing"

    @property
    def warehouse(self) -> Path:
        """The live DuckDB file: written by the run that holds the lock, opened by nobody else."""
        return self.root / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """The copy of the warehouse that people, notebooks and the service read."""
        return self.root / "published" / "warehouse.duckdb"

    @property
    def catalogue(self) -> Path:
        """The songs that the service can find: an SQLite file, replaced as a whole."""
        return self.root / "catalogue.sqlite"

    @property
    def artifacts(self) -> Path:
        """Model artifacts and the registry."""
        return self.root / "artifacts"

    @property
    def reports(self) -> Path:
        """HTML reports and `metrics.json`, one folder per task, and the validation pages."""
        return self.root / "reports"

    @property
    def state(self) -> Path:
        """Ledger of the crawler, locks, and what the service writes."""
        return self.root / "state"

    @property
    def answers(self) -> Path:
        """Files of the answer log that the service still writes; done, they go to the landing zone."""
        return self.state / "answers"

    @property
    def checkpoints(self) -> Path:
        """Trainings that were stopped or killed, each under the fingerprint of what it makes."""
        return self.state / "checkpoints"

    @property
    def mlflow(self) -> Path:
        """Training runs: MLflow's `mlflow.db`, and their pictures in `artifacts/`."""
        return self.root / "mlflow"

    @property
    def studies(self) -> Path:
        """All trials of all studies of settings, in SQLite."""
        return self.state / "studies.db"

    @property
    def tuned(self) -> Path:
        """What the last study of each candidate found: `<task>_<candidate>.json`."""
        return self.state / "tuned"

    @property
    def lock(self) -> Path:
        """The lock file that every writing command holds while it writes."""
        return self.state / "write.lock"

    @property
    def dagster(self) -> Path:
        """`DAGSTER_HOME`."""
        return self.root / "dagster"

    @property
    def bentoml(self) -> Path:
        """`BENTOML_HOME`."""
        return self.root / "bentoml"

    def prepare(self) -> None:
        """Make the folders and the Dagster instance's settings, where missing.

        Raises:
            InputError: the folder was made by another, incompatible version of the platform.
        """
        version = self.root / "VERSION"
        if version.exists() and (found := version.read_text("utf-8").strip()) != HOME_VERSION:
            raise InputError(f"{self.root}: home of version {found!r}, expected {HOME_VERSION}; use another --home")
        try:
            for folder in (self.landing, self.artifacts, self.reports, self.state, self.dagster, self.bentoml):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{self.root}: can't be made ({error.strerror}); use another --home") from None
        for path, text in ((self.dagster / "dagster.yaml", _DAGSTER_YAML), (version, f"{HOME_VERSION}\n")):
            if not path.exists():
                with replacing(path) as temporary:
                    temporary.write_text(text, "utf-8")

    def environment(self) -> dict[str, str]:
        """The process environment plus the variables that place Dagster and BentoML inside this home."""
        return {
            **os.environ,
            "MUSIC_PLATFORM_HOME": str(self.root),
            "DAGSTER_HOME": str(self.dagster),
            "BENTOML_HOME": str(self.bentoml),
            "BENTOML_DO_NOT_TRACK": "True",
            "DAGSTER_DISABLE_TELEMETRY": "yes",
            "GX_ANALYTICS_ENABLED": "false",
        }
