"""The answer log: a row for every answer of a model, appended by a thread of its own.

The thread appends rows to a file of this process in the folder of open files. A file that is full, an hour old, or
left behind by a process that is gone, goes to the landing zone, where monitoring reads it like any other data.
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

from music_platform.ingestion.landing import Delivery, Landing
from music_platform.serving.metrics import metrics

_WAITING = 20_000
"""The most answers that may wait to be written; any above are counted as lost."""
_AT_ONCE = 500
"""The most answers that one write takes."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Row:
    """One answer: the labels that the model gave, and all scores that it weighed as a JSON object, best first."""

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
"""A function that makes the rows of an answer."""


def now() -> str:
    """This moment as ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def input_hash(text: str) -> str:
    """Half of the sha256 of a text as 32 hex digits: equal inputs have equal hashes, and no input can be read back."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class AnswerLog:
    """A log that takes rows from any thread and never keeps it waiting.

    Args:
        folder: the folder of open files; it is made if it is missing.
        landing: the landing zone that takes the finished files.
        most_bytes: the size from which on a file is finished.
        most_seconds: the age from which on a file is finished.
    """

    def __init__(self, folder: Path, landing: Landing, most_bytes: int = 2**24, most_seconds: float = 3600) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._landing = folder, landing
        self._most_bytes, self._most_seconds = most_bytes, most_seconds
        self.lost = 0
        """Answers that were not written, because the disk failed or too many came at once."""
        self._waiting: queue.Queue[Rows | None] = queue.Queue(_WAITING)
        self._file: IO[bytes] | None = None
        self._since = 0.0
        self._recover()
        self._thread = threading.Thread(target=self._write, name="answer-log", daemon=True)
        self._thread.start()

    def append(self, rows: Rows) -> None:
        """Queue the rows of an answer; the log's thread makes and writes them."""
        try:
            self._waiting.put_nowait(rows)
        except queue.Full:
            self._lose(1)

    def close(self) -> None:
        """Write the answers that wait, and land the file."""
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
                    _log.exception("answers that can't be written to the answer log: %d", len(given))
            if self._file and (not going or self._is_done(self._file)):
                self._land(self._file)

    def _next(self) -> list[Rows | None]:
        """The answers that wait, in the order they came; none when it is time to look at the file's age."""
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
        fcntl.flock(file, fcntl.LOCK_EX)  # the system frees it when the process ends, however it ends
        self._file, self._since = file, time.monotonic()
        return file

    def _is_done(self, file: IO[bytes]) -> bool:
        return file.tell() >= self._most_bytes or time.monotonic() - self._since >= self._most_seconds

    def _land(self, file: IO[bytes]) -> None:
        """Close a file and land it; one that can't be landed stays where it is until a service starts again."""
        self._file = None
        path = Path(file.name)
        with file:
            try:
                self._landing.put([Delivery("answers", path.name, path)])
                path.unlink()
            except OSError:
                _log.exception("%s can't be landed; the next start of the service lands it", path)

    def _recover(self) -> None:
        """Land the files of processes that are gone, without a last line that was not finished."""
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
    """The number of bytes up to the end of a file's last finished line."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - 65536)
        file.seek(start)
        at = file.read(end - start).rfind(b"\n")
        if at >= 0:
            return start + at + 1
        end = start
    return 0
