"""The service's log: one JSON object per line on standard output, each with the trace id of its request."""

import logging
import sys

from pythonjsonlogger.json import JsonFormatter

from music_platform.serving.api.middleware import TRACE


def _traced(record: logging.LogRecord) -> bool:
    record.trace_id = TRACE.get() or None
    return True


def log_as_json() -> None:
    """Have all that this process logs written so, BentoML's own lines too."""
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(_traced)
    handler.setFormatter(
        JsonFormatter(
            "%(asctime)s %(levelname)s %(name)s %(message)s %(trace_id)s",
            rename_fields={"asctime": "at", "levelname": "level", "name": "logger"},
        )
    )
    root = logging.getLogger()
    for logger in (root, *(logging.getLogger(name) for name in list(root.manager.loggerDict))):
        if logger is root or logger.handlers:
            logger.handlers[:] = [handler]
    logging.getLogger("music_platform").setLevel(logging.INFO)
