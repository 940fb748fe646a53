"""The answer log: a row for every answer of a model, appended by a thread of its own. Knows no HTTP and no model.

Rows are appended to a file of this process in the folder of open files. One that is full, an hour old, or left behind
by a process that is gone, is moved to the landing zone, from where monitoring takes it as any data.
"""

import fcntl
import hashlib
import json
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from music_platform.serving.api.metrics import metrics

_WAITING = 20_000
"""Answers that wait to be written at most; more are counted as lost."""
_AT_ONCE = 500
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Row:
    """One answer: `labels` are what was answered, `scores` a JSON object of what the model weighed, best first."""

    trace_id: str
    answered_at: str
    route: str
    model_version: str
    input_hash: str
    input: str | None
    labels: list[str]
    scores: str
    uncertain: bool | None
    milliseconds: float


Rows = Callable[[], Iterable[Row]]
"""Makes the rows of an answer."""


def now() -> str:
    """This moment as ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def input_hash(text: str) -> str:
    """Half of the sha256 of a text as 32 hex digits: it tells equal inputs, and nothing else about them."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class AnswerLog:
    """Takes rows from any thread and never keeps it waiting.

    Args:
        folder: where files are written; made if missing.
        landed: where they go when they are done; made if missing.
        most_bytes: a file is done when it is as long,
        most_seconds: or as old.
    """

    def __init__(self, folder: Path, landed: Path, most_bytes: int = 2**24, most_seconds: float = 3600) -> None:
        for each in (folder, landed):
            each.mkdir(parents=True, exist_ok=True)
        self._folder, self._landed = folder, landed
        self._most_bytes, self._most_seconds = most_bytes, most_seconds
        self.lost = 0
        """Answers that were not written: the disk failed, or more came than it takes."""
        self._waiting: queue.Queue[Rows | None] = queue.Queue(_WAITING)
        self._file: IO[bytes] | None = None
        self._since = 0.0
        self._recover()
        self._thread = threading.Thread(target=self._write, name="answer-log", daemon=True)
        self._thread.start()

    def append(self, rows: Rows) -> None:
        """Have the rows of an answer written; they are made by the log's thread."""
        try:
            self._waiting.put_nowait(rows)
        except queue.Full:
            self._lose(1)

    def close(self) -> None:
        """Write what waits, and hand the file on."""
        self._waiting.put(None)
        self._thread.join()

    def _lose(self, answers: int) -> None:
        self.lost += answers
        metrics().lost(answers)

    def _write(self) -> None:
        going = True
        while going:
            batch = self._next()
            going = None not in batch
            if given := [rows for rows in batch if rows is not None]:
                try:
                    self._append(given)
                except Exception:
                    self._lose(len(given))
                    _log.exception("answers could not be logged")
            if self._file and (not going or self._is_done(self._file)):
                self._land(self._file)

    def _next(self) -> list[Rows | None]:
        """What waits, in the order it came; nothing when only the file has to be looked at."""
        batch: list[Rows | None] = []
        with suppress(queue.Empty):
            batch.append(self._waiting.get(timeout=min(self._most_seconds, 60)))
            while len(batch) < _AT_ONCE:
                batch.append(self._waiting.get_nowait())
        return batch

    def _append(self, given: list[Rows]) -> None:
        lines = [json.dumps(asdict(row), ensure_ascii=False) + "\n" for rows in given for row in rows()]
        file = self._file or self._open()
        file.write("".join(lines).encode("utf-8", "replace"))
        file.flush()

    def _open(self) -> IO[bytes]:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        file = (self._folder / f"{stamp}-{os.getpid()}.jsonl").open("ab")
        fcntl.flock(file, fcntl.LOCK_EX)  # gone with the process, however it ends
        self._file, self._since = file, time.monotonic()
        return file

    def _is_done(self, file: IO[bytes]) -> bool:
        return file.tell() >= self._most_bytes or time.monotonic() - self._since >= self._most_seconds

    def _land(self, file: IO[bytes]) -> None:
        self._file = None
        with file:
            os.fsync(file.fileno())
            path = Path(file.name)
            path.replace(self._landed / path.name)

    def _recover(self) -> None:
        """Hand on the files of processes that are gone, without a last line that was not finished."""
        for path in sorted(self._folder.glob("*.jsonl")):
            with suppress(FileNotFoundError, BlockingIOError), path.open("r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                whole = _whole(file)
                file.truncate(whole)
                if whole:
                    self._land(file)
                else:
                    path.unlink()


def _whole(file: IO[bytes]) -> int:
    """Bytes of a file up to the end of its last finished line."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - 65536)
        file.seek(start)
        at = file.read(end - start).rfind(b"\n")
        if at >= 0:
            return start + at + 1
        end = start
    return 0
