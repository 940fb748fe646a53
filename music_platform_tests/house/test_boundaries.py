"""What may load what, in clean interpreters: the code location starts fast, serving stays light, rooms stay apart."""

import subprocess
import sys

import pytest

HEAVY = {
    "torch",
    "transformers",
    "peft",
    "great_expectations",
    "sklearn",
    "pandas",
    "matplotlib",
    "mlflow",
    "scrapy",
    "bentoml",
    "optuna",
}
SERVING = "music_platform.serving.engine", "music_platform.serving.api.app", "music_platform.serving.wire.requests"


def loaded_by(*modules: str) -> set[str]:
    script = f"import {', '.join(modules)}, sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_code_location_loads_no_heavy_library():
    assert not loaded_by("music_platform.definitions") & HEAVY


def test_the_command_line_starts_without_dagster_and_duckdb():
    assert not loaded_by("music_platform.cli.app") & (HEAVY | {"dagster", "duckdb", "pyspark", "ibis", "pyarrow"})


@pytest.mark.parametrize("module", SERVING)
def test_serving_loads_no_orchestrator_and_no_training_library(module):
    assert not loaded_by(module) & {
        "dagster",
        "torch",
        "pyspark",
        "transformers",
        "peft",
        "duckdb",
        "ibis",
        "matplotlib",
        "mlflow",
    }


def test_domain_code_does_not_know_the_orchestrator():
    stages = ("ingestion.ingest", "features.build", "models.training", "models.encoders.encoder_training")
    stages += ("evaluation.assess", "serving.release")
    assert "dagster" not in loaded_by(*(f"music_platform.{stage}" for stage in stages))


def test_the_linear_candidates_are_trained_and_judged_without_torch():
    assert not loaded_by("music_platform.models.linear_training", "music_platform.evaluation.assess") & {
        "torch",
        "openvino",
    }
