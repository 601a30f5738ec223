"""What is asked of the lines: jobs as tasks, in the order of their turn, and what each waits for."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.pilots.lines import areas, in_area, offered_lines
from tongtu.pilots.opening import Horizon
from tongtu.pilots.stock import Pool, Stock
from tongtu.registry import Registry
from tongtu.terms.faults import DataRefused, Fault, UsageFault
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from tongtu.terms.calendar import WorkCalendar

JOB: Mapping[str, Any] = {
    "case": pl.String, "stage": pl.String, "direction": pl.String, "categories": pl.List(pl.String),
    "region": pl.String, "earliest": pl.Date, "latest": pl.Date, "hours": pl.Float64, "priority": pl.Float64,
    "after": pl.List(pl.String),
}  # fmt: skip
FIXED: Mapping[str, Any] = {"line": pl.String, "start": pl.Date, "end": pl.Date, "direction": pl.String}
_LEAST_WEIGHT = 0.01
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Network:
    """The lines over the days that are planned."""

    calendar: WorkCalendar
    as_of: date
    horizon: Horizon
    stock: Stock
    tops: Mapping[str, str]
    away: int

    @classmethod
    def of(
        cls, registry: Registry, calendar: WorkCalendar, as_of: date, away_days: int, horizon_days: int,
        fixed: pl.DataFrame | None = None,
    ) -> Network:  # fmt: skip
        """`fixed` needs line, start and end; direction may be given. Raises UsageFault for a horizon of no days."""
        if horizon_days < 1 or away_days < 0:
            args = {"horizon": horizon_days, "away": away_days}
            raise UsageFault(Fault(Why("pilots_scheduling.days", args), Why("pilots_scheduling.days-repair")))
        horizon = Horizon.of(calendar, as_of, horizon_days)
        stands = None if fixed is None else taken_as(fixed, FIXED).drop_nulls(["line", "start", "end"])
        stock = Stock(registry, offered_lines(registry), horizon, stands)
        return cls(calendar, as_of, horizon, stock, areas(registry), away_days)


@dataclass(frozen=True, slots=True)
class Task:
    """A job with its pool of lines. Days are indexes of the horizon; `after`: numbers of tasks that come first.

    `weight` is 1 + priority: what a day of waiting counts when plans are compared (ours).
    """

    number: int
    job: Row
    pool: Pool
    earliest: int
    latest: int | None
    weight: float
    after: tuple[int, ...]

    @property
    def hours(self) -> float:
        return float(self.job["hours"])

    @property
    def direction(self) -> str | None:
        return None if self.job["direction"] is None else str(self.job["direction"])


def tasks(network: Network, jobs: pl.DataFrame) -> list[Task]:
    """In the order of their turn: priority, earliest day, case, stage, and each behind those it comes after.

    `after` names stages of the same case; a stage that is not among the jobs counts as over. Raises DataRefused where
    stages wait for each other in a circle, or jobs have no case or stage.
    """
    rows = _ordered(jobs, network).rows(named=True)
    _named(rows)
    places: dict[tuple[str, str], list[int]] = {}
    for i, row in enumerate(rows):
        places.setdefault((row["case"], row["stage"]), []).append(i)
    waits = [sorted({i for stage in row["after"] or () for i in places.get((row["case"], stage), ())}) for row in rows]
    turn = _turns(waits)
    if len(turn) < len(rows):
        raise DataRefused(_circles(rows, waits, set(range(len(rows))) - set(turn)))
    number = {i: n for n, i in enumerate(turn)}
    return [_task(network, n, rows[i], tuple(sorted(number[b] for b in waits[i]))) for n, i in enumerate(turn)]


def taken_as(frame: pl.DataFrame, columns: Mapping[str, Any]) -> pl.DataFrame:
    """These columns with these types, null where the frame lacks one."""
    return frame.select(
        pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, kind).alias(name)
        for name, kind in columns.items()
    )


def _ordered(jobs: pl.DataFrame, network: Network) -> pl.DataFrame:
    return (
        taken_as(jobs, JOB)
        .with_columns(
            pl.max_horizontal(pl.col("earliest"), pl.lit(network.as_of)),
            pl.col("priority").fill_nan(None).fill_null(0.0),
            pl.when(pl.col("hours").is_finite()).then("hours").alias("hours"),
            in_area("region", network.tops).alias("area"),
        )
        .sort("priority", "earliest", "case", "stage", descending=[True, False, False, False])
    )


def _task(network: Network, number: int, row: Row, after: tuple[int, ...]) -> Task:
    pool = network.stock.pool(row["direction"], tuple(row["categories"] or ()))
    horizon, latest = network.horizon, row["latest"]
    last = None if latest is None else (latest - horizon.first).days
    weight = max(1.0 + row["priority"], _LEAST_WEIGHT)
    return Task(number, row, pool, horizon.index(row["earliest"]), last, weight, after)


def _named(rows: Sequence[Row]) -> None:
    faults = []
    for row in rows:
        if not row["case"] or not row["stage"]:
            args = {"case": row["case"] or "", "stage": row["stage"] or ""}
            faults.append(Fault(Why("pilots_scheduling.unnamed", args), Why("pilots_scheduling.unnamed-repair")))
        elif row["hours"] is not None and row["hours"] < 0:
            args = {"case": row["case"], "stage": row["stage"], "hours": row["hours"]}
            faults.append(Fault(Why("pilots_scheduling.hours", args), Why("pilots_scheduling.hours-repair")))
    if faults:
        raise DataRefused(faults)


def _turns(waits: Sequence[Sequence[int]]) -> list[int]:
    """Smallest first among those whose waits are over; shorter where there is a circle."""
    behind: list[list[int]] = [[] for _ in waits]
    for i, others in enumerate(waits):
        for other in others:
            behind[other].append(i)
    open_ = [len(others) for others in waits]
    heap, turns = [i for i, n in enumerate(open_) if n == 0], []
    heapq.heapify(heap)
    while heap:
        turns.append(heapq.heappop(heap))
        for later in behind[turns[-1]]:
            open_[later] -= 1
            if open_[later] == 0:
                heapq.heappush(heap, later)
    return turns


def _circles(rows: Sequence[Row], waits: Sequence[Sequence[int]], stuck: set[int]) -> list[Fault]:
    """A fault for each case that has one, with the stages in the order in which they wait."""
    faults, told = [], set()
    for i in sorted(stuck, key=lambda i: (rows[i]["case"], rows[i]["stage"])):
        case = rows[i]["case"]
        if case in told:
            continue
        told.add(case)
        walked = [i]
        while (behind := min(b for b in waits[walked[-1]] if b in stuck)) not in walked:
            walked.append(behind)
        ring = [*walked[walked.index(behind) :], behind][::-1]
        args = {"case": case, "stages": " → ".join(rows[b]["stage"] for b in ring)}
        faults.append(Fault(Why("pilots_scheduling.circle", args), Why("pilots_scheduling.circle-repair", args)))
    return faults
