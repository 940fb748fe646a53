"""The review of corrections on a terminal: a table of all, and decisions on some."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from music_platform.errors import InputError
from music_platform.ingestion.correction_files import Corrections
from music_platform.schema import Decision

_SHOWN = 60


def show(corrections: Corrections, console: Console) -> None:
    """Print all corrections, those that wait for a decision in bold."""
    listed = corrections.all()
    if not listed:
        console.print("There are no corrections, because nobody sent one from the page.")
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


def decide(corrections: Corrections, decision: Decision, identifiers: Sequence[str], console: Console) -> None:
    """Record a decision on the corrections with these identifiers, and print a line for each.

    Raises:
        InputError: no identifier is given, or one of them does not allow this decision; then nothing is recorded.
    """
    if not identifiers:
        raise InputError("corrections: give the ids to decide on; `music-platform corrections list` shows them")
    new = set(corrections.decide(identifiers, decision))
    for identifier in dict.fromkeys(identifiers):
        console.print(f"{identifier}: {decision if identifier in new else f'was {decision} before'}", markup=False)
    console.print("The next run trains with the accepted corrections only.", style="dim")
