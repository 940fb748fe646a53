"""The service's log on standard output: one JSON object per line with its trace id, or plain lines on a terminal."""

import logging
import sys
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

from music_platform.serving.api.trace import TRACE


def _traced(record: logging.LogRecord) -> bool:
    record.trace_id = TRACE.get() or None
    return True


def write_log(stream: TextIO = sys.stdout) -> None:
    """Send every log line of this process to `stream`, BentoML's too: as JSON, or as plain lines on a terminal."""
    handler = logging.StreamHandler(stream)
    handler.addFilter(_traced)
    json_lines: logging.Formatter = JsonFormatter(
        "%(asctime)s %(levelname)s %(name)s %(message)s %(trace_id)s",
        rename_fields={"asctime": "at", "levelname": "level", "name": "logger"},
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S") if stream.isatty() else json_lines)
    root = logging.getLogger()
    for logger in (root, *(logging.getLogger(name) for name in list(root.manager.loggerDict))):
        if logger is root or logger.handlers:
            logger.handlers[:] = [handler]
    logging.getLogger("music_platform").setLevel(logging.INFO)
