"""Structured logs of what the program did. They never carry business data: event names, counts and seconds only.

Of an error the log has its kind and the lines of the program it passed through; its message, which may quote what
somebody wrote, only at level `debug`.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from typing import Any

_FIELDS = (
    "link", "rows", "seconds", "status", "faults",
    "request", "method", "route", "job", "task", "try", "state", "worker", "tries",
)  # fmt: skip


def _given(record: logging.LogRecord) -> dict[str, Any]:
    """The fields of a line, and of an error where it passed."""
    given = {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
    kind, error, trace = record.exc_info or (None, None, None)
    if kind is not None:
        frames = traceback.extract_tb(trace)
        given["error"] = kind.__name__
        given["passed"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        if logging.getLogger("tongtu").isEnabledFor(logging.DEBUG):
            given["message"] = str(error)
    return given


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        return json.dumps({**line, **_given(record)}, ensure_ascii=False)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        given = " ".join(f"{name}={value}" for name, value in _given(record).items())
        return f"{self.formatTime(record)} {record.levelname.lower():7} {record.getMessage()} {given}".rstrip()


def start(level: str = "warning", form: str = "text") -> logging.Logger:
    """The program's logger on standard error; calling it again replaces the old handler."""
    logger = logging.getLogger("tongtu")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    logger.handlers = [handler]
    logger.setLevel(level.upper())
    logger.propagate = False
    return logger
