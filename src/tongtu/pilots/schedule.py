"""Gives each job its days on a line: list scheduling under capacity, with a bound on what is possible.

Jobs are placed one by one (priority, then earliest day, then id), each where it ends first. A line in
another area counts as ending `away_days` later, so that nobody travels for a day. Deterministic, at once,
and never optimal by claim: `solution` carries the proven bound and the gap.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tongtu.pilots.bound import makespan_bound
from tongtu.pilots.lines import areas, in_area, offered_lines
from tongtu.pilots.opening import Horizon, Span
from tongtu.pilots.stock import Pool, Stock
from tongtu.registry import Registry
from tongtu.solve import Progress, Solution, Status
from tongtu.solve import check as checked
from tongtu.terms.why import Label, Why

if TYPE_CHECKING:
    from tongtu.terms.calendar import WorkCalendar

AWAY_DAYS = 20
HORIZON_DAYS = 5 * 366
_JOB: Mapping[str, Any] = {
    "case": pl.String, "stage": pl.String, "direction": pl.String, "categories": pl.List(pl.String),
    "region": pl.String, "earliest": pl.Date, "latest": pl.Date, "hours": pl.Float64, "priority": pl.Float64,
}  # fmt: skip
_SLOT: Mapping[str, Any] = {
    "case": pl.String, "stage": pl.String, "status": pl.String, "platform": pl.String, "line": pl.String,
    "start": pl.Date, "end": pl.Date, "hours": pl.Float64, "why": pl.String,
}  # fmt: skip
_LOAD: Mapping[str, Any] = {
    "line": pl.String, "platform": pl.String, "slots": pl.Int64, "hours": pl.Float64, "open": pl.Float64,
    "share": pl.Float64,
}  # fmt: skip
_REPORT_EVERY = 500
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Schedule:
    """What `schedule` returns.

    `slots`: the chain's table, sorted by case and stage; `status` is placed, no_line, full_until (the reason
    says which day a line is free again) or unknown (hours or capacity not stated); `line`, `start`, `end`
    (both days within the slot) only where placed.
    `lines`: line, platform, slots, hours (placed), open (hours offered until the last slot of the plan ends,
    all places together), share (0..1), for the lines that took a job.
    `solution`: days from `as_of` until the last slot is over, with a proven lower bound.
    """

    slots: pl.DataFrame
    lines: pl.DataFrame
    solution: Solution


@dataclass(frozen=True, slots=True)
class _Choice:
    """A slot that a line could give. `rank`: its last day (later by `away_days` in another area), the price
    an hour (infinite where unknown), the line."""

    rank: tuple[float, float, int]
    span: Span
    away: bool

    @property
    def line(self) -> int:
        return self.rank[2]


def schedule(
    registry: Registry,
    jobs: pl.DataFrame,
    calendar: WorkCalendar,
    as_of: date,
    away_days: int = AWAY_DAYS,
    horizon_days: int = HORIZON_DAYS,
    progress: Progress | None = None,
) -> Schedule:
    """Slots for jobs, at the grain of a day.

    `jobs` needs `case` and `stage`; `direction`, `categories` (kinds of validation, any of them), `region`,
    `earliest` (default `as_of`), `latest` (a slot that would end later is not given), `hours` and `priority`
    (higher first, default 0) may be given or null. Bookings are the rows of `usage` that name a line and
    have not ended by `as_of`; opening hours are `lines.hours_week`, overridden by `openings`.
    """
    placing = _Placing(registry, calendar, as_of, away_days, horizon_days)
    ordered = _ordered(jobs, as_of, placing.tops)
    told = checked(progress)
    told(0, ordered.height)
    for done, job in enumerate(ordered.iter_rows(named=True), start=1):
        placing.place(job)
        if done % _REPORT_EVERY == 0 or done == ordered.height:
            told(done, ordered.height)
    slots = pl.DataFrame(placing.slots, schema=_SLOT).sort("case", "stage")
    return Schedule(slots, placing.loads(), placing.solution())


def _ordered(jobs: pl.DataFrame, as_of: date, tops: Mapping[str, str]) -> pl.DataFrame:
    given = (
        pl.col(name).cast(kind) if name in jobs.columns else pl.lit(None, kind).alias(name)
        for name, kind in _JOB.items()
    )
    return (
        jobs.select(given)
        .with_columns(
            pl.max_horizontal(pl.col("earliest"), pl.lit(as_of)),
            pl.col("priority").fill_null(0.0),
            in_area("region", tops).alias("area"),
        )
        .sort("priority", "earliest", "case", "stage", descending=[True, False, False, False])
    )


class _Placing:
    """The state of one run: what each line has taken, and the slots given so far."""

    def __init__(
        self, registry: Registry, calendar: WorkCalendar, as_of: date, away_days: int, horizon_days: int
    ) -> None:
        self.slots: list[Row] = []
        self.tops = areas(registry)
        self._calendar = calendar
        self._away = away_days
        self._horizon = Horizon.of(calendar, as_of, horizon_days)
        self._stock = Stock(registry, offered_lines(registry), self._horizon)
        self._placed: list[tuple[Pool, int, float, int]] = []

    def place(self, job: Row) -> None:
        pool = self._stock.pool(job["direction"], tuple(job["categories"] or ()))
        if job["hours"] is None:
            self._without(job, "unknown", Why("pilots.hours-unknown"))
        elif not len(pool) and pool.silent:
            self._without(job, "unknown", Why("pilots.capacity-unknown", {"n": pool.silent}))
        elif not len(pool):
            self._without(job, "no_line", Why("pilots.no-line", {"n": len(self._stock.lines)}))
        else:
            self._among(job, pool)

    def _among(self, job: Row, pool: Pool) -> None:
        earliest = self._horizon.index(job["earliest"])
        choices = self._best_two(job, pool, earliest)
        if not choices:
            args = {"n": len(pool), "last": self._horizon.day(self._horizon.days - 1)}
            return self._without(job, "full_until", Why("pilots.full-horizon", args))
        best = choices[0]
        if job["latest"] is not None and self._horizon.day(best.span.end) > job["latest"]:
            args = {"n": len(pool), "latest": job["latest"], "free": self._horizon.day(best.span.start)}
            return self._without(job, "full_until", Why("pilots.full-until", args))
        self._stock.take(best.line, best.span, job["hours"])
        self._placed.append((pool, earliest, job["hours"], best.span.end))
        line = self._stock.lines[best.line]
        placed = {
            "platform": line["platform"],
            "line": line["line"],
            "start": self._horizon.day(best.span.start),
            "end": self._horizon.day(best.span.end),
        }
        why = self._why(job, choices, len(pool))
        self.slots.append({**_named(job, "placed"), **placed, "why": why.to_json()})
        return None

    def _best_two(self, job: Row, pool: Pool, earliest: int) -> list[_Choice]:
        """The two best slots: earliest end first, then the cheaper line, then its id.

        Lines are asked in the order of the best they could answer, and no more are asked once that is no
        better than the second best found.
        """
        away = pool.elsewhere(job["area"])
        far = away * float(self._away)
        least = pool.least_end(self._stock.free, earliest, job["hours"]) + far
        found: list[_Choice] = []
        for place in np.lexsort((pool.price, least)):
            could = (float(least[place]), float(pool.price[place]), int(pool.lines[place]))
            if math.isinf(could[0]) or (len(found) == 2 and could >= found[1].rank):
                break
            line = int(pool.lines[place])
            span = self._stock.timeline(line).find(earliest, job["hours"])
            if span is not None:
                choice = _Choice((span.end + float(far[place]), could[1], line), span, bool(away[place]))
                found = sorted([*found, choice], key=lambda choice: choice.rank)[:2]
        return found

    def _without(self, job: Row, status: str, why: Why) -> None:
        self.slots.append({**_named(job, status), "why": why.to_json()})

    def _why(self, job: Row, choices: list[_Choice], n: int) -> Why:
        best, *others = choices
        line, end = self._stock.lines[best.line], self._horizon.day(best.span.end)
        args = {**_names(line), "n": n, "start": self._horizon.day(best.span.start), "end": end}
        return Why("pilots.slot-placed", args, tuple(self._details(job, best, others, n)))

    def _details(self, job: Row, best: _Choice, others: list[_Choice], n: int) -> Iterator[Why]:
        timeline, earliest = self._stock.timeline(best.line), self._horizon.index(job["earliest"])
        waited = best.span.start - timeline.open_from(earliest)
        args = {"earliest": job["earliest"], "n": waited}
        yield Why("pilots.waited", args) if waited else Why("pilots.at-once", {"earliest": job["earliest"]})
        if best.away:
            yield Why("pilots.away", {"days": self._away})
        for other in others:
            start = self._horizon.day(other.span.start)
            yield Why("pilots.otherwise", {**_names(self._stock.lines[other.line]), "start": start})
        if n == 1:
            yield Why("pilots.only-line")
        end = self._horizon.day(best.span.end)
        if self._calendar.provisional(end):
            yield self._calendar.why_provisional(end)

    def loads(self) -> pl.DataFrame:
        """How busy the lines that took a job are, until the last slot of the plan ends."""
        last = max((end for *_, end in self._placed), default=0)
        rows = []
        for index, (slots, hours) in sorted(self._stock.given.items()):
            line, offered = self._stock.lines[index], self._stock.timeline(index).open_hours(last)
            load = {"slots": slots, "hours": hours, "open": offered, "share": hours / offered}
            rows.append({"line": line["line"], "platform": line["platform"], **load})
        return pl.DataFrame(rows, schema=_LOAD)

    def solution(self) -> Solution:
        if not self._placed:
            return Solution("pilots.slots", "empty", unit="d", maximise=False)
        value = float(max(end for *_, end in self._placed) + 1)
        bound = makespan_bound(self._stock, [placed[:3] for placed in self._placed])
        status: Status = "optimal" if bound >= value else "feasible"
        return Solution("pilots.slots", status, value, bound, "d", maximise=False)


def _named(job: Row, status: str) -> Row:
    return {"case": job["case"], "stage": job["stage"], "status": status, "hours": job["hours"]}


def _names(line: Row) -> dict[str, Label]:
    platform = Label(line["platform_name"], line["platform_name_en"] or "")
    return {"line": Label(line["name"], line["name_en"] or ""), "platform": platform}
