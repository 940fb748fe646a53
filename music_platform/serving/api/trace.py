"""The trace id of a request, which its answer, its log lines and its rows of the answer log share."""

import uuid
from contextvars import ContextVar

TRACE: ContextVar[str] = ContextVar("trace", default="")
"""Trace id of the request that is being answered; empty outside a request."""


def new_trace() -> str:
    """A trace id that no other request has."""
    return uuid.uuid4().hex
