"""Structured logs of what the program did. They never carry business data: event names, counts and seconds only."""

from __future__ import annotations

import json
import logging
import sys

_FIELDS = ("link", "rows", "seconds", "status", "faults")


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        given = {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
        line = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        return json.dumps({**line, **given}, ensure_ascii=False)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        given = " ".join(f"{name}={getattr(record, name)}" for name in _FIELDS if hasattr(record, name))
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
