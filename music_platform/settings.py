"""Where everything lies on disk, and what the environment may set. Reads nothing at import; holds no domain rules."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from music_platform.errors import InputError

HOME_VERSION = "1"
"""Layout of the home folder; a home of another version is refused rather than half understood."""

_DAGSTER_YAML = """\
telemetry: {enabled: false}
nux: {enabled: false}
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
  config: {max_concurrent_runs: 1}
run_monitoring: {enabled: true}
"""


class Settings(BaseSettings):
    """What the environment sets; every field is `MUSIC_PLATFORM_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="MUSIC_PLATFORM_")

    home: Path = Field(Path(".music_platform"), description="folder that holds all state of one instance")
    contact: str = Field("", description="mail or page named in the crawler's User-Agent; a live crawl needs it")
    styles: tuple[str, ...] = Field((), description="styles to crawl, as the sites name them; all of the sample's")
    artists: tuple[str, ...] = Field((), description="artists to crawl, as the sites' slugs")
    limit_per_style: int = Field(100, ge=1, description="songs to crawl per style")
    live: bool = Field(False, description="crawl the real sites instead of the built-in sample site")
    sample_size: float = Field(1.0, gt=0, le=1, description="size of the built-in sample; tests run on less")
    engine: Literal["duckdb", "spark"] = Field("duckdb", description="where relational features run: duckdb or spark")


@dataclass(frozen=True)
class Home:
    """The folder that holds all state of one instance, and the names inside it."""

    root: Path

    @classmethod
    def at(cls, root: Path | str | None = None) -> "Home":
        """The home at `root`, else at `MUSIC_PLATFORM_HOME`, else `.music_platform`; absolute."""
        return cls(Path(root if root is not None else Settings().home).expanduser().resolve())

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
            raise InputError(f"{self.root}: home of version {found}, expected {HOME_VERSION}; use another --home")
        for folder in (self.landing, self.artifacts, self.reports, self.state, self.dagster, self.bentoml):
            folder.mkdir(parents=True, exist_ok=True)
        version.write_text(HOME_VERSION + "\n", "utf-8")
        (self.dagster / "dagster.yaml").write_text(_DAGSTER_YAML, "utf-8")

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
