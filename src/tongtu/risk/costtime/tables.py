"""Cost and date of whole cases, held together: figures, S-curves and iso-lines as tables for faces to draw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Any

import numpy as np
import polars as pl

from tongtu.risk.costtime.checks import read, stage_faults
from tongtu.risk.costtime.reference import Together
from tongtu.risk.costtime.sums import POINTS, Total, normals, total
from tongtu.risk.multipliers import Floats
from tongtu.terms.calendar import WorkCalendar
from tongtu.terms.faults import DataRefused, Fault, UsageFault
from tongtu.terms.why import Ratio, Why

_JOINT = {
    "case": pl.String(), "currency": pl.String(), "price_year": pl.Int64(),
    "cost_low": pl.Int64(), "cost": pl.Int64(), "cost_high": pl.Int64(),
    "days_low": pl.Int64(), "days": pl.Int64(), "days_high": pl.Int64(),
    "finish_low": pl.Date(), "finish": pl.Date(), "finish_high": pl.Date(),
    "confidence": pl.Float64(), "together": pl.Float64(), "marginal": pl.Float64(),
    "cost_joint": pl.Int64(), "days_joint": pl.Int64(), "finish_joint": pl.Date(),
    "rho": pl.Float64(), "why": pl.String(),
}  # fmt: skip
_CURVES = {
    "case": pl.String(), "what": pl.String(), "chance": pl.Float64(), "cost": pl.Int64(), "days": pl.Int64(),
    "finish": pl.Date(),
}  # fmt: skip
_ISO = {
    "case": pl.String(), "level": pl.Float64(), "days": pl.Int64(), "finish": pl.Date(), "cost": pl.Int64(),
}  # fmt: skip
_STAGES = {
    "case": pl.String(), "order": pl.Int64(), "stage": pl.String(), "currency": pl.String(),
    "price_year": pl.Int64(), "start": pl.Date(),
    **{f"{what}{at}": pl.Float64() for what in ("cost", "days") for at in ("_low", "", "_high")},
}  # fmt: skip


_LAST = date(2150, 12, 1).toordinal()  # working days are known until the end of that year


@dataclass(frozen=True, slots=True)
class _Case:
    """One case's stages added up. `money` and `time` tell whether that side is planned; `loose` whether every
    stage has a range."""

    case: str
    currency: str | None
    price_year: int | None
    start: date
    started: bool
    total: Total
    money: bool
    time: bool
    loose_money: bool
    loose_time: bool


def joint(
    stages: pl.DataFrame, *, together: Together, as_of: date, confidence: float = 0.7,
    calendar: WorkCalendar | None = None, points: int = POINTS, seed: int = 0,
) -> pl.DataFrame:  # fmt: skip
    """One row per case of the stage frame: totals, and what holds cost and date together.

    `together` is the chance that cost and date both hold when each is set so as to hold with `confidence` alone;
    `marginal` what each must hold with alone for both to hold with `confidence`, and `cost_joint`, `days_joint`,
    `finish_joint` those figures. Dates count calendar days from the first start still ahead (or `as_of`), stages
    one after another, and land on the next working day of `calendar`; beyond what it covers they are null. Low
    and high are 10 and 90 % points, null where a stage has no range; what is not planned is null. Raises
    UsageFault for a confidence that is none.
    """
    _checked([confidence], points)
    made = _cases(stages, together, as_of, points, seed)
    return pl.DataFrame([_row(c, together, confidence, calendar) for c in made], _JOINT, orient="row")


def curves(
    stages: pl.DataFrame, *, together: Together, as_of: date, calendar: WorkCalendar | None = None,
    steps: int = 49, points: int = POINTS, seed: int = 0,
) -> pl.DataFrame:  # fmt: skip
    """S-curves: for each case, `cost` and `days` (with the date) not exceeded with each chance, 2 to 98 %.

    Cases without a range on a side have no curve there.
    """
    chances = np.linspace(0.02, 0.98, steps)
    rows: list[tuple[Any, ...]] = []
    for c in _cases(stages, together, as_of, points, seed):
        if c.loose_money:
            at = c.total.at("cost", chances)
            rows += [(c.case, "cost", p, round(x), None, None) for p, x in zip(chances, at, strict=True)]
        if c.loose_time:
            at = np.ceil(c.total.at("days", chances))
            rows += [
                (c.case, "days", p, None, int(d), landing(c.start, d, calendar))
                for p, d in zip(chances, at, strict=True)
            ]
    return pl.DataFrame(rows, _CURVES, orient="row")


def isolines(
    stages: pl.DataFrame, *, together: Together, as_of: date, levels: Sequence[float] = (0.5, 0.7, 0.8),
    calendar: WorkCalendar | None = None, steps: int = 41, points: int = POINTS, seed: int = 0,
) -> pl.DataFrame:  # fmt: skip
    """For each case and level, the pairs of date and least cost that hold together with that chance.

    Cost falls along a line as the date moves out; a line begins where the date alone holds with the level.
    """
    _checked(levels, points)
    rows = []
    for c in _cases(stages, together, as_of, points, seed):
        if not (c.loose_money and c.loose_time):
            continue
        for level in sorted(levels):
            for days in np.unique(np.ceil(c.total.at("days", np.linspace(level, 0.999, steps)))):
                cost = c.total.least_cost(days, level)
                if cost is not None:
                    rows.append((c.case, level, int(days), landing(c.start, days, calendar), round(cost)))
    return pl.DataFrame(rows, _ISO, orient="row")


def landing(start: date, days: float, calendar: WorkCalendar | None) -> date | None:
    """The day so many calendar days after `start`, or the next working day; None beyond 2150."""
    if start.toordinal() + days > _LAST:
        return None
    day = start + timedelta(days=ceil(days))
    return day if calendar is None else calendar.next_working(day)


def _checked(levels: Sequence[float], points: int) -> None:
    wrong = [level for level in levels if not 0 < level < 1]
    faults = [Fault(Why("risk_value.level", {"value": v}), Why("risk_value.level-repair")) for v in wrong]
    if points < 2 or points & (points - 1):
        faults.append(Fault(Why("risk_value.points", {"value": points}), Why("risk_value.points-repair")))
    if faults:
        raise UsageFault(faults)


def _cases(stages: pl.DataFrame, together: Together, as_of: date, points: int, seed: int) -> Iterator[_Case]:
    table = read(stages, _STAGES).sort("case", "order", "stage")
    faults = list(stage_faults(table))
    if faults:
        raise DataRefused(faults)
    cost, days = (table.select(f"{w}_low", w, f"{w}_high").to_numpy() for w in ("cost", "days"))
    own = table.group_by("case", maintain_order=True).agg(
        pl.len(), pl.col("currency").first(), pl.col("price_year").first(), pl.col("start").min()
    )
    drawn: dict[int, Floats] = {}
    end = 0
    for case, many, currency, year, begins in own.rows():
        rows = slice(end, end := end + many)
        if many not in drawn:
            drawn[many] = normals(many, together, points=points, seed=seed)
        whole = total(cost[rows], days[rows], drawn[many])
        known = (not np.isnan(x[rows, 1]).any() for x in (cost, days))
        loose = (not np.isnan(x[rows]).any() for x in (cost, days))
        start = as_of if begins is None else max(begins, as_of)
        yield _Case(case, currency, year, start, begins is not None, whole, *known, *loose)


def _row(c: _Case, together: Together, confidence: float, calendar: WorkCalendar | None) -> tuple[Any, ...]:
    cost = [None if x is None else round(x) for x in _points(c.total, "cost", c.money, c.loose_money)]
    days = [None if x is None else ceil(x) for x in _points(c.total, "days", c.time, c.loose_time)]
    finish = [None if d is None else landing(c.start, d, calendar) for d in days]
    place = (c.currency, c.price_year) if c.money else (None, None)
    parts = [Why("risk_value.start-today")] if c.time and not c.started else []
    parts += [Why("risk_value.beyond-calendar")] if any(d and not f for d, f in zip(days, finish, strict=True)) else []
    if not (c.loose_money and c.loose_time):
        why = Why("risk_value.joint-unknown", {}, (*_missing(c), *parts))
        return c.case, *place, *cost, *days, *finish, confidence, *(None,) * 6, why.to_json()
    alone = (float(c.total.at(what, confidence)) for what in ("cost", "days"))
    both = c.total.confidence(*alone)
    marginal, cost_joint, days_joint = c.total.held_with(confidence)
    end = landing(c.start, days_joint, calendar)
    facts = {
        "alone": Ratio(confidence), "both": Ratio(round(both, 3)), "marginal": Ratio(round(marginal, 3)),
        "rho": round(c.total.correlation, 2) + 0.0,
    }  # fmt: skip
    why = Why("risk_value.joint", facts, (*together.said, *parts))
    return (
        c.case, *place, *cost, *days, *finish, confidence, both, marginal,
        round(cost_joint), ceil(days_joint), end, c.total.correlation, why.to_json(),
    )  # fmt: skip


def _points(whole: Total, what: str, known: bool, loose: bool) -> list[float | None]:
    """10, 50 and 90 % points; without a range the middle alone, and nothing where nothing is planned."""
    if not known:
        return [None, None, None]
    low, middle, high = (float(x) for x in whole.at(what, (0.1, 0.5, 0.9)))
    return [low, middle, high] if loose else [None, middle, None]


def _missing(c: _Case) -> Iterator[Why]:
    for what, known, loose in (("cost", c.money, c.loose_money), ("days", c.time, c.loose_time)):
        if not known:
            yield Why(f"risk_value.{what}-unplanned")
        elif not loose:
            yield Why(f"risk_value.{what}-no-range")
