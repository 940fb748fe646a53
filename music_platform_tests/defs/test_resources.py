"""The configuration of a run: its home and its settings reach the assets, are kept, and hold no secret."""

import dagster as dg
import pytest

from music_platform.defs import resources
from music_platform.defs.instance import latest_runs, opened
from music_platform.defs.resources import HomeResource, SettingsResource, WarehouseResource
from music_platform.jobs import configuration, run_job
from music_platform.storage.home import Home

SEEN = []


@dg.asset
def settings_seen(home: HomeResource, settings: SettingsResource, warehouse: WarehouseResource) -> None:
    """Note the values that an asset reads."""
    read = settings.read()
    SEEN.append((home.home, read.budget, read.styles, read.api_key.get_secret_value()))
    assert warehouse.open.path == home.home.warehouse
    assert (warehouse.spark_session is None) == (read.engine == "duckdb")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home, while the job `look` is all that the code location has."""
    SEEN.clear()
    job = dg.define_asset_job("look", "*")
    location = dg.Definitions.merge(dg.Definitions(assets=[settings_seen], jobs=[job]), resources.defs)
    monkeypatch.setattr("music_platform.definitions.defs", location)
    home = Home.at(tmp_path / "home")
    home.prepare()
    return home


def test_a_run_reads_its_own_settings_and_those_of_the_environment(home, monkeypatch):
    monkeypatch.setenv("MUSIC_PLATFORM_HOME", "/nowhere")
    monkeypatch.setenv("MUSIC_PLATFORM_BUDGET", "7")
    monkeypatch.setenv("MUSIC_PLATFORM_STYLES", "mpb,rap")
    assert run_job(home, "look", {"styles": ["samba"]})
    assert run_job(home, "look", {"budget": 0.0})
    assert [(home, 7.0, ("samba",), ""), (home, 0.0, ("mpb", "rap"), "")] == SEEN


def test_a_run_keeps_the_settings_that_it_was_given_and_no_secret(home, monkeypatch):
    monkeypatch.setenv("MUSIC_PLATFORM_API_KEY", "open sesame")
    assert run_job(home, "look", {"budget": 2.5})
    assert SEEN[0][3] == "open sesame"
    with opened(home) as instance:
        (run,) = instance.get_runs()
        assert run.run_config["resources"]["settings"] == {"config": {"given": {"budget": 2.5}}}
        assert run.run_config["resources"]["home"] == {"config": {"root": str(home.root)}}
        assert [(shown.job, shown.trigger, shown.status) for shown in latest_runs(instance)] == [
            ("look", "command line", "success")
        ]
    assert not [p for p in home.root.rglob("*") if p.is_file() and b"open sesame" in p.read_bytes()]


def test_a_secret_cannot_be_given(home):
    with pytest.raises(ValueError, match="MUSIC_PLATFORM_API_KEY"):
        configuration(home, {"api_key": "open sesame"}, steps=1)


def test_a_run_without_configuration_works_on_the_home_of_the_environment(home, monkeypatch):
    monkeypatch.setenv("MUSIC_PLATFORM_HOME", str(home.root))
    from music_platform.definitions import defs

    assert defs.resolve_job_def("look").execute_in_process().success
    assert SEEN[0][0] == home


def test_spark_without_java_fails_the_asset_once(home, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    assert not run_job(home, "look", {"engine": "spark"})
    shown = capsys.readouterr().err
    assert "needs Java" in shown
    assert "tried again" not in shown
