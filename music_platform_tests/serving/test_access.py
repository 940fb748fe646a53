"""The outermost middleware: the key, the trace id, and logs and metrics without anything that a client sent."""

import asyncio
import io
import json
import logging
import subprocess
import sys
from base64 import b64encode
from typing import Any

import pytest
from prometheus_client import generate_latest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from music_platform.serving.api.access import Access
from music_platform.serving.api.logs import write_log
from music_platform.serving.api.trace import TRACE


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        socket = WebSocket(scope, receive, send)
        await socket.accept()
        await socket.send_text("hello")
        await socket.close()
    elif scope["path"] == "/breaks":
        raise RuntimeError
    else:
        await PlainTextResponse(TRACE.get())(scope, receive, send)


def client(key: str = "") -> TestClient:
    return TestClient(Access(app, frozenset({"/genres", "/playlists", "/breaks"}), key), raise_server_exceptions=False)


def basic(password: str) -> str:
    return "Basic " + b64encode(f"anybody:{password}".encode()).decode()


def test_an_answer_carries_its_trace_and_is_safe_to_show() -> None:
    answer = client().get("/genres")
    assert answer.text == answer.headers["X-Trace-Id"] != client().get("/genres").text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "sent", ["", "Bearer", "Bearer wrong", "Bearer ké", "Basic k€", "Basic !", basic("no"), "Key s"]
)
def test_without_the_key_nothing_is_answered_but_probes(sent: str) -> None:
    headers = {"Authorization": sent.encode("utf-8")} if sent else {}
    answer = client("s").get("/genres", headers=headers)
    assert (answer.status_code, answer.json()["detail"][0]["type"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert answer.json()["trace_id"] == answer.headers["X-Trace-Id"]
    assert client("s").get("/livez", headers=headers).status_code == 200
    with pytest.raises(WebSocketDisconnect), client("s").websocket_connect("/assistant/ws", headers=headers):
        raise AssertionError


@pytest.mark.parametrize("sent", ["Bearer s", "bearer s", basic("s")])
def test_with_the_key_all_is_answered(sent: str) -> None:
    assert client("s").get("/genres", headers={"Authorization": sent}).status_code == 200
    with client("s").websocket_connect("/assistant/ws", headers={"Authorization": sent}) as socket:
        assert socket.receive_text() == "hello"


@pytest.mark.parametrize(
    ("origin", "may"), [("http://testserver", True), ("https://evil.example", False), ("null", False)]
)
def test_pages_of_other_sites_open_no_websocket(origin: str, may: bool) -> None:
    if may:
        with client().websocket_connect("/assistant/ws", headers={"Origin": origin}) as socket:
            assert socket.receive_text() == "hello"
    else:
        with pytest.raises(WebSocketDisconnect), client().websocket_connect("/", headers={"Origin": origin}):
            raise AssertionError


def test_a_request_is_logged_and_counted_by_its_route_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "music_platform.serving.api.access")
    for path in ("/playlists/0secret0", "/nothing/0secret0?q=0secret0", "/livez", "/breaks"):
        client().get(path)
    logged = [(record.route, record.status) for record in caplog.records]
    assert logged == [("/playlists", 200), ("other", 200), ("/breaks", 500)]
    counted = generate_latest().decode()
    assert 'music_requests_total{route="other",status="200"}' in counted
    assert "0secret0" not in counted + caplog.text


def test_logs_are_lines_of_json_with_the_trace() -> None:
    script = (
        "import logging\n"
        "from music_platform.serving.api.logs import write_log\n"
        "from music_platform.serving.api.trace import TRACE\n"
        "write_log(); TRACE.set('abc'); log = logging.getLogger('music_platform.x')\n"
        "log.info('request', extra={'ms': 1.5})\n"
        "try: 1 / 0\nexcept ZeroDivisionError: log.exception('broken')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["message"], first["trace_id"], first["ms"], first["level"]) == ("request", "abc", 1.5, "INFO")
    assert "ZeroDivisionError" in second["exc_info"]


def test_on_a_terminal_they_are_lines_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    log, root = logging.getLogger("music_platform.x"), logging.getLogger()
    for logger in (root, *filter(lambda one: getattr(one, "handlers", ()), root.manager.loggerDict.values())):
        monkeypatch.setattr(logger, "handlers", [])
    write_log(shown := Terminal())
    log.info("%s %d", "/genres", 200)
    assert shown.getvalue().endswith(" /genres 200\n")
    assert "{" not in shown.getvalue()


def test_what_is_neither_http_nor_websocket_passes() -> None:
    seen: list[Any] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def nothing() -> Message:
        raise AssertionError

    async def unsent(_: Message) -> None:
        raise AssertionError

    asyncio.run(Access(inner, frozenset(), "s")({"type": "lifespan"}, nothing, unsent))
    assert seen == ["lifespan"]


def test_threads_that_count_first_make_one_set_of_counters() -> None:
    script = (
        "import threading; from music_platform.serving import metrics as m; make = m.Metrics.__init__;"
        "import time; m.Metrics.__init__ = lambda self: (time.sleep(0.05), make(self))[1];"
        "all_of = [threading.Thread(target=lambda: m.metrics().request('/a', 200, 0.1)) for _ in range(4)];"
        "[t.start() for t in all_of]; [t.join() for t in all_of]; print(m.exposition().decode())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert 'music_requests_total{route="/a",status="200"} 4.0' in done.stdout
    assert not done.stderr
