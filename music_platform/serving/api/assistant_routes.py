"""The assistant over HTTP and WebSocket: a request in, the session out. The replies are made in `assistant`.

On the WebSocket a client first sends `{}` or `{"session_id": ...}` and gets the session; then it sends `{"text": ...}`.
It gets `typing`, then `answer`; and `changed` when another tab or another request changed the session.
"""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response, WebSocket, WebSocketDisconnect
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError

from music_platform.serving.api.refusals import DOCUMENTED, REFUSED, problems, refused
from music_platform.serving.api.trace import TRACE, new_trace
from music_platform.serving.assistant.assistant import Assistant, Turned
from music_platform.serving.assistant.playlists import Entry
from music_platform.serving.wire.answers import (
    AssistantAnswer,
    Conversation,
    Executed,
    Listed,
    Playlist,
    Understood,
)
from music_platform.serving.wire.requests import Opened, Said, SessionId
from music_platform.serving.wire.samples import SAMPLES

_PAUSE = 0.25
"""Seconds between two checks whether another connection changed the session."""
_MAX_MESSAGE = 20_000
_MISSING: dict[int | str, dict[str, Any]] = {404: DOCUMENTED[404]}
_SessionPath = Annotated[SessionId, Path(description="id of a session")]


def _listed(songs: Sequence[Entry]) -> list[Listed]:
    return [Listed.model_validate(song, from_attributes=True) for song in songs]


def _conversation(turned: Turned) -> dict[str, Any]:
    state, lists = turned.state, turned.lists
    return {
        "session_id": turned.session_id,
        "version": turned.version,
        "language": state.language,
        "reply": state.reply,
        "playlist": _listed(lists.get(state.current, ())),
        "playlists": [
            Playlist(name=name, current=name == state.current, songs=_listed(songs)) for name, songs in lists.items()
        ],
        "choices": _listed(state.shown) if state.asking or state.confirming == "add" else [],
        "trace_id": TRACE.get(),
    }


def _turned(assistant: Assistant, said: Said) -> AssistantAnswer:
    began = time.perf_counter()
    turned = assistant.turn(said.text, said.session_id)
    answer = AssistantAnswer(
        **_conversation(turned),
        model_version=assistant.model_version,
        understood=[Understood(**one) for one in turned.understood],
        executed=[Executed(sql=one.sql, parameters=list(one.parameters)) for one in turned.executed],
    )
    assistant.record("assistant", said, answer, time.perf_counter() - began)
    return answer


def assistant_routes(assistant: Callable[[], Assistant]) -> APIRouter:
    """The routes; `assistant` gives the assistant of the loaded bundle, and is called within requests only."""
    routes = APIRouter(tags=["assistant"])
    body = {"requestBody": {"content": {"application/json": {"example": SAMPLES["assistant"]}}}}

    @routes.post("/assistant", responses=DOCUMENTED, openapi_extra=body)
    def turn(said: Said) -> AssistantAnswer:
        """One turn of the playlist assistant: it adds, removes, shows, clears and answers, in three languages."""
        return _turned(assistant(), said)

    @routes.get("/playlists/{session_id}", responses=_MISSING)
    def playlists(session_id: _SessionPath) -> Conversation:
        """A session: its playlists, and the last reply."""
        return Conversation(**_conversation(assistant().session(session_id)))

    @routes.delete("/playlists/{session_id}", status_code=204, response_class=Response, responses=_MISSING)
    def forget(session_id: _SessionPath) -> Response:
        """Delete a session with all its playlists."""
        assistant().store.delete(session_id)
        return Response(status_code=204)

    @routes.websocket("/assistant/ws")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        with suppress(WebSocketDisconnect):
            await _Socket(websocket, assistant).serve()

    return routes


class _Socket:
    """One connection, which is for one session."""

    def __init__(self, websocket: WebSocket, assistant: Callable[[], Assistant]) -> None:
        self._websocket = websocket
        self._assistant = assistant
        self._session = ""
        self._version = -1
        self._answering = asyncio.Lock()

    async def serve(self) -> None:
        """Answer until the client disconnects."""
        watching: asyncio.Task[None] | None = None
        try:
            while True:
                message = await self._websocket.receive_text()
                TRACE.set(new_trace())
                await self._take(message)
                if self._session and watching is None:
                    watching = asyncio.create_task(self._watch())
        finally:
            if watching is not None:
                watching.cancel()

    async def _take(self, message: str) -> None:
        try:
            body = json.loads(message) if len(message) <= _MAX_MESSAGE else None
            opened = self._session != ""
            request = Said.model_validate(body) if opened else Opened.model_validate(body)
        except ValueError as error:
            detail = problems(error.errors()) if isinstance(error, ValidationError) else _NO_JSON
            await self._send("error", {"detail": detail, "trace_id": TRACE.get()})
            return
        try:
            if isinstance(request, Said):
                await self._send("typing", {})
                await self._turn(request.text)
            else:
                await self._open(request.session_id)
        except REFUSED as error:
            await self._send("error", json.loads(bytes(refused(error).body)))

    async def _open(self, session_id: str | None) -> None:
        turned = await run_in_threadpool(self._assistant().session, session_id)
        self._session, self._version = turned.session_id, turned.version
        await self._send("session", Conversation(**_conversation(turned)).model_dump(mode="json"))

    async def _turn(self, text: str) -> None:
        async with self._answering:
            answer = await run_in_threadpool(_turned, self._assistant(), Said(text=text, session_id=self._session))
            self._version = answer.version
            await self._send("answer", answer.model_dump(mode="json"))

    async def _watch(self) -> None:
        """Send the session whenever another connection changed it: a check is one read by key."""
        while True:
            await asyncio.sleep(_PAUSE)
            async with self._answering:
                version = self._assistant().store.version(self._session)
                if version in (None, self._version):
                    continue
                turned = await run_in_threadpool(self._assistant().session, self._session)
                self._version = turned.version
                TRACE.set(new_trace())
                await self._send("changed", Conversation(**_conversation(turned)).model_dump(mode="json"))

    async def _send(self, kind: str, content: dict[str, Any]) -> None:
        await self._websocket.send_json({"type": kind, **content})


_NO_JSON = [{"loc": ["body"], "msg": f"A message should be JSON of at most {_MAX_MESSAGE} characters", "type": "json"}]
