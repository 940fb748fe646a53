"""All sections: accessibility, a phone, colours, languages, the keyboard, and the weight of the files."""

from pathlib import Path

import pytest

from music_platform_tests.support.pages import LANGUAGES, RAP, SECTIONS, WEB, Opens, fill, send

AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = pytest.mark.slow


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci --prefix music_platform_tests)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("section", SECTIONS)
def test_axe_finds_nothing(opened: Opens, section: str, scheme: str) -> None:
    page = opened(section, color_scheme=scheme)
    fill(page, section)
    page.evaluate(AXE.read_text("utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", tags)
    assert len(found["passes"]) > 15
    assert not [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found["violations"]]


@pytest.mark.parametrize("section", SECTIONS)
def test_a_phone_needs_no_scrolling_sideways(opened: Opens, section: str) -> None:
    page = opened(section, width=360, locale="es")
    fill(page, section)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_colours_are_the_systems_until_one_chooses(opened: Opens) -> None:
    page = opened("genres", color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    switch = page.get_by_role("button", name="Dark colours")
    assert switch.get_attribute("aria-pressed") == "true"
    switch.click()
    assert page.evaluate(paper) != dark
    page.reload()
    page.locator("#genres h1").wait_for()
    assert page.evaluate(paper) != dark
    assert switch.get_attribute("aria-pressed") == "false"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_in_the_language_of_the_browser(opened: Opens, language: str) -> None:
    page = opened("genres", locale=language)
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("#genres h1").inner_text() == LANGUAGES[language]
    for section in SECTIONS:
        page.evaluate("section => { location.hash = `#/${section}` }", section)
        page.locator(f"#{section} h1").wait_for()
        fill(page, section)
        missing = "e => e.filter(one => one.textContent === one.dataset.t).map(one => one.dataset.t)"
        assert page.locator("[data-t]").evaluate_all(missing) == []
        assert page.locator("html").get_attribute("lang") == language


def test_a_language_that_is_chosen_changes_what_is_shown_and_stays(opened: Opens) -> None:
    page = opened("genres")
    send(page, RAP)
    page.get_by_text("Sounds like rap").wait_for()
    page.get_by_label("Language").select_option("es")
    page.get_by_text("Suena a rap").wait_for()
    assert page.title() == "Géneros – music_platform"
    assert page.locator("#lyrics").input_value() == RAP
    page.reload()
    page.get_by_role("heading", name=LANGUAGES["es"]).wait_for()


def test_the_keyboard_alone_goes_the_whole_way(opened: Opens) -> None:
    page = opened("genres")
    focused = "document.activeElement.id || document.activeElement.textContent.trim()"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate(focused) == "content"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "lyrics"
    page.keyboard.insert_text("and the microphone is my corner in the city with the rhyme")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Sounds like rap").wait_for()
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if page.evaluate(focused) == "Discover":
            break
    page.keyboard.press("Enter")
    page.locator("#discover h1").wait_for()
    page.locator("#discover h1:focus").wait_for()
    assert page.title() == "Discover – music_platform"
    assert page.locator("nav [aria-current]").inner_text() == "Discover"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "track"


def test_all_sections_together_are_light(opened: Opens, service: str) -> None:
    page = opened("genres")
    loaded: set[str] = set()
    page.on("response", lambda answer: loaded.add(answer.url))
    page.reload()
    for section in SECTIONS:
        page.evaluate("section => { location.hash = `#/${section}` }", section)
        fill(page, section)
    names = {url.removeprefix(f"{service}/web/") for url in loaded if "/web/" in url}
    assert {"main.js", "genres.js", "platform.js", "en.json"} <= names
    assert sum((WEB / name).stat().st_size for name in {*names, "index.html"}) < 100_000
