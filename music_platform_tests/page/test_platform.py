"""The section of the platform: champions, tables, runs and reports."""

import re

import pytest

from music_platform_tests.support.pages import Opens

pytestmark = pytest.mark.slow


def test_the_platform_is_described_in_words_and_leads_to_the_reports(opened: Opens, service: str) -> None:
    page = opened("platform")
    page.get_by_text("Right in 71% of all cases; always giving the most frequent answer").wait_for()
    assert "accuracy, 0.69 to 0.74 on 1,188 examples" in page.locator(".champion").first.inner_text()
    unmeasured = page.locator(".champion").nth(1)
    assert "Not measured yet." in unmeasured.inner_text()
    assert unmeasured.locator("h3").inner_text() == "Mood of a <b>poem</b>"
    assert page.get_by_role("row", name=re.compile("Songs with lyrics 1,370 ")).count() == 1
    assert page.get_by_role("row", name=re.compile("Everything started by a person")).count() == 1
    assert [link.split("/")[-2] for link in page.locator(".reports a").evaluate_all("e => e.map(one => one.href)")] == [
        "reports",
        "topic",
        "validation",
        "topic_linear",
    ]
    page.get_by_role("link", name="All models at a glance").click()
    assert page.get_by_role("heading", name="A report").evaluate("e => getComputedStyle(e).color") == "rgb(255, 0, 0)"
    assert page.url == f"{service}/reports/index.html"
