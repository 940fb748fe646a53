"""The files of the page: what they say in each language, what they may ask for, and how they are served."""

import json
import re
from contextlib import suppress

import pytest

from music_platform.tables import TABLES
from music_platform.tasks import TASKS
from music_platform_tests.support.pages import LANGUAGES, WEB
from music_platform_tests.support.serving import call

PARTS = sorted(file.name for file in WEB.iterdir() if file.name != "docs.html")
pytestmark = pytest.mark.slow


def test_the_languages_say_the_same() -> None:
    said = {language: json.loads((WEB / f"{language}.json").read_text("utf-8")) for language in LANGUAGES}
    for words in said.values():
        assert list(words) == list(said["en"])
        for key, sentence in words.items():
            assert sentence.strip(), key
            assert set(re.findall(r"\{\w+\}", sentence)) == set(re.findall(r"\{\w+\}", said["en"][key])), key


def test_the_titles_of_tasks_are_those_of_their_declarations() -> None:
    words = json.loads((WEB / "en.json").read_text("utf-8"))
    titles = {key.removeprefix("task."): word for key, word in words.items() if key.startswith("task.")}
    assert titles
    assert titles == {name: TASKS[name].title for name in titles}


def test_every_table_has_a_name_for_people() -> None:
    words = json.loads((WEB / "en.json").read_text("utf-8"))
    assert {f"table.{name}" for name in TABLES} <= {*words}


def test_the_pages_files_are_all_that_is_served() -> None:
    for file in PARTS:
        text = (WEB / file).read_text("utf-8")
        assert "innerHTML" not in text
        assert not [u for u in re.findall(r"https?://[^\s\"']+", text) if u != "http://www.w3.org/2000/svg"]


def test_unknown_parts_and_unchanged_ones(service: str) -> None:
    import urllib.request
    from urllib.error import HTTPError

    for path in ("/", "/web/main.js", "/docs"):
        with urllib.request.urlopen(urllib.request.Request(service + path, method="HEAD")) as answer:
            assert (answer.status, answer.read()) == (200, b""), path
    for path in ("/web/service.py", "/web/..%2fservice.py", "/web/docs.html", "/web/"):
        assert call(service, path)[0] == 404
    tag = call(service, "/")[2]["ETag"]
    with pytest.raises(HTTPError) as unchanged, suppress(ValueError):
        urllib.request.urlopen(urllib.request.Request(f"{service}/", headers={"If-None-Match": tag}))
    with unchanged.value as answer:
        assert (answer.code, answer.read()) == (304, b"")


def test_every_file_is_served_safely_and_all_together_are_light(service: str) -> None:
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
