"""What a bento says of the platform: written from the registry, the warehouse and the reports, and served."""

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from fastapi.testclient import TestClient

from music_platform.defs.instance import latest_runs
from music_platform.ingestion.landing import Landing
from music_platform.serving.api.app import create_app
from music_platform.serving.assistant.assistant import Assistant
from music_platform.serving.bundle import write_bundle
from music_platform.serving.engine import Engine
from music_platform.serving.status import Run, version_of, write_status
from music_platform.storage.registry import Registry
from music_platform.storage.warehouse import Warehouse
from music_platform.tasks import TASKS
from music_platform_tests.support.champions import text_artifacts
from music_platform_tests.support.serving import ROOT

FIGURES = {
    "main": "macro_f1",
    "rows": 40,
    "figures": {"macro_f1": {"value": 0.7, "low": 0.6, "high": 0.8}},
    "baseline": {"macro_f1": {"value": 0.2}},
}
RUN = Run("platform", "command line", "success", "2026-01-02T03:00:00+00:00", 147.8)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    opened = Warehouse(tmp_path / "warehouse.duckdb")
    opened.sql.execute("CREATE TABLE ingestion.lyrics AS SELECT TIMESTAMP '2026-01-02 03:04:05' AS landed_at")
    opened.sql.execute("CREATE TABLE features.songs AS SELECT 1 AS song_id")
    with opened.transaction():
        opened.record("features.songs", "made")
    yield opened
    opened.close()


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    for name in ("index.html", "genre/index.html", "genre/metrics.json", "genre/scores.png", "tuning/a_b/index.html"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{{}} {name}")
    return folder


@pytest.fixture
def bundle(tmp_path: Path, warehouse: Warehouse, reports: Path) -> Path:
    registry = Registry(tmp_path / "artifacts")
    text_artifacts(registry.root, ("genre", "topic"))
    champions = {task: registry.artifact(task, p.name) for task in ("genre", "topic") for p in latest(registry, task)}
    for champion in champions.values():
        registry.promote(champion, "the only one")
    folder = write_bundle(tmp_path / "bundle", {})
    write_status(folder, reports, registry, warehouse, champions, {"genre": FIGURES, "topic": {}}, [RUN])
    return folder


def latest(registry: Registry, task: str) -> list[Path]:
    return [path.parent for path in registry.root.glob(f"{task}/*/*/manifest.json")]


@pytest.fixture
def client(tmp_path: Path, bundle: Path) -> Iterator[TestClient]:
    engine = Engine(bundle)
    app = create_app(lambda: engine, lambda: Assistant(engine, tmp_path), ROOT / "bentos/music/web", Landing(tmp_path))
    with TestClient(app) as client:
        yield client


def test_the_status_says_what_answers_how_fresh_it_is_and_what_ran(client: TestClient) -> None:
    status = client.get("/status").json()
    genre, topic = status["champions"]
    assert (genre["title"], topic["title"]) == (TASKS["genre"].title, TASKS["topic"].title)
    assert (genre["task"], genre["metric"], genre["value"], genre["low"], genre["high"]) == (
        "genre",
        "macro_f1",
        0.7,
        0.6,
        0.8,
    )
    assert (genre["baseline"], genre["rows"], genre["why"]) == (0.2, 40, "the only one")
    assert (topic["metric"], topic["value"], topic["baseline"]) == (None, None, None)
    (table,) = status["tables"]
    assert (table["name"], table["rows"], table["newest"]) == ("songs", 1, "2026-01-02T03:04:05+00:00")
    assert status["runs"] == [RUN.__dict__]
    assert status["reports"] == ["genre/index.html", "index.html", "tuning/a_b/index.html"]


def test_a_bento_without_a_status_says_so(client: TestClient, bundle: Path) -> None:
    (bundle / "status.json").unlink()
    answer = client.get("/status")
    assert (answer.status_code, answer.json()["detail"][0]["msg"]) == (404, "No status in this bento")


def test_reports_are_served_from_their_folder_only(client: TestClient, bundle: Path) -> None:
    page = client.get("/reports/genre/index.html")
    assert (page.status_code, page.text) == (200, "{} genre/index.html")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for path in ("genre/metrics.json", "tuning/a_b/index.html"):
        assert client.get(f"/reports/{path}").status_code == 200
    (bundle / "reports" / "out.html").symlink_to(bundle / "status.json")
    unsafe = ("genre/scores.png", "genre", "", "nothing.html", "out.html", "%2e%2e/status.json", "..%2fstatus.json")
    for path in (*unsafe, "/etc/hostname", "genre/%00.html", f"{bundle}/status.json"):
        assert client.get(f"/reports/{path}").status_code == 404, path


def test_a_bento_is_made_again_for_other_tables_or_reports_and_not_for_another_day(
    warehouse: Warehouse, reports: Path
) -> None:
    before = version_of(reports, warehouse)
    (reports / "genre" / "scores.png").write_text("drawn again")
    assert version_of(reports, warehouse) == before
    (reports / "index.html").write_text("another verdict")
    changed = version_of(reports, warehouse)
    assert changed != before
    warehouse.sql.execute("INSERT INTO features.songs VALUES (2)")
    with warehouse.transaction():
        warehouse.record("features.songs", "made")
    assert version_of(reports, warehouse) != changed


def test_the_latest_runs_say_who_started_them_and_how_they_went() -> None:
    @dg.op
    def fails(context: dg.OpExecutionContext) -> None:
        if "bad" in context.run.tags:
            raise ValueError

    @dg.job(name="platform")
    def job() -> None:
        fails()

    with dg.DagsterInstance.ephemeral() as instance:
        for tags in ({"dagster/sensor_name": "landed_lyrics"}, {"music_platform/pid": "1", "bad": "1"}):
            job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)
        newest, oldest = latest_runs(instance)
    assert (newest.job, newest.trigger, newest.status) == ("platform", "command line", "failure")
    assert (oldest.trigger, oldest.status) == ("landed_lyrics", "success")
    assert oldest.seconds is not None
    assert oldest.started_at is not None
    assert json.dumps(oldest.__dict__)
