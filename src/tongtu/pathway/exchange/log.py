"""Which events are exported, and in what order: the log of one case or of all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from tongtu.registry import Registry

Row = dict[str, Any]


def logs(registry: Registry, case: str | None = None) -> Iterator[tuple[Row, list[Row]]]:
    """Each case with its events, in the order in which they happened; cases by id, those without events too."""
    cases, events = registry["cases"], registry["events"]
    if case is not None:
        cases, events = cases.filter(pl.col("case") == case), events.filter(pl.col("case") == case)
    found: dict[str, list[Row]] = {}
    for row in events.sort("case", "on", "recorded_at", "event", nulls_last=False).iter_rows(named=True):
        found.setdefault(row["case"], []).append(row)
    for row in cases.iter_rows(named=True):
        yield row, found.get(row["case"], [])


def recorded(event: Row) -> date:
    """The day on which an event became known; one without it was known as it happened."""
    day: date = event["recorded_at"] or event["on"]
    return day


def midnight(day: date) -> str:
    """A day where a standard wants an instant. Our records know days: the hour says nothing."""
    return f"{day.isoformat()}T00:00:00Z"
