"""Gives each job its days on a line: a first answer at once, better ones for more work, with a proven bound.

The first answer places the jobs one by one (see `placing`). With `improve` CP-SAT looks for a plan whose weighted
days from ready to done are fewer (see `improving`). Either way no line ever runs more at once than it can, and the
solution says how far the plan may be from the best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.pilots.bound import makespan_bound
from tongtu.pilots.scheduling.placing import Given, Outcome, place_all
from tongtu.pilots.scheduling.reasons import neighbours, why_slot
from tongtu.pilots.scheduling.tasks import Network, Row, tasks
from tongtu.registry import Registry
from tongtu.solve import Progress, Solution, Status
from tongtu.solve import check as checked

if TYPE_CHECKING:
    from tongtu.terms.calendar import WorkCalendar

AWAY_DAYS = 20
HORIZON_DAYS = 5 * 366
SLOT: Mapping[str, Any] = {
    "case": pl.String, "stage": pl.String, "status": pl.String, "platform": pl.String, "line": pl.String,
    "start": pl.Date, "end": pl.Date, "hours": pl.Float64, "why": pl.String,
}  # fmt: skip
_LOAD: Mapping[str, Any] = {
    "line": pl.String, "platform": pl.String, "slots": pl.Int64, "hours": pl.Float64, "open": pl.Float64,
    "share": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Schedule:
    """What `schedule` returns.

    `slots`: the chain's table, sorted by case and stage; `status` is placed, no_line, full_until (the reason
    says which day a line is free again) or unknown (hours or capacity not stated); `line`, `start`, `end`
    (both days within the slot) only where placed.
    `lines`: line, platform, slots, hours (placed), open (hours offered until the last slot of the plan ends,
    all places together), share (0..1), for the lines that took a job.
    `solution`: days from `as_of` until the last slot is over, with a proven lower bound; where the plan was improved,
    the weighted days that all jobs together take from ready to done.
    """

    slots: pl.DataFrame
    lines: pl.DataFrame
    solution: Solution


def schedule(
    registry: Registry, jobs: pl.DataFrame, calendar: WorkCalendar, as_of: date, away_days: int = AWAY_DAYS,
    horizon_days: int = HORIZON_DAYS, progress: Progress | None = None, *, improve: float = 0.0, seed: int = 0,
    fixed: pl.DataFrame | None = None,
) -> Schedule:  # fmt: skip
    """Slots for jobs, at the grain of a day.

    `jobs` needs `case` and `stage`; `direction`, `categories` (kinds of validation, any of them), `region`,
    `earliest` (default `as_of`), `latest` (a slot that would end later is not given), `hours`, `priority`
    (higher first, default 0) and `after` (stages of the case that must be over first) may be given or null.
    Bookings are the rows of `usage` that name a line and have not ended by `as_of`, and the slots in `fixed` (line,
    start, end, direction); opening hours are `lines.hours_week`, overridden by `openings`. Setting up, changing over
    (where the job before worked in another direction) and cleaning take open days of the line.

    `improve` is deterministic work in CP-SAT's seconds; 0 is the first answer. Raises DataRefused for stages in a
    circle and jobs without a name, UsageFault for a horizon of no days, Cancelled as `progress` does.
    """
    told = checked(progress)
    network = Network.of(registry, calendar, as_of, away_days, horizon_days, fixed)
    wanted = tasks(network, jobs)
    outcomes = place_all(network, wanted, told)
    if improve <= 0:
        return answered(network, outcomes, makespan(network, outcomes))
    from tongtu.pilots.scheduling.improving import improved

    network, outcomes, solution = improved(network, outcomes, improve, seed, progress)
    return answered(network, outcomes, solution)


def answered(network: Network, outcomes: Sequence[Outcome], solution: Solution) -> Schedule:
    """The tables of a plan. `network` holds the slots given."""
    beside = neighbours(outcomes)
    rows = [_row(network, outcome, outcomes, beside) for outcome in outcomes]
    return Schedule(pl.DataFrame(rows, schema=SLOT).sort("case", "stage"), _loads(network, outcomes), solution)


def makespan(network: Network, outcomes: Sequence[Outcome]) -> Solution:
    """Days until the last slot is over."""
    given = [one for one in outcomes if isinstance(one, Given)]
    if not given:
        return Solution("pilots.slots", "empty", unit="d", maximise=False)
    value = float(max(one.span.end for one in given) + 1)
    bound = makespan_bound(network.stock, [(one.task.pool, one.task.earliest, one.task.hours) for one in given])
    status: Status = "optimal" if bound >= value else "feasible"
    return Solution("pilots.slots", status, value, bound, "d", maximise=False)


def _row(network: Network, outcome: Outcome, outcomes: Sequence[Outcome], beside: Any) -> Row:
    job = outcome.task.job
    named = {"case": job["case"], "stage": job["stage"], "hours": job["hours"]}
    if not isinstance(outcome, Given):
        return {**named, "status": outcome.status, "why": outcome.why.to_json()}
    line, day = network.stock.lines[outcome.line], network.horizon.day
    where = {"platform": line["platform"], "line": line["line"]}
    when = {"start": day(outcome.span.start), "end": day(outcome.span.end)}
    why = why_slot(network, outcome, outcomes, beside)
    return {**named, "status": "placed", **where, **when, "why": why.to_json()}


def _loads(network: Network, outcomes: Sequence[Outcome]) -> pl.DataFrame:
    """How busy the lines that took a job are, until the last slot of the plan ends."""
    stock = network.stock
    last = max((one.span.end for one in outcomes if isinstance(one, Given)), default=0)
    rows = []
    for index, (slots, hours) in sorted(stock.given.items()):
        line, offered = stock.lines[index], stock.timeline(index).open_hours(last)
        load = {"slots": slots, "hours": hours, "open": offered, "share": hours / offered}
        rows.append({"line": line["line"], "platform": line["platform"], **load})
    return pl.DataFrame(rows, schema=_LOAD)
