"""A browser, and a page of the running service in it."""

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from music_platform_tests.support.pages import Opens

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_EXPECTED = ("Failed to load resource", "WebSocket connection")
"""The browser itself writes these to the console when the service, or a test, refuses a request."""


@pytest.fixture(scope="package")
def browser() -> "Iterator[Browser]":
    """Chromium. It is closed after this folder, since Playwright keeps an event loop that other tests can't share."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium, args=options)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: "Browser", service: str) -> Iterator[Opens]:
    """Opens a section; fails at the end if the page asked anybody else, or wrote an error to the console."""
    outside: list[str] = []
    errors: list[str] = []
    contexts = []

    def open_(section: str, locale: str = "en", width: int = 1280, **options: Any) -> "Page":
        context = browser.new_context(
            locale=locale, viewport={"width": width, "height": 800}, reduced_motion="reduce", **options
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("request", lambda r: None if r.url.startswith((service, "data:")) else outside.append(r.url))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.goto(f"{service}/#/{section}")
        page.locator(f"#{section} h1").wait_for()
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not outside
    assert not [error for error in errors if not error.startswith(_EXPECTED)]
