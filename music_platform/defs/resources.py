"""What assets are given: the home folder, the open warehouse, Spark, loggers. Domain code sees only plain objects."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster_pyspark import LazyPySparkResource
from pydantic import PrivateAttr

from music_platform.defs.terminal import terminal
from music_platform.features.spark import LOCAL, java_problem, use_this_python
from music_platform.ingestion.landing import Landing
from music_platform.settings import Home, Settings
from music_platform.storage.registry import Registry

if TYPE_CHECKING:
    from music_platform.storage.warehouse import Warehouse


class HomeResource(dg.ConfigurableResource):
    """The home folder of this instance; `MUSIC_PLATFORM_HOME` when no root is set."""

    root: str = ""

    @property
    def home(self) -> Home:
        """The folder and the names inside it."""
        return Home.at(self.root or None)

    @property
    def landing(self) -> Landing:
        """The landing zone."""
        return Landing(self.home.landing)

    @property
    def registry(self) -> Registry:
        """Artifacts and champions."""
        return Registry(self.home.artifacts)


class WarehouseResource(dg.ConfigurableResource):
    """The live warehouse, opened under the write lock for the length of a run and published at its end."""

    home: dg.ResourceDependency[HomeResource]
    spark: dg.ResourceDependency[LazyPySparkResource]
    engine: str = ""
    _warehouse: Any = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["WarehouseResource"]:
        """Take the lock, open the file; close and publish it whatever happens."""
        from music_platform.storage.warehouse import writing

        announce = context.log.warning if context.log else print
        with writing(self.home.home, announce) as warehouse:
            self._warehouse = warehouse
            yield self

    @property
    def open(self) -> "Warehouse":
        """The open warehouse."""
        return self._warehouse

    @property
    def spark_session(self) -> Callable[[], Any] | None:
        """Gives a Spark session when features run on Spark; None when they run on DuckDB."""
        if (self.engine or Settings.read().engine) == "duckdb":
            return None
        if problem := java_problem():
            raise dg.Failure(problem, allow_retries=False)
        use_this_python()
        return lambda: self.spark.spark_session


def _resources() -> dict[str, Any]:
    home = HomeResource()
    spark = LazyPySparkResource(spark_config=LOCAL)
    return {
        "home": home,
        "spark": spark,
        "warehouse": WarehouseResource(home=home, spark=spark),
        "pipes": dg.PipesSubprocessClient(),
    }


defs = dg.Definitions(
    resources=_resources(),
    executor=dg.in_process_executor,
    loggers={"console": dg.colored_console_logger, "terminal": terminal},
)
