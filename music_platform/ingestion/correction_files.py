"""Corrections as files of the landing zone: the corrections that people send, and the decisions of a review.

A file holds one row as JSON Lines and never changes: `corrections/<id>.jsonl`, and `decisions/<id>-<time>.jsonl` for
every decision. Of several decisions on a correction the last one counts. `models.corrected` learns from them.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from music_platform.errors import InputError
from music_platform.ingestion.landing import Delivery, Landing
from music_platform.schema import DECISIONS, Decision
from music_platform.storage.files import fingerprint

Status = Literal["waiting"] | Decision


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


_COLUMNS = {
    "corrections": {field.name for field in fields(Correction)},
    "decisions": {"correction_id", "decision", "decided_at"},
}
_ID = re.compile("[0-9a-f]{16}")


class Corrections:
    """The corrections and decisions of a landing zone."""

    def __init__(self, landing: Landing) -> None:
        self._landing = landing

    def add(self, task: str, lyrics: str, labels: Iterable[str], answered: Sequence[str], model_version: str) -> str:
        """Land a correction and return its id. One of the same text and labels stays as it was sent first.

        Raises:
            OSError: the file can't be written.
        """
        right = sorted(set(labels))
        identifier = fingerprint(task, lyrics, right)
        row = asdict(Correction(identifier, task, lyrics, right, list(answered), model_version, _now()))
        self._landing.put([_delivery("corrections", identifier, row)], once=True)
        return identifier

    def status(self, identifier: str) -> Status:
        """The last decision on a correction; `waiting` before the first."""
        return _last(self._rows("decisions", f"{identifier}-*.jsonl")).get(identifier, "waiting")

    def all(self) -> list[tuple[Correction, Status]]:
        """Every correction with its status: those that wait first, then the newest first.

        Raises:
            InputError: a file does not hold such rows.
        """
        last = _last(self._rows("decisions", "*.jsonl"))
        found = {row["correction_id"]: _correction(row) for row in self._rows("corrections", "*.jsonl")}
        listed = [(correction, last.get(identifier, "waiting")) for identifier, correction in found.items()]
        listed.sort(key=lambda pair: (pair[0].corrected_at, pair[0].correction_id), reverse=True)
        return sorted(listed, key=lambda pair: pair[1] != "waiting")

    def decide(self, identifiers: Sequence[str], decision: Decision) -> list[str]:
        """Land a decision on each of the corrections, or on none.

        Returns:
            The ids of the corrections whose status the decision changes.

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
                raise InputError(f"{identifier}: is {status[identifier]}; only an accepted correction can be reverted")
        new = [identifier for identifier in dict.fromkeys(identifiers) if status[identifier] != decision]
        at = _now()
        rows = [{"correction_id": identifier, "decision": decision, "decided_at": at} for identifier in new]
        digits = "".join(filter(str.isdigit, at[:26]))
        self._landing.put(_delivery("decisions", f"{row['correction_id']}-{digits}", row) for row in rows)
        return new

    def _rows(self, kind: str, pattern: str) -> list[dict[str, Any]]:
        return [row for path in sorted((self._landing.root / kind).glob(pattern)) for row in _read(kind, path)]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _delivery(kind: str, stem: str, row: dict[str, Any]) -> Delivery:
    return Delivery(kind, f"{stem}.jsonl", (json.dumps(row, ensure_ascii=False) + "\n").encode())


def _read(kind: str, path: Path) -> list[dict[str, Any]]:
    """The rows of a file."""
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]
    except ValueError as error:
        raise InputError(f"{path}: is not JSON Lines ({error}); remove the file") from None
    for row in rows:
        if not (isinstance(row, dict) and _COLUMNS[kind] <= row.keys()):
            raise InputError(f"{path}: a row lacks a column; {kind} have {', '.join(sorted(_COLUMNS[kind]))}")
        if row.get("decision", DECISIONS[0]) not in DECISIONS:
            raise InputError(f"{path}: decision {row['decision']!r} is unknown; use one of {', '.join(DECISIONS)}")
    return rows


def _correction(row: dict[str, Any]) -> Correction:
    return Correction(**{name: row[name] for name in _COLUMNS["corrections"]})


def _last(decisions: list[dict[str, Any]]) -> dict[str, Status]:
    ordered = sorted(decisions, key=lambda row: row["decided_at"])
    return {row["correction_id"]: row["decision"] for row in ordered}
