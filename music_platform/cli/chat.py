"""The assistant on the terminal, with the bundle of the latest bento: it reads lines and prints replies."""

from rich.console import Console

from music_platform.errors import InputError
from music_platform.serving.assistant.assistant import Assistant
from music_platform.serving.assistant.playlist_store import UnknownSessionError
from music_platform.serving.bundle import BENTO
from music_platform.serving.engine import Engine, NoCatalogueError, NoModelError
from music_platform.serving.release import latest_bento
from music_platform.serving.wire.requests import MAX_SAID
from music_platform.storage.home import Home

_LEAVE = {"exit", "quit", "salir", "sair"}


def assistant_of(home: Home) -> Assistant:
    """The assistant of a home's latest bento. It shares its sessions with the service.

    Raises:
        InputError: no bento was built yet, or it lacks what the assistant needs.
    """
    bento = latest_bento(home)
    if bento is None:
        raise InputError(f"{home.root}: no bento was built in this home; run `music-platform run` first")
    try:
        return Assistant(Engine(bento / "src" / "bentos" / BENTO / "bundle"), home.state)
    except NoModelError as missing:
        raise InputError(
            f"{home.root}: the bento has no model for {missing.args[0]}; land utterances, then run"
        ) from None
    except NoCatalogueError:
        raise InputError(f"{home.root}: the bento has no catalogue; land one, then run") from None


def chat(assistant: Assistant, session_id: str | None, console: Console, *, show_sql: bool) -> str:
    """Talk until the input ends or the person leaves; returns the session's id.

    Raises:
        InputError: there is no such session.
    """
    try:
        turned = assistant.session(session_id)
    except UnknownSessionError:
        raise InputError(
            f"--session {session_id}: this session does not exist or was idle for too long; leave out --session"
        ) from None
    console.print(turned.state.reply, markup=False)
    while (text := _line(console)) is not None and text.lower() not in _LEAVE:
        if not text:
            continue
        if len(text) > MAX_SAID:
            console.print(f"A request has at most {MAX_SAID:,} characters.", style="yellow")
            continue
        turned = assistant.turn(text, turned.session_id)
        console.print(turned.state.reply, style="cyan", markup=False)
        for statement in turned.executed if show_sql else ():
            console.print(f"  {statement.sql}  {list(statement.parameters)}", style="dim", markup=False)
    return turned.session_id


def _line(console: Console) -> str | None:
    try:
        return console.input("[bold]> [/]").strip()
    except (EOFError, KeyboardInterrupt):
        console.print()
        return None
