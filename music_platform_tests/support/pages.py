"""The page in a browser: texts to send, and the steps that several of its tests share."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from music_platform_tests.support.serving import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

WEB = ROOT / "bentos" / "music" / "web"
SECTIONS = ("genres", "discover", "assistant", "platform")
LANGUAGES = {"en": "What genre is it?", "es": "¿De qué género es?", "pt": "Qual é o gênero?"}
RAP = "and the microphone is my corner in the city with the rhyme\n<img src=x onerror=alert(1)> the farm"
SAMBA = "e o pandeiro da roda na ladeira não quer que você vá embora, o senhor é a minha luz"
REFUSED = {
    404: ("This service does not have that.", {}),
    422: ("The service can not use that.", {}),
    503: ("The service is busy. Please try again in 7 seconds.", {"Retry-After": "7"}),
    500: ("Something went wrong here. It is not your fault.", {}),
    0: ("The service does not answer. Is it still running?", {}),
}
"""Status of a refusal -> the sentence that a person reads, and headers; 0 is no answer at all."""

Opens = Callable[..., "Page"]
"""Opens a section of the page."""


def send(page: "Page", lyrics: str) -> None:
    """Send lyrics."""
    page.locator("#lyrics").fill(lyrics)
    page.locator("#genres form button").first.click()


def say(page: "Page", text: str) -> str:
    """Say something to the assistant; gives its reply."""
    replies = page.locator(".log .it:not(.dots)")
    page.locator("[data-state=live], [data-state=away]").wait_for()
    before = replies.count()
    page.locator("#said").fill(text)
    page.keyboard.press("Enter")
    replies.nth(before).wait_for()
    return replies.nth(before).inner_text()


def fill(page: "Page", section: str) -> None:
    """Let a section show everything that it can."""
    if section == "genres":
        send(page, SAMBA)
        page.locator(".verdict").nth(1).wait_for()
        page.locator("#genres details summary").first.click()
    elif section == "discover":
        page.locator(".legend button").first.wait_for()
        page.locator("#discover .songs .why").first.wait_for()
        page.locator("#discover details summary").click()
        page.locator("#track").fill("paper")
        page.locator("[role=option]").first.wait_for()
    elif section == "assistant":
        say(page, "add paper lanterns by the grey herons")
        page.locator(".log details summary").first.click()
    else:
        page.locator(".champion").first.wait_for()


def refuse(page: "Page", route: str, status: int) -> str:
    """Let the service refuse a route; gives the sentence that a person should read."""
    sentence, headers = REFUSED[status]
    body = {"detail": [{"loc": ["body"], "msg": "<b>why</b>", "type": "x"}], "trace_id": "t1"}

    def answer(asked: "Route") -> None:
        if status:
            asked.fulfill(status=status, json=body, headers=headers)
        else:
            asked.abort("connectionrefused")

    page.route(route, answer)
    return sentence
