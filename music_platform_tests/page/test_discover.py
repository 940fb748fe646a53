"""The section of tracks: search, recommendations, sliders, the map, and refusals."""

import re

import pytest

from music_platform_tests.support.pages import REFUSED, Opens, refuse

pytestmark = pytest.mark.slow


def test_a_track_is_found_by_keyboard_and_five_like_it_say_why(opened: Opens) -> None:
    page = opened("discover")
    page.locator("#track").focus()
    page.keyboard.type("paper b")
    page.locator("[role=option]").first.wait_for()
    field = page.get_by_role("combobox", name="Find a track")
    assert field.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    chosen = page.locator(f"#{field.get_attribute('aria-activedescendant')}")
    assert chosen.get_attribute("aria-selected") == "true"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=re.compile("^Like “Paper Boat")).wait_for()
    assert field.get_attribute("aria-expanded") == "false"
    page.locator("#discover .songs .why").nth(4).wait_for()
    assert all("closest in" in why for why in page.locator("#discover .songs .why").all_inner_texts())
    nearest = page.locator("#discover .songs .title").first.inner_text()
    page.get_by_role("button", name="More like this").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=f"Like “{nearest}”").wait_for()
    page.locator("h2:focus").get_by_text(nearest).wait_for()
    field.fill("nothing is called so")
    page.get_by_text("No track found").wait_for()


def test_sliders_are_asked_for_what_they_say(opened: Opens) -> None:
    page = opened("discover")
    page.locator("#discover .songs .why").first.wait_for()
    slider = page.get_by_role("slider", name="Tempo")
    slider.focus()
    with page.expect_request("**/recommendations") as asked:
        page.keyboard.press("End")
    assert asked.value.post_data_json["tempo"] == 250
    assert page.locator("output[for=feel-tempo]").inner_text() == "250 bpm"
    page.get_by_role("heading", name="With this feel").wait_for()


def test_the_map_is_read_by_mouse_and_by_keyboard(opened: Opens) -> None:
    page = opened("discover")
    canvas = page.get_by_role("application", name="Map of tracks")
    canvas.focus()
    page.keyboard.press("+")
    assert canvas.get_attribute("data-zoom") == "1.50"
    canvas.hover()
    page.mouse.wheel(0, -100)
    page.mouse.wheel(0, -100)
    page.get_by_role("button", name="Show everything").click()
    assert canvas.get_attribute("data-zoom") == "1.00"
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    title = page.locator(".tip b").inner_text()
    assert title in page.locator("#discover .hidden[aria-live]").inner_text()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=f"Like “{title}”").wait_for()
    cluster = page.locator(".legend button").first
    cluster.click()
    assert cluster.get_attribute("aria-pressed") == "false"


@pytest.mark.parametrize("status", REFUSED)
def test_what_the_other_sections_miss_is_said_where_it_is_missing(opened: Opens, status: int) -> None:
    page = opened("genres")
    for route in ("**/map", "**/tracks?*", "**/recommendations", "**/status"):
        sentence = refuse(page, route, status)
    page.locator("nav a").nth(3).click()
    page.locator("#platform").get_by_text(sentence).wait_for()
    page.locator("nav a").nth(1).click()
    page.locator("#track").fill("paper")
    page.locator("#discover .notice").nth(2).wait_for()
    assert page.locator("#discover .notice").get_by_text(sentence).count() == 3
