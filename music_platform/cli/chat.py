"""The assistant on the terminal, with the bundle of the latest bento: reads lines, prints replies, decides nothing."""

from rich.console import Console

from music_platform.errors import InputError
from music_platform.serving.assistant.assistant import Assistant
from music_platform.serving.assistant.playlist_store import UnknownSessionError
from music_platform.serving.bundle import BENTO
from music_platform.serving.engine import Engine, NoCatalogueError, NoModelError
from music_platform.serving.release import latest_bento
from music_platform.serving.wire.requests import MAX_SAID
from music_platform.settings import Home

_LEAVE = {"exit", "quit", "salir", "sair"}


def assistant_of(home: Home) -> Assistant:
    """The assistant of a home's latest bento; its sessions are those of the service.

    Raises:
        InputError: no bento was built yet, or it lacks what the assistant needs.
    """
    bento = latest_bento(home)
    if bento is None:
        raise InputError(f"{home.root}: no bento yet; run `music-platform run` first")
    try:
        return Assistant(Engine(bento / "src" / "bentos" / BENTO / "bundle"), home.state)
    except NoModelError as missing:
        raise InputError(
            f"{home.root}: the bento has no model for {missing.args[0]}; land utterances, then run"
        ) from None
    except NoCatalogueError:
        raise InputError(f"{home.root}: the bento has no catalogue; land one, then run") from None


def chat(assistant: Assistant, session_id: str | None, console: Console, *, show_sql: bool) -> str:
    """Talk until the input ends or somebody leaves; gives the session's id.

    Raises:
        InputError: there is no such session.
    """
    try:
        turned = assistant.session(session_id)
    except UnknownSessionError:
        raise InputError(f"--session {session_id}: no such session, or it was idle for too long") from None
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
