"""The section of the assistant: live, without a socket, with a session that is gone, and without an assistant."""

import json
from typing import TYPE_CHECKING

import pytest

from music_platform_tests.support.pages import Opens, say

if TYPE_CHECKING:
    from playwright.sync_api import WebSocketRoute

pytestmark = pytest.mark.slow


def test_the_assistant_is_live_and_its_session_survives_a_reload(opened: Opens) -> None:
    page = opened("assistant")
    say(page, "add paper lanterns by the grey herons")
    page.locator(".playlist .title").wait_for()
    assert page.locator(".playlist .by").inner_text().startswith("The Grey Herons")
    page.get_by_text("Details of this answer").click()
    assert "INSERT" in page.locator(".log code").last.inner_text()
    page.reload()
    page.locator(".playlist .title").wait_for()
    assert say(page, "undo")
    page.get_by_text("Nothing here yet.").wait_for()


def test_without_a_socket_the_assistant_answers_all_the_same_and_the_socket_comes_back(opened: Opens) -> None:
    page = opened("platform")
    opening = []

    def broken_at_first(socket: "WebSocketRoute") -> None:
        opening.append(socket)
        if len(opening) < 3:
            socket.close()
        else:
            socket.connect_to_server()

    page.route_web_socket("**/assistant/ws", broken_at_first)
    page.locator("nav a").nth(2).click()
    page.locator("[data-state=away]").wait_for()
    assert say(page, "add paper lanterns by the grey herons")
    page.locator("[data-state=live]").wait_for()
    assert len(opening) == 3
    page.locator(".playlist .title").wait_for()


def test_a_session_that_is_gone_is_replaced_by_a_new_one(opened: Opens) -> None:
    page = opened("genres")
    page.evaluate("localStorage.setItem('session', 'nobody')")
    page.locator("nav a").nth(2).click()
    page.locator("[data-state=live]").wait_for()
    assert say(page, "what can you do?")
    assert page.evaluate("localStorage.getItem('session')") != "nobody"


def test_a_service_without_an_assistant_says_so(opened: Opens) -> None:
    page = opened("genres")
    refusal = {"type": "error", "detail": [{"loc": ["path"], "msg": "No catalogue in this bento", "type": "not_found"}]}
    page.route_web_socket(
        "**/assistant/ws", lambda socket: socket.on_message(lambda _: socket.send(json.dumps(refusal)))
    )
    page.locator("nav a").nth(2).click()
    page.get_by_text("This service has no assistant.").wait_for()
    page.get_by_text("No catalogue in this bento").wait_for()
