"""The section of genres: bars, explanation, similar songs, corrections, refusals, and the topic of a news text."""

from typing import TYPE_CHECKING

import pytest

from music_platform_tests.support.pages import RAP, REFUSED, Opens, fill, refuse, send

if TYPE_CHECKING:
    from playwright.sync_api import Route

pytestmark = pytest.mark.slow


def test_lyrics_get_bars_the_lines_that_moved_them_and_similar_songs(opened: Opens) -> None:
    page = opened("genres")

    def with_similar(route: "Route") -> None:
        answer = route.fetch()
        song = {"title": "Paper <b>Boat</b>", "artist": "Ana Vale", "genres": ["forro"], "similarity": 0.74}
        route.fulfill(response=answer, json={**answer.json(), "similar": [song]})

    page.route("**/genres", with_similar)
    send(page, RAP)
    assert page.locator(".verdict").inner_text() == "Sounds like rap"
    best = page.locator(".bars li").first
    assert best.get_attribute("class") == "picked"
    assert "threshold 50%" in (best.text_content() or "")
    assert best.locator(".mark").count() == 1
    lines = page.locator(".lines li")
    assert lines.count() == 2
    assert lines.first.get_attribute("class") == "up"
    assert lines.first.locator(".effect").inner_text().startswith("+")
    assert "<img src=x onerror=alert(1)>" in (lines.nth(1).text_content() or "")
    assert page.locator("#genres img, #genres b").count() == 0
    similar = page.locator("#genres .songs li").inner_text()
    assert similar.split() == ["Paper", "<b>Boat</b>", "Ana", "Vale", "74%", "alike", "forró"]


def test_a_correction_is_sent_and_waits(opened: Opens) -> None:
    page = opened("genres")
    send(page, RAP)
    page.get_by_text("Is this wrong? Put it right").click()
    assert page.get_by_label("rap", exact=True).first.is_checked()
    page.locator("[name=right-genres][value=rap]").uncheck()
    page.get_by_text("Send the correction").click()
    page.get_by_text("Choose at least one genre.").wait_for()
    page.locator("[name=right-genres][value=country]").check()
    with page.expect_request("**/corrections") as sent:
        page.get_by_text("Send the correction").click()
    page.get_by_text("Your correction waits for review.").wait_for()
    body = sent.value.post_data_json
    assert {**body, "model_version": ""} == {
        "route": "genres",
        "lyrics": RAP,
        "labels": ["country"],
        "answered": ["rap"],
        "model_version": "",
    }


def test_portuguese_lyrics_get_the_brazilian_genre_too(opened: Opens) -> None:
    page = opened("genres", locale="pt-BR")
    fill(page, "genres")
    assert page.locator(".verdict").all_inner_texts() == ["Soa como samba", "Soa como gospel"]
    kinds = [page.locator(f"[name=right-{route}]").first.get_attribute("type") for route in ("genres", "genre_pt")]
    assert kinds == ["checkbox", "radio"]
    send(page, RAP)
    page.get_by_text("Soa como rap").wait_for()
    assert page.locator(".verdict").count() == 1


def test_what_is_wrong_with_a_text_is_said_while_one_types(opened: Opens) -> None:
    page = opened("genres")
    problem, text = page.locator("#lyrics-problem"), page.locator("#lyrics")
    assert problem.inner_text() == ""
    page.locator("#genres form button").first.click()
    assert problem.inner_text() == "There is no text yet."
    assert text.evaluate("e => e === document.activeElement")
    text.fill("x" * 20_001)
    assert problem.inner_text() == "Too long by one: at most 20,000 characters."
    assert text.get_attribute("aria-invalid") == "true"
    text.fill("🎵" * 20_000)
    assert problem.inner_text() == ""
    assert page.locator("#lyrics-count").inner_text() == "20,000 of 20,000 characters"


def test_an_uncertain_answer_is_called_so(opened: Opens) -> None:
    page = opened("genres")
    page.locator("#lyrics").fill("0")
    page.locator("#genres form button").first.click()
    page.get_by_text("No genre reaches its threshold.").wait_for()
    assert page.locator(".verdict").inner_text() == "Uncertain"
    assert page.locator(".bars .picked").count() == 0


def test_an_example_of_a_news_text_gets_its_topic(opened: Opens) -> None:
    page = opened("genres")
    page.locator("#genres .beside .plain").click()
    page.locator(".beside .bars li").nth(3).wait_for()
    assert len(page.locator("#news").input_value()) > 20


@pytest.mark.parametrize("status", REFUSED)
def test_a_refused_text_is_explained_and_can_be_sent_again(opened: Opens, status: int) -> None:
    page = opened("genres")
    sentence = refuse(page, "**/genres", status)
    send(page, RAP)
    page.get_by_role("alert").get_by_text(sentence).wait_for()
    assert page.locator("#genres [aria-busy=true]").count() == 0
    if status:
        assert "<b>why</b>" in page.locator(".notice").inner_text()
    page.unroute("**/genres")
    again = page.get_by_role("button", name="Try again")
    (page.locator("#genres form button").first if status in (404, 422) else again).click()
    page.get_by_text("Sounds like rap").wait_for()


def test_a_person_with_a_mouse_waits_for_no_second_click(opened: Opens) -> None:
    page = opened("genres")
    held: list[Route] = []
    page.route("**/genres", lambda route: held.append(route))
    page.locator("#lyrics").fill(RAP)
    button = page.locator("#genres form button").first
    button.click()
    page.locator("#genres [aria-busy=true]").wait_for()
    button.click(force=True)
    assert button.get_attribute("aria-disabled") == "true"
    page.wait_for_timeout(100)
    assert len(held) == 1
    held[0].continue_()
    page.get_by_text("Sounds like rap").wait_for()
    assert button.get_attribute("aria-disabled") is None
