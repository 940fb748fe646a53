"""The page in a browser: the time until the first answer is on the screen, and the bytes of the page.

    python -m music_platform_tests.benchmarks.page --home my/home

Serves the bento that a home's last run built and opens the page in Chromium with nothing cached: from the address
until the sections can be used, and until the genres of the example lyrics are on the screen, the clicks included.
"""

import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from music_platform.serving.release import latest_bento
from music_platform.storage.home import Home
from music_platform_tests.support.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Response

TIMES = 5


def once(browser: "Browser", address: str) -> tuple[float, float, int]:
    """Seconds until the page can be used and until it shows its first answer, and bytes of the page's own files."""
    page, files = browser.new_page(locale="en-US"), []

    def note(response: "Response") -> None:
        if response.url.rstrip("/") == address or "/web/" in response.url:
            files.append(response)

    page.on("response", note)
    began = time.perf_counter()
    page.goto(address)
    page.get_by_role("button", name="Try an example").first.click()
    usable = time.perf_counter() - began
    page.get_by_role("button", name="Find the genres").click()
    page.get_by_text("Sounds like").first.wait_for()
    answered = time.perf_counter() - began
    weight = sum(len(response.body()) for response in files)
    page.close()
    return usable, answered, weight


def main(home: Annotated[Path, typer.Option(help="a home after a run")] = Path(".music_platform")) -> None:
    """Serve, look and print."""
    from playwright.sync_api import sync_playwright

    bento, chromium = latest_bento(Home.at(home)), shutil.which("chromium")
    if bento is None or chromium is None:
        raise typer.BadParameter(
            f"{home}: a bento and Chromium are needed; `music-platform run`, `apt install chromium`"
        )
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(bento, home=Path(folder)) as address,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        seen = sorted(once(browser, address) for _ in range(TIMES))
        browser.close()
    table = Table("", "fastest", "median", "slowest", box=box.MARKDOWN)
    for name, place in (("usable, s", 0), ("first answer, s", 1)):
        values = sorted(one[place] for one in seen)
        table.add_row(name, *(f"{values[i]:.2f}" for i in (0, TIMES // 2, -1)))
    Console(width=100).print(table)
    print(f"{seen[0][2] / 1000:.0f} kB in one language")


if __name__ == "__main__":
    typer.run(main)
