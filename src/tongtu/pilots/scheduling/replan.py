"""A plan put right with as few moves as possible: what began stays, what still fits stays, the rest moves a little."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from tongtu.pilots.opening import Span
from tongtu.pilots.scheduling.improving import settled, stand_all
from tongtu.pilots.scheduling.moves import MOVE, Before, moves
from tongtu.pilots.scheduling.repair import Repair
from tongtu.pilots.scheduling.slots import AWAY_DAYS, HORIZON_DAYS, answered
from tongtu.pilots.scheduling.tasks import JOB, Network, Task, taken_as, tasks
from tongtu.registry import Registry
from tongtu.solve import Progress, Solution
from tongtu.solve import check as checked
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Why

if TYPE_CHECKING:
    from tongtu.terms.calendar import WorkCalendar

_BEFORE: Mapping[str, Any] = {
    "case": pl.String, "stage": pl.String, "status": pl.String, "platform": pl.String, "line": pl.String,
    "start": pl.Date, "end": pl.Date, "hours": pl.Float64, "why": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Replanned:
    """What `replan` returns: `slots` and `lines` as of `Schedule`, and what changed.

    `moves`, sorted by case and stage: case, stage, change, line_before, start_before, end_before, line, start, end,
    days (the start moved by, negative for earlier), why. `change` is begun (or already over), kept, moved, added,
    dropped (no longer asked for), unplaced (had a slot or asks for one and has none).
    `solution`: weighted days of moving and waiting, with a proven lower bound.
    """

    slots: pl.DataFrame
    lines: pl.DataFrame
    moves: pl.DataFrame
    solution: Solution


def replan(
    registry: Registry, jobs: pl.DataFrame, previous: pl.DataFrame, calendar: WorkCalendar, as_of: date,
    away_days: int = AWAY_DAYS, horizon_days: int = HORIZON_DAYS, *, work: float = 0.2, seed: int = 0,
    progress: Progress | None = None,
) -> Replanned:  # fmt: skip
    """`previous` is the `slots` table of the plan so far, `jobs` what is asked for now (as for `schedule`).

    A slot with `start <= as_of` has begun: it stays as it is, whether its job is still asked for or not. Everything
    else is taken from the registry as it now is: bookings, openings, lines. `work` is deterministic. Raises
    DataRefused where a job or a slot stands twice, and as `schedule` does.
    """
    before = taken_as(previous, _BEFORE).filter(pl.col("status") == "placed").sort("case", "stage")
    jobs = taken_as(jobs, JOB)
    _once(jobs, before)
    begun = before.filter(pl.col("start") <= as_of)
    asked = _behind(jobs.join(begun, on=["case", "stage"], how="anti"), begun)
    fixed = _standing(registry, jobs, begun, as_of)
    network = Network.of(registry, calendar, as_of, away_days, horizon_days, fixed)
    wanted = tasks(network, asked)
    told = checked(progress)
    told(0, 1)
    repair = Repair(network, wanted, _open(network, wanted, before))
    repair.reserve()
    repair.place()
    repair.search(work, seed, progress)
    stood = stand_all(network, repair.given.values())
    outcomes = settled(stood, wanted, repair.given)
    found = answered(stood, outcomes, repair.solution())
    told(1, 1)
    slots = pl.concat([found.slots, begun.select(found.slots.columns)]).sort("case", "stage")
    changed = moves(stood, outcomes, repair.before, before, as_of)
    return Replanned(slots, found.lines, pl.DataFrame(changed, schema=MOVE).sort("case", "stage"), found.solution)


def _once(jobs: pl.DataFrame, before: pl.DataFrame) -> None:
    """A move can only be told where a job has one slot."""
    faults = []
    for frame in (jobs, before):
        twice = frame.group_by("case", "stage").len().filter(pl.col("len") > 1).sort("case", "stage")
        for case, stage, n in twice.iter_rows():
            args = {"case": case or "", "stage": stage or "", "n": n}
            faults.append(Fault(Why("pilots_scheduling.twice", args), Why("pilots_scheduling.twice-repair")))
    if faults:
        raise DataRefused(faults)


def _behind(asked: pl.DataFrame, begun: pl.DataFrame) -> pl.DataFrame:
    """Jobs that come after a begun stage are not ready before it is over."""
    ends = (
        asked.select("case", "stage", first="after")
        .explode("first")
        .join(begun.select("case", first="stage", over=pl.col("end").dt.offset_by("1d")), on=["case", "first"])
        .group_by("case", "stage")
        .agg(pl.max("over"))
    )
    joined = asked.join(ends, on=["case", "stage"], how="left", maintain_order="left")
    return joined.with_columns(earliest=pl.max_horizontal("earliest", "over")).drop("over")


def _standing(registry: Registry, jobs: pl.DataFrame, begun: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Begun slots that are not over; not those that the usage of the line records already."""
    directions = jobs.select("case", "stage", "direction")
    recorded = registry["usage"].select("case", "line", used=pl.col("date_from"), until=pl.col("date_to"))
    known = begun.join(recorded, on=["case", "line"]).filter(
        (pl.col("used") <= pl.col("end")) & (pl.col("until").fill_null(pl.col("used")) >= pl.col("start"))
    )
    return (
        begun.filter(pl.col("end") >= as_of)
        .join(known, on=["case", "stage"], how="anti")
        .join(directions, on=["case", "stage"], how="left", maintain_order="left")
    )


def _open(network: Network, wanted: Sequence[Task], before: pl.DataFrame) -> dict[int, Before]:
    """The slot that each task had, where its line is still there."""
    lines = {line["line"]: index for index, line in enumerate(network.stock.lines)}
    rows = {(row["case"], row["stage"]): row for row in before.iter_rows(named=True)}
    found = {}
    for task in wanted:
        row = rows.get((task.job["case"], task.job["stage"]))
        if row is not None:
            start, end = ((row[name] - network.as_of).days for name in ("start", "end"))
            found[task.number] = Before(lines.get(row["line"]), Span(start, end), row)
    return found
