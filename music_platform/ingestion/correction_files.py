"""Corrections as files of the landing zone: what people send, and what a review decides. No table, no training.

A file holds one row as JSON Lines and never changes: `corrections/<id>.jsonl`, and `decisions/<id>-<time>.jsonl` for
every decision. Of several decisions on a correction the last one counts. How they train is in `models.corrections`.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from music_platform.errors import InputError
from music_platform.storage.files import fingerprint, replacing

Decision = Literal["accepted", "rejected", "reverted"]
Status = Literal["waiting", "accepted", "rejected", "reverted"]


@dataclass(frozen=True)
class Correction:
    """The right labels of a text, as somebody sent them; the columns of the landing kind `corrections`."""

    correction_id: str
    task: str
    lyrics: str
    labels: list[str]
    answered: list[str]
    model_version: str
    corrected_at: str
    """UTC, ISO 8601."""
    source: str = "page"


_COLUMNS = {field.name for field in fields(Correction)}
_DECIDED = {"correction_id", "decision", "decided_at"}
_ID = re.compile("[0-9a-f]{16}")


class Corrections:
    """The corrections and decisions of a landing zone."""

    def __init__(self, landing: Path) -> None:
        self._corrections, self._decisions = landing / "corrections", landing / "decisions"

    def add(self, task: str, lyrics: str, labels: Iterable[str], answered: Sequence[str], model_version: str) -> str:
        """Land a correction; its id. One of the same text and labels is there already and stays as it is.

        Raises:
            OSError: it can't be written.
        """
        right = sorted(set(labels))
        identifier = fingerprint(task, lyrics, right)
        if not (path := self._corrections / f"{identifier}.jsonl").exists():
            _write(path, asdict(Correction(identifier, task, lyrics, right, list(answered), model_version, _now())))
        return identifier

    def status(self, identifier: str) -> Status:
        """What the last decision on a correction said; `waiting` before the first."""
        return _last(_read(self._decisions, f"{identifier}-*.jsonl")).get(identifier, "waiting")

    def all(self) -> list[tuple[Correction, Status]]:
        """Every correction with its status: those that wait first, then the newest first.

        Raises:
            InputError: a file holds something else.
        """
        last = _last(_read(self._decisions, "*.jsonl"))
        rows = _read(self._corrections, "*.jsonl")
        found = {row["correction_id"]: Correction(**{name: row[name] for name in _COLUMNS}) for row in rows}
        listed = [(correction, last.get(identifier, "waiting")) for identifier, correction in found.items()]
        listed.sort(key=lambda pair: (pair[0].corrected_at, pair[0].correction_id), reverse=True)
        return sorted(listed, key=lambda pair: pair[1] != "waiting")

    def decide(self, identifiers: Sequence[str], decision: Decision) -> list[str]:
        """Land a decision on each of the corrections, or on none; the ids of those that it was new for.

        Raises:
            InputError: no correction has an id, or one that was not accepted should be reverted.
        """
        status: dict[str, Status] = {correction.correction_id: found for correction, found in self.all()}
        for identifier in identifiers:
            if identifier not in status or not _ID.fullmatch(identifier):
                raise InputError(
                    f"{identifier!r}: no correction has this id; `music-platform corrections list` shows them"
                )
            if decision == "reverted" and status[identifier] not in ("accepted", "reverted"):
                raise InputError(f"{identifier}: is {status[identifier]}; only what was accepted can be reverted")
        new = [identifier for identifier in dict.fromkeys(identifiers) if status[identifier] != decision]
        for identifier in new:
            at = _now()
            row = {"correction_id": identifier, "decision": decision, "decided_at": at}
            _write(self._decisions / f"{identifier}-{''.join(filter(str.isdigit, at[:26]))}.jsonl", row)
        return new


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _write(path: Path, row: dict[str, Any]) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(row, ensure_ascii=False) + "\n", "utf-8")


def _read(folder: Path, pattern: str) -> list[dict[str, Any]]:
    """The rows of all files, in the order of their names."""
    wanted = _COLUMNS if folder.name == "corrections" else _DECIDED
    rows: list[dict[str, Any]] = []
    for path in sorted(folder.glob(pattern)):
        try:
            rows += [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]
        except ValueError as error:
            raise InputError(f"{path}: is not JSON Lines ({error})") from None
        if not all(isinstance(row, dict) and wanted <= row.keys() for row in rows):
            raise InputError(f"{path}: a row lacks a column; {folder.name} have {', '.join(sorted(wanted))}")
    return rows


def _last(decisions: list[dict[str, Any]]) -> dict[str, Status]:
    ordered = sorted(decisions, key=lambda row: row["decided_at"])
    return {row["correction_id"]: row["decision"] for row in ordered}
