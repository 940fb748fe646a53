"""The home folder: the names of everything that one instance of the platform keeps on disk.

Put a path here when more than one module needs it. The command line decides where the home is; nothing here reads
the environment to find it.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from music_platform.errors import InputError
from music_platform.storage.files import replacing

HOME_VERSION = "1"
"""The layout of the home folder. `Home.prepare` refuses a home of another version rather than reading half of it."""


@dataclass(frozen=True)
class Home:
    """The folder that holds all state of one instance, and the names inside it."""

    root: Path

    @classmethod
    def at(cls, root: Path | str) -> "Home":
        """The home at `root`, whose path becomes absolute; `~` is the user's folder."""
        return cls(Path(root).expanduser().resolve())

    @property
    def landing(self) -> Path:
        """Files as they came in: `landing/<kind>/<file>`."""
        return self.root / "landing"

    @property
    def warehouse(self) -> Path:
        """The live DuckDB file. The run that holds the lock writes it; nobody else opens it."""
        return self.root / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """The copy of the warehouse that people, notebooks and the service read."""
        return self.root / "published" / "warehouse.duckdb"

    @property
    def catalogue(self) -> Path:
        """The SQLite file of the songs that the service can find. A run replaces it as a whole."""
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
        """The crawler's ledger, the locks, and the files that the service writes."""
        return self.root / "state"

    @property
    def answers(self) -> Path:
        """Files of the answer log that the service still writes. It moves finished ones to the landing zone."""
        return self.state / "answers"

    @property
    def checkpoints(self) -> Path:
        """Checkpoints of interrupted trainings, each under the fingerprint of the artifact in the making."""
        return self.state / "checkpoints"

    @property
    def mlflow(self) -> Path:
        """Training runs: MLflow's `mlflow.db`, and their pictures in `artifacts/`."""
        return self.root / "mlflow"

    @property
    def studies(self) -> Path:
        """All trials of all studies of hyperparameters, in SQLite."""
        return self.state / "studies.db"

    @property
    def tuned(self) -> Path:
        """The hyperparameters that each candidate's last study found: `<task>_<candidate>.json`."""
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
        """Make the missing folders, and write the layout's version into a new home.

        Raises:
            InputError: another, incompatible version of the platform made the folder, or it can't be made.
        """
        version = self.root / "VERSION"
        try:
            found = version.read_text("utf-8").strip() if version.exists() else HOME_VERSION
            if found != HOME_VERSION:
                raise InputError(
                    f"{version}: the home has layout {found!r} and this version of music_platform reads layout "
                    f"{HOME_VERSION}; install the version that made it, or start a new home with --home DIR"
                )
            for folder in (self.landing, self.artifacts, self.reports, self.state, self.dagster, self.bentoml):
                folder.mkdir(parents=True, exist_ok=True)
            if not version.exists():
                with replacing(version) as temporary:
                    temporary.write_text(f"{HOME_VERSION}\n", "utf-8")
        except OSError as error:
            raise InputError(
                f"{self.root}: the home folder can't be used ({error.strerror}); name another one with --home DIR"
            ) from None

    def environment(self) -> dict[str, str]:
        """This process's environment plus the variables that place Dagster and BentoML inside this home.

        It is for child processes.
        """
        return {
            **os.environ,
            "MUSIC_PLATFORM_HOME": str(self.root),
            "DAGSTER_HOME": str(self.dagster),
            "BENTOML_HOME": str(self.bentoml),
            "BENTOML_DO_NOT_TRACK": "True",
            "DAGSTER_DISABLE_TELEMETRY": "yes",
            "GX_ANALYTICS_ENABLED": "false",
        }
