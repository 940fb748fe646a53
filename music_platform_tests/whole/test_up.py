"""All programs at once, as `music-platform up` starts them: the UI in a browser, a file that lands, the service."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from music_platform.storage.home import Home
from music_platform.storage.warehouse import reading
from music_platform_tests.conftest import copy_of, environment

pytestmark = pytest.mark.slow

CHROMIUM = shutil.which("chromium")
STAGES = ("ingestion", "features", "models", "evaluation", "serving")
HEADER = "track_name,artists,danceability,speechiness,instrumentalness,valence,tempo"


@dataclass
class Platform:
    """A running instance."""

    home: Home
    ui: str
    service: str
    process: subprocess.Popen


def is_outside(url: str, ui: str) -> bool:
    return not url.startswith((ui, "data:", "blob:"))


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} took more than {seconds} s"
        time.sleep(0.5)


@pytest.fixture(scope="module")
def platform(sample_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("up") / "home"
    home, ui, port = copy_of(sample_home, folder), free_port(), free_port()
    command = [sys.executable, "-m", "music_platform.cli", "up", "--ui-port", str(ui), "--port", str(port)]
    with (folder / "up.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--home", str(folder)],
            env=environment(home),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    running = Platform(home, f"http://127.0.0.1:{ui}", f"http://127.0.0.1:{port}", process)
    try:
        wait_for(lambda: answers(f"{running.service}/readyz"), 60, "the service")
        wait_for(lambda: answers(f"{running.ui}/server_info"), 60, "the Dagster UI")
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0, (folder / "up.log").read_text()


def made_in(home: Home) -> dict[str, tuple]:
    with reading(home) as connection:
        return {n: (r, at) for n, r, at in connection.sql("SELECT name, rows, made_at FROM main.made").fetchall()}


def test_the_service_answers(platform):
    request = urllib.request.Request(
        f"{platform.service}/intents",
        data=json.dumps({"text": "add this song to my list"}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        body = json.load(answer)
    assert {"labels", "uncertain", "model_version", "trace_id"} <= set(body)


@pytest.mark.timeout(240)
def test_a_file_that_lands_while_all_runs_is_taken_and_nothing_else_is_made_again(platform):
    before = made_in(platform.home)
    champions = (platform.home.artifacts / "promotions.jsonl").read_text()
    rows = [f"new song {i},new artist {i},0.5,0.1,0.2,0.{i % 9},{90 + i % 60}" for i in range(25)]
    part = platform.home.landing / "tracks" / "new.csv.part"
    part.write_text("\n".join([HEADER, *rows]))
    part.rename(part.with_suffix(""))
    wait_for(
        lambda: made_in(platform.home)["features.tracks"] != before["features.tracks"],
        180,
        "the sensor's run",
    )
    after = made_in(platform.home)
    assert after["features.tracks"][0] == before["features.tracks"][0] + 25
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"ingestion.tracks", "features.tracks"}
    assert (platform.home.artifacts / "promotions.jsonl").read_text() == champions


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt-get install chromium)")
def test_the_dagster_ui_shows_the_graph_and_an_asset_with_its_figure(platform):
    from playwright.sync_api import sync_playwright

    pictures = os.environ.get("MUSIC_PLATFORM_PICTURES")
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        page = browser.new_page(viewport={"width": 1800, "height": 1300})
        outside = []
        page.on("request", lambda r: outside.append(r.url) if is_outside(r.url, platform.ui) else None)
        page.goto(f"{platform.ui}/asset-groups")
        for stage in STAGES:
            page.get_by_text(stage, exact=True).last.wait_for(timeout=30_000)
        page.goto(f"{platform.ui}/assets/serving/bento?view=lineage&lineageScope=upstream&lineageDepth=9")
        page.get_by_text("genre_pt", exact=True).first.wait_for(timeout=30_000)
        if pictures:
            page.wait_for_timeout(3000)
            page.screenshot(path=f"{pictures}/asset-graph.png")
        page.set_viewport_size({"width": 1400, "height": 900})
        page.goto(f"{platform.ui}/assets/evaluation/genre")
        page.get_by_text("macro_f1", exact=True).first.wait_for(timeout=30_000)
        page.get_by_role("row").filter(has_text="classes").get_by_text("Show Markdown").click()
        page.locator("img[src^='data:image/png']").wait_for(timeout=30_000)
        if pictures:
            page.wait_for_timeout(1000)
            page.screenshot(path=f"{pictures}/asset.png")
        browser.close()
    assert not outside
