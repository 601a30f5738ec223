"""One line of a case's log. The log is only ever added to; everything else is read off it.

Events of a case count in one order, whatever order they were written in: by the day they happened, then the day they
were recorded (where that is not known, the day they happened), then their id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

import polars as pl

from tongtu.registry import noun

#: Kinds that remain possible once a case is over: what still happens in the world, and opening it again.
AFTERWARDS = frozenset({"note", "met", "paid", "ordered", "produced", "completed", "reopened", "reverted"})
#: Kinds that leave the state as it is.
REMARKS = frozenset({"note", "met", "paid", "ordered", "produced", "offered", "answered"})


class Event(NamedTuple):
    """A row of the noun `events`; blank cells are None. `due` is a fact once written: nothing moves it later."""

    event: str
    case: str
    kind: str
    on: date
    stage: str | None = None
    gate: str | None = None
    branch: str | None = None
    decision: str | None = None
    role: str | None = None
    reason: str | None = None
    due: date | None = None
    by: str | None = None
    to: str | None = None
    step: str | None = None
    lane: str | None = None
    version: str | None = None
    agreement: str | None = None
    offer: str | None = None
    documents: tuple[str, ...] | None = None
    asked: tuple[str, ...] | None = None
    person: str | None = None
    note: str | None = None
    recorded_at: date | None = None


def in_order(events: pl.DataFrame) -> pl.DataFrame:
    """The log sorted by case and, within a case, in the one order that counts."""
    recorded = pl.col("recorded_at").fill_null(pl.col("on")) if "recorded_at" in events.columns else pl.col("on")
    return events.sort("case", "on", recorded, "event", nulls_last=True)


def known(events: pl.DataFrame, as_of: date, known_at: date) -> pl.DataFrame:
    """What had happened by `as_of` and had been recorded by `known_at`."""
    told = pl.col("recorded_at").is_null() | (pl.col("recorded_at") <= known_at)
    return events.filter((pl.col("on") <= as_of) & told)


def events_of(frame: pl.DataFrame) -> list[Event]:
    """Events of a frame (columns of the noun; those it lacks are blank), in order."""
    return list(rows_of(in_order(full(frame))))


def rows_of(frame: pl.DataFrame) -> Iterator[Event]:
    """Events of a full frame, in the order of its rows."""
    documents, asked = Event._fields.index("documents"), Event._fields.index("asked")
    for row in frame.select(Event._fields).iter_rows():
        event = tuple.__new__(Event, row)
        if row[documents] is None and row[asked] is None:
            yield event
            continue
        yield event._replace(
            documents=None if event.documents is None else tuple(event.documents),
            asked=None if event.asked is None else tuple(event.asked),
        )


def frame_of(events: Iterable[Event]) -> pl.DataFrame:
    """Events as a frame of the noun, in the order given."""
    schema = noun("events").schema()
    rows = [tuple(getattr(event, name) for name in schema) for event in events]
    return pl.DataFrame(rows, schema=schema, orient="row")


def full(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every column of the noun, blank where it had none."""
    schema = noun("events").schema()
    return frame.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in frame)
