"""The resources that assets ask for: the home, the settings, the open warehouse, Spark, and the loggers.

Put something here when asset bodies need it and a run may configure it. Domain code gets plain objects and values.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster_pyspark import LazyPySparkResource
from pydantic import Field, PrivateAttr

from music_platform.defs.terminal import terminal
from music_platform.errors import InputError
from music_platform.features.spark import LOCAL, java_problem, use_this_python
from music_platform.ingestion.landing import Landing
from music_platform.settings import Settings
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry

if TYPE_CHECKING:
    from music_platform.storage.warehouse import Warehouse


class HomeResource(dg.ConfigurableResource):
    """The home folder of this instance."""

    root: str = Field("", description="folder that holds all state; MUSIC_PLATFORM_HOME if empty")

    @property
    def home(self) -> Home:
        """The folder and the names inside it."""
        return Home.at(self.root or Settings.read().home)

    @property
    def landing(self) -> Landing:
        """The landing zone."""
        return Landing(self.home.landing)

    @property
    def registry(self) -> Registry:
        """Artifacts and champions."""
        return Registry(self.home.artifacts)


class SettingsResource(dg.ConfigurableResource):
    """The settings of a run: those that the run was given, and the environment's for all others."""

    given: dict[str, Any] = Field(
        {}, description="settings of this run that differ from the environment's, by field: {budget: 0}; no secrets"
    )

    def read(self) -> Settings:
        """The settings.

        Raises:
            Failure: a value can't be used; the message names it.
        """
        try:
            return Settings.read(**self.given)
        except InputError as error:
            raise dg.Failure(str(error), allow_retries=False) from None


class WarehouseResource(dg.ConfigurableResource):
    """The live warehouse, opened under the write lock for the length of a run and published at its end."""

    home: dg.ResourceDependency[HomeResource]
    settings: dg.ResourceDependency[SettingsResource]
    spark: dg.ResourceDependency[LazyPySparkResource]
    _warehouse: Any = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["WarehouseResource"]:
        """Take the lock and open the file; close and publish it, also after a failure."""
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
        """A function that gives a Spark session when features run on Spark; None when they run on DuckDB.

        Raises:
            Failure: Spark can't start without a newer Java.
        """
        if self.settings.read().engine == "duckdb":
            return None
        if problem := java_problem():
            raise dg.Failure(problem, allow_retries=False)
        use_this_python()
        return lambda: self.spark.spark_session


def _resources() -> dict[str, Any]:
    """The resources; a nested one takes the values that a run configures for the one of its name."""
    home = HomeResource.configure_at_launch()
    settings = SettingsResource.configure_at_launch()
    spark = LazyPySparkResource.configure_at_launch(spark_config=LOCAL)
    return {
        "home": home,
        "settings": settings,
        "spark": spark,
        "warehouse": WarehouseResource(home=home, settings=settings, spark=spark),
        "pipes": dg.PipesSubprocessClient(),
    }


defs = dg.Definitions(
    resources=_resources(),
    executor=dg.in_process_executor,
    loggers={"console": dg.colored_console_logger, "terminal": terminal},
)
