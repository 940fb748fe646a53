"""The page in a real browser, on the built bento: every section, its error states, keyboard, phone, dark, languages."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from music_platform.serving.bundle import build_bento
from music_platform.storage.files import write_json
from music_platform_tests.support.serving import ROOT, call, make_bundle, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route, WebSocketRoute

CHROMIUM = shutil.which("chromium")
AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
WEB = ROOT / "bentos" / "music" / "web"
PARTS = sorted(file.name for file in WEB.iterdir() if file.name != "docs.html")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt-get install chromium)"),
]

SECTIONS = ("genres", "discover", "assistant", "platform")
LANGUAGES = {"en": "What genre is it?", "es": "¿De qué género es?", "pt": "Qual é o gênero?"}
RAP = "and the microphone is my corner in the city with the rhyme\n<img src=x onerror=alert(1)> the farm"
SAMBA = "e o pandeiro da roda na ladeira não quer que você vá embora, o senhor é a minha luz"
STATUS = {
    "built_at": "2026-01-02T03:04:05+00:00",
    "champions": [
        {
            "task": "topic",
            "candidate": "linear",
            "version": "a1",
            "since": "2026-01-02T03:04:05+00:00",
            "why": "best accuracy of the candidates: 0.714",
            "metric": "accuracy",
            "value": 0.714,
            "low": 0.69,
            "high": 0.74,
            "baseline": 0.221,
            "rows": 1188,
        },
        {
            "task": "clusters",
            "candidate": "kmeans",
            "version": "a2",
            "since": "2026-01-02T03:04:05+00:00",
            "why": "the only one",
            **dict.fromkeys(("metric", "value", "low", "high", "baseline", "rows")),
        },
    ],
    "tables": [
        {"name": "songs", "rows": 1370, "made_at": "2026-01-02T03:04:05+00:00", "newest": "2026-01-01T00:00:00+00:00"}
    ],
    "runs": [
        {
            "job": "platform",
            "trigger": "command line",
            "status": "success",
            "started_at": "2026-01-02T03:00:00+00:00",
            "seconds": 147.8,
        },
        {"job": "tune", "trigger": "weekly", "status": "started", "started_at": None, "seconds": None},
    ],
    "reports": ["index.html", "topic/index.html", "tuning/topic_linear/index.html", "validation/songs.html"],
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("page")
    bundle = make_bundle(folder)
    write_json(bundle / "status.json", STATUS)
    report = bundle / "reports" / "index.html"
    report.parent.mkdir()
    report.write_text("<!doctype html><title>Report</title><style>h1 { color: red }</style><h1>A report</h1>", "utf-8")
    with serving(build_bento(bundle, folder / "bentoml")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


Opens = Callable[..., "Page"]


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
    # What the service refuses, or a test keeps from it, the browser itself writes to the console.
    assert not [error for error in errors if not error.startswith(("Failed to load resource", "WebSocket connection"))]


def fill(page: "Page", section: str) -> None:
    """Let a section show all it can."""
    if section == "genres":
        page.locator("#lyrics").fill(SAMBA)
        page.locator("#genres form button").first.click()
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


def say(page: "Page", text: str) -> str:
    """Say something to the assistant; gives its reply."""
    replies = page.locator(".log .it:not(.dots)")
    page.locator("[data-state=live], [data-state=away]").wait_for()
    before = replies.count()
    page.locator("#said").fill(text)
    page.keyboard.press("Enter")
    replies.nth(before).wait_for()
    return replies.nth(before).inner_text()


def test_lyrics_get_bars_the_lines_that_moved_them_and_similar_songs(opened: Opens) -> None:
    page = opened("genres")

    def with_similar(route: "Route") -> None:
        answer = route.fetch()
        song = {"title": "Paper <b>Boat</b>", "artist": "Ana Vale", "genres": ["forro"], "similarity": 0.74}
        route.fulfill(response=answer, json={**answer.json(), "similar": [song]})

    page.route("**/genres", with_similar)
    page.locator("#lyrics").fill(RAP)
    page.locator("#genres form button").first.click()
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
    page.locator("#lyrics").fill(RAP)
    page.locator("#genres form button").first.click()
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
    page.locator("#lyrics").fill(RAP)
    page.locator("#genres form button").first.click()
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


REFUSED = {
    404: ("This service does not have that.", {}),
    422: ("The service can not use that.", {}),
    503: ("The service is busy. Please try again in 7 seconds.", {"Retry-After": "7"}),
    500: ("Something went wrong here. It is not your fault.", {}),
    0: ("The service does not answer. Is it still running?", {}),
}


def refuse(page: "Page", route: str, status: int) -> str:
    """Let the service refuse a route; gives what a person should read."""
    sentence, headers = REFUSED[status]
    body = {"detail": [{"loc": ["body"], "msg": "<b>told</b>", "type": "x"}], "trace_id": "t1"}

    def answer(asked: "Route") -> None:
        if status:
            asked.fulfill(status=status, json=body, headers=headers)
        else:
            asked.abort("connectionrefused")

    page.route(route, answer)
    return sentence


@pytest.mark.parametrize("status", REFUSED)
def test_a_refused_text_is_explained_and_can_be_sent_again(opened: Opens, status: int) -> None:
    page = opened("genres")
    sentence = refuse(page, "**/genres", status)
    page.locator("#lyrics").fill(RAP)
    page.locator("#genres form button").first.click()
    page.get_by_role("alert").get_by_text(sentence).wait_for()
    assert page.locator("#genres [aria-busy=true]").count() == 0
    if status:
        assert "<b>told</b>" in page.locator(".notice").inner_text()
    page.unroute("**/genres")
    again = page.get_by_role("button", name="Try again")
    (page.locator("#genres form button").first if status in (404, 422) else again).click()
    page.get_by_text("Sounds like rap").wait_for()


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


def test_the_assistant_is_live_and_its_session_survives_a_reload(opened: Opens) -> None:
    page = opened("assistant")
    say(page, "add paper lanterns by the grey herons")
    page.locator(".playlist .title").wait_for()
    assert page.locator(".playlist .by").inner_text().startswith("The Grey Herons")
    page.get_by_text("What was understood and done").click()
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
    told = {"type": "error", "detail": [{"loc": ["path"], "msg": "No catalogue in this bento", "type": "not_found"}]}
    page.route_web_socket("**/assistant/ws", lambda socket: socket.on_message(lambda _: socket.send(json.dumps(told))))
    page.locator("nav a").nth(2).click()
    page.get_by_text("This service has no assistant.").wait_for()
    page.get_by_text("No catalogue in this bento").wait_for()


def test_the_platform_is_told_in_words_and_leads_to_the_reports(opened: Opens, service: str) -> None:
    page = opened("platform")
    page.get_by_text("Right in 71% of all cases; always giving the most frequent answer").wait_for()
    assert "accuracy, 0.69 to 0.74 on 1,188 examples" in page.locator(".champion").first.inner_text()
    page.get_by_text("Not measured yet.").wait_for()
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
    page.locator("#lyrics").fill(RAP)
    page.locator("#genres form button").first.click()
    page.get_by_text("Sounds like rap").wait_for()
    page.get_by_label("Language").select_option("es")
    page.get_by_text("Suena a rap").wait_for()
    assert page.title() == "Géneros – music_platform"
    assert page.locator("#lyrics").input_value() == RAP
    page.reload()
    page.get_by_role("heading", name=LANGUAGES["es"]).wait_for()


def test_the_languages_say_the_same() -> None:
    said = {language: json.loads((WEB / f"{language}.json").read_text("utf-8")) for language in LANGUAGES}
    for words in said.values():
        assert list(words) == list(said["en"])
        for key, sentence in words.items():
            assert sentence.strip(), key
            assert set(re.findall(r"\{\w+\}", sentence)) == set(re.findall(r"\{\w+\}", said["en"][key])), key


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


def test_the_page_is_light_and_asked_for_again_only_when_it_changed(opened: Opens, service: str) -> None:
    page = opened("genres")
    weights = {}
    page.on("response", lambda answer: weights.setdefault(answer.url, answer))
    page.reload()
    for section in SECTIONS:
        page.evaluate("section => { location.hash = `#/${section}` }", section)
        fill(page, section)
    loaded = {url.removeprefix(f"{service}/web/") for url in weights if "/web/" in url}
    assert loaded <= set(PARTS)
    assert sum((WEB / name).stat().st_size for name in {*loaded, "index.html"}) < 100_000
    total = 0
    for path in ("/", *(f"/web/{name}" for name in PARTS)):
        status, body, headers = call(service, path)
        total += len(body if isinstance(body, str) else json.dumps(body, ensure_ascii=False))
        assert status == 200
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["ETag"]
    assert total < 200_000


def test_the_pages_files_are_all_that_is_served() -> None:
    for file in PARTS:
        text = (WEB / file).read_text("utf-8")
        assert "innerHTML" not in text
        assert not [u for u in re.findall(r"https?://[^\s\"']+", text) if u != "http://www.w3.org/2000/svg"]


def test_unknown_parts_and_unchanged_ones(service: str) -> None:
    import urllib.request
    from urllib.error import HTTPError

    for path in ("/web/service.py", "/web/..%2fservice.py", "/web/docs.html", "/web/"):
        assert call(service, path)[0] == 404
    tag = call(service, "/")[2]["ETag"]
    with pytest.raises(HTTPError) as unchanged, suppress(ValueError):
        urllib.request.urlopen(urllib.request.Request(f"{service}/", headers={"If-None-Match": tag}))
    with unchanged.value as answer:
        assert (answer.code, answer.read()) == (304, b"")
