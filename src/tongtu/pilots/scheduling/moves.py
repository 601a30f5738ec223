"""What a new plan changed against the one before, and why each slot that moved could not stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from tongtu.pilots.opening import Span
from tongtu.pilots.scheduling.placing import Given, Outcome, Refused
from tongtu.pilots.scheduling.tasks import Network, Row, Task
from tongtu.terms.why import Why

MOVE: Mapping[str, Any] = {
    "case": pl.String, "stage": pl.String, "change": pl.String, "line_before": pl.String, "start_before": pl.Date,
    "end_before": pl.Date, "line": pl.String, "start": pl.Date, "end": pl.Date, "days": pl.Int64, "why": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Before:
    """The slot a task had: its line (None where that is gone), its days from the horizon's first, its row."""

    line: int | None
    span: Span
    row: Row


def can_stand(network: Network, task: Task, had: Before) -> bool:
    """Whether a slot could begin where it did, in the network as it is now."""
    return next(_against(network, task, had), None) is None


def moves(
    network: Network, outcomes: Sequence[Outcome], had: Mapping[int, Before], before: pl.DataFrame, as_of: date
) -> list[Row]:
    """Rows of `MOVE`, in no order. `network` holds the new slots; `before` all slots of the old plan."""
    empty = Network(
        network.calendar, network.as_of, network.horizon, network.stock.emptied(), network.tops, network.away
    )
    rows = [_row(network, empty, one, outcomes, had.get(one.task.number)) for one in outcomes]
    asked = {(one.task.job["case"], one.task.job["stage"]) for one in outcomes}
    for row in before.iter_rows(named=True):
        if row["start"] <= as_of:
            why = Why("pilots_scheduling.begun", {"start": row["start"]})
            rows.append({**_before(row), **_now(row), "change": "begun", "days": 0, "why": why.to_json()})
        elif (row["case"], row["stage"]) not in asked:
            rows.append({**_before(row), "change": "dropped", "why": Why("pilots_scheduling.dropped").to_json()})
    return rows


def _before(row: Row) -> Row:
    named = {"case": row["case"], "stage": row["stage"]}
    return {**named, "line_before": row["line"], "start_before": row["start"], "end_before": row["end"]}


def _now(row: Row) -> Row:
    return {"line": row["line"], "start": row["start"], "end": row["end"]}


def _row(network: Network, empty: Network, one: Outcome, outcomes: Sequence[Outcome], had: Before | None) -> Row:
    job = one.task.job
    row: Row = _before(had.row) if had else {"case": job["case"], "stage": job["stage"]}
    if isinstance(one, Refused):
        return {**row, "change": "unplaced", "why": one.why.to_json()}
    day = network.horizon.day
    line = network.stock.lines[one.line]["line"]
    row |= {"line": line, "start": day(one.span.start), "end": day(one.span.end)}
    if had is None:
        return {**row, "change": "added", "why": Why("pilots_scheduling.added").to_json()}
    days = one.span.start - had.span.start
    if not days and had.line == one.line:
        return {**row, "change": "kept", "days": 0, "why": Why("pilots_scheduling.kept").to_json()}
    causes = tuple(_causes(network, empty, one, outcomes, had))
    args = {"n": abs(days), "line": line, "line_before": had.row["line"]}
    code = "moved-line" if not days else "moved-later" if days > 0 else "moved-earlier"
    return {**row, "change": "moved", "days": days, "why": Why(f"pilots_scheduling.{code}", args, causes).to_json()}


def _causes(network: Network, empty: Network, one: Given, outcomes: Sequence[Outcome], had: Before) -> Iterator[Why]:
    """Why it could not stay; where it could have, for whom it made room."""
    told = False
    for why in _against(empty, one.task, had):
        told = True
        yield why
    for number in one.task.after:
        first = outcomes[number]
        if isinstance(first, Given) and first.span.end >= had.span.start:
            told = True
            end = network.horizon.day(first.span.end)
            yield Why("pilots_scheduling.after", {"stage": first.task.job["stage"], "end": end})
    if told:
        return
    for other in outcomes:
        here = isinstance(other, Given) and other.task is not one.task and other.line == had.line
        if here and isinstance(other, Given) and other.span.start <= had.span.end and had.span.start <= other.span.end:
            job = other.task.job
            yield Why("pilots_scheduling.made-room", {"case": job["case"], "stage": job["stage"]})
            return
    yield Why("pilots_scheduling.made-room-line")


def _against(network: Network, task: Task, had: Before) -> Iterator[Why]:
    """What speaks against the slot it had, as the line now stands."""
    if had.line is None or had.line not in task.pool.lines:
        yield Why("pilots_scheduling.line-gone", {"line": had.row["line"]})
        return
    if task.earliest > had.span.start:
        yield Why("pilots_scheduling.not-ready", {"earliest": task.job["earliest"]})
        return
    found = network.stock.timeline(had.line).find(had.span.start, task.hours, task.direction)
    if found is None or found.start != had.span.start:
        yield Why("pilots_scheduling.line-taken", {"line": had.row["line"], "start": had.row["start"]})
    elif task.latest is not None and found.end > task.latest:
        yield Why("pilots_scheduling.too-late", {"latest": task.job["latest"]})
