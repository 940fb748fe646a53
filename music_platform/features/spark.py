"""Evaluates the transforms on Spark, for users who outgrow one machine. `defs/` makes the sessions."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from pyspark.sql import SparkSession

JAVA = 17

LOCAL: dict[str, str] = {
    "spark.master": "local[*]",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.session.timeZone": "UTC",
}
"""The Spark properties of a session on this machine. A cluster's own replace all but the time zone."""


def use_this_python() -> None:
    """Make Spark's workers run on this interpreter. Call it before you make a session.

    Otherwise they run on the first `python3` of the path, which may lack our libraries. Only spark-submit reads the
    property `spark.pyspark.python`.
    """
    environ.setdefault("PYSPARK_PYTHON", sys.executable)


def java_problem() -> str | None:
    """The reason in one line why Spark can't start: Java is missing, or older than 17. None when it can."""
    home = environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    needed = f"--engine spark needs Java {JAVA} or newer (Debian: openjdk-{JAVA}-jre-headless)"
    if java is None:
        return f"{needed}; no `java` is on the path and JAVA_HOME is not set"
    try:
        shown = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False)
    except OSError as error:
        return f"{needed}; {java} does not start: {error.strerror}"
    found = re.search(r'version "(?:1\.)?(\d+)', shown.stderr + shown.stdout)
    if found and int(found[1]) >= JAVA:
        return None
    return f"{needed}; {java} is {'Java ' + found[1] if found else 'of an unknown version'}"


def evaluate(
    session: "SparkSession",
    transform: "Callable[..., ir.Table]",
    inputs: Sequence[Path],
    output: Path,
) -> None:
    """Run `transform` on the Parquet files `inputs`, one Ibis table each, and write its rows to `output`.

    Args:
        session: An open session; it stays open. The package must be importable where its Python workers run.
        transform: Any transform of this stage.
        inputs: Parquet files or folders, in the order of the transform's arguments.
        output: A folder of Parquet files, replaced when it exists.
    """
    import ibis

    connection = ibis.pyspark.connect(session)
    expression = transform(*(connection.read_parquet(path) for path in inputs))
    connection.to_parquet(expression, output, mode="overwrite")
