"""The service's log on standard output: one JSON object per line with its trace id, or a line for a person to read."""

import logging
import sys
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

from music_platform.serving.api.middleware import TRACE


def _traced(record: logging.LogRecord) -> bool:
    record.trace_id = TRACE.get() or None
    return True


def write_log(stream: TextIO = sys.stdout) -> None:
    """Have all that this process logs written there, BentoML's lines too: JSON, but on a terminal."""
    handler = logging.StreamHandler(stream)
    handler.addFilter(_traced)
    told: logging.Formatter = JsonFormatter(
        "%(asctime)s %(levelname)s %(name)s %(message)s %(trace_id)s",
        rename_fields={"asctime": "at", "levelname": "level", "name": "logger"},
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S") if stream.isatty() else told)
    root = logging.getLogger()
    for logger in (root, *(logging.getLogger(name) for name in list(root.manager.loggerDict))):
        if logger is root or logger.handlers:
            logger.handlers[:] = [handler]
    logging.getLogger("music_platform").setLevel(logging.INFO)
