"""Equal inputs give equal homes: the tables and the artifacts of two fresh homes have the same ids."""

import pytest

from music_platform.defs.keys import landed_key, model_key, table_key
from music_platform.ingestion.intake import land_all
from music_platform.ingestion.landing import Landing
from music_platform.jobs import run_job
from music_platform.sample.write import write_sample
from music_platform.schema import KINDS
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry
from music_platform.storage.warehouse import reading
from music_platform.tables import TABLES
from music_platform_tests.conftest import SAMPLE_SIZE

pytestmark = pytest.mark.slow

MODELS = (("topic", "linear"), ("genre", "linear"), ("clusters", "kmeans"))


def versions(home: Home) -> dict[str, str]:
    with reading(home) as connection:
        return dict(connection.sql("SELECT name, data_version FROM main.made ORDER BY name").fetchall())


def _id(home: Home, task: str, candidate: str) -> str:
    artifact = Registry(home.artifacts).current(task, candidate)
    return artifact.id if artifact else ""


def test_two_fresh_homes_have_the_same_tables_and_artifacts(sample_home, process, tmp_path):
    other = Home.at(tmp_path / "other")
    assets = [
        *(landed_key(kind) for kind in KINDS),
        *(table_key(table) for table in TABLES),
        *(model_key(*model) for model in MODELS),
    ]
    land_all(Landing(other.landing), write_sample(tmp_path / "files", float(SAMPLE_SIZE)), sample=True)
    done = process(other, "scrape")
    assert done.code == 0, done.err
    assert run_job(other, "platform", assets=assets)
    assert versions(other) == versions(sample_home)
    for task, candidate in MODELS:
        one, two = (_id(home, task, candidate) for home in (sample_home, other))
        assert one == two != "", task
