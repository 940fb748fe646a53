"""The review of corrections on a terminal: the table of them, and decisions. What they are is in `corrections`."""

from collections.abc import Sequence
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from music_platform.errors import InputError
from music_platform.ingestion.correction_files import Corrections, Decision

Action = Literal["list", "accept", "reject", "revert"]
_DECISIONS: dict[Action, Decision] = {"accept": "accepted", "reject": "rejected", "revert": "reverted"}
_SHOWN = 60


def review(corrections: Corrections, action: Action, identifiers: Sequence[str], console: Console) -> None:
    """Print the corrections, or decide on those named and say so.

    Raises:
        InputError: no id is given to decide on, or one that can't be decided on so; then nothing is decided.
    """
    if action == "list":
        _show(corrections, console)
        return
    if not identifiers:
        raise InputError(f"corrections {action}: expected the id of a correction, or several")
    decision = _DECISIONS[action]
    new = set(corrections.decide(identifiers, decision))
    for identifier in dict.fromkeys(identifiers):
        console.print(f"{identifier}: {decision if identifier in new else f'was {decision} before'}", markup=False)
    console.print("The next run trains with what is accepted, and without what is not.", style="dim")


def _show(corrections: Corrections, console: Console) -> None:
    listed = corrections.all()
    if not listed:
        console.print("No corrections: nobody sent one from the page yet.")
        return
    table = Table("id", "status", "task", "sent", "answered", "right", "lyrics")
    for correction, status in listed:
        words = " ".join(correction.lyrics.split())
        cells = (
            correction.correction_id,
            status,
            correction.task,
            correction.corrected_at[:16].replace("T", " "),
            ", ".join(correction.answered) or "none",
            ", ".join(correction.labels),
            words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…",
        )
        table.add_row(*map(Text, cells), style="bold" if status == "waiting" else "dim")
    console.print(table)
