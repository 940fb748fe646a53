"""The gate before the routes: load is shed, and only what can be understood reaches the app."""

import asyncio
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from music_platform.serving.api.gate import MAX_BUSY, Gate
from music_platform.serving.wire.bodies import MAX_BYTES


async def ask(
    app: Any, chunks: list[bytes], path: str = "/genres", method: str = "POST", encoding: str = ""
) -> tuple[int, dict[str, str], bytes]:
    """Send a body in chunks, which are taken from the list as the app receives them."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": chunks.pop(0) if chunks else b"", "more_body": bool(chunks)}

    async def send(message: Message) -> None:
        sent.append(message)

    given = [(b"content-encoding", encoding.encode())] if encoding else []
    await app({"type": "http", "method": method, "path": path, "headers": given, "query_string": b""}, receive, send)
    headers = {key.decode(): value.decode() for key, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


def test_a_body_in_pieces_arrives_whole() -> None:
    status, _, body = asyncio.run(ask(Gate(echo, frozenset({"/genres"})), [b"a" * 10, b"b" * 5]))
    assert (status, body) == (200, b"15")


@pytest.mark.parametrize("pieces", [[b"a" * (MAX_BYTES + 1)], [b"a" * 1_000_000] * 9])
def test_a_body_beyond_the_limit_never_reaches_the_app(pieces: list[bytes]) -> None:
    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    status, _, body = asyncio.run(ask(Gate(never, frozenset({"/genres"})), pieces))
    assert status == 413
    assert b"too_large" in body


@pytest.mark.parametrize(("pieces", "left"), [(5, 0), (100, 80)])
def test_the_rest_of_a_body_that_is_too_large_is_received_but_not_without_end(pieces: int, left: int) -> None:
    chunks = [b"a" * 1_000_000] * pieces
    assert asyncio.run(ask(Gate(echo, frozenset({"/genres"})), chunks))[0] == 413
    assert len(chunks) == left


@pytest.mark.parametrize("path", ["/genres", "/assistant"])
def test_a_compressed_body_is_refused_in_one_line(path: str) -> None:
    gate = Gate(echo, frozenset({"/genres"}))
    status, _, body = asyncio.run(ask(gate, [b"\x1f\x8b"], path, encoding="gzip"))
    assert status == 415
    assert b"send plain JSON, without Content-Encoding: gzip" in body
    assert asyncio.run(ask(gate, [b"{}"], path, encoding="identity"))[0] == 200


def test_other_routes_are_left_alone() -> None:
    status, _, body = asyncio.run(ask(Gate(echo, frozenset({"/genres"})), [b"a" * (MAX_BYTES + 1)], "/other"))
    assert (status, body) == (200, str(MAX_BYTES + 1).encode())


def test_too_many_at_a_time_get_503_with_retry_after_and_others_are_answered() -> None:
    async def crowd() -> list[tuple[int, dict[str, str], bytes]]:
        opened = asyncio.Event()

        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] != "/livez":
                await opened.wait()
            await echo(scope, receive, send)

        gate = Gate(slow, frozenset({"/genres"}))
        waiting = [asyncio.create_task(ask(gate, [])) for _ in range(MAX_BUSY)]
        await asyncio.sleep(0)
        refused, looked = await ask(gate, [], "/models", "GET"), await ask(gate, [], "/livez", "GET")
        opened.set()
        return [refused, looked, *await asyncio.gather(*waiting), await ask(gate, [])]

    refused, *answered = asyncio.run(crowd())
    assert (refused[0], refused[1]["retry-after"]) == (503, "1")
    assert [status for status, _, _ in answered] == [200] * (MAX_BUSY + 2)


@pytest.mark.parametrize("path", ["/genres", "/models"])
def test_an_answer_that_takes_too_long_becomes_503_with_retry_after(path: str) -> None:
    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    gate = Gate(never, frozenset({"/genres"}), seconds=0.01)
    status, headers, body = asyncio.run(ask(gate, [], path))
    assert (status, headers["retry-after"]) == (503, "1")
    assert b"No answer within 0.01 seconds" in body
    assert gate._busy == 0
