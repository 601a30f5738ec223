"""A case as a ladder of stages with a prize at the top, and its risk-adjusted value.

A stage's cost is paid on entering it; its odds decide at its end; the prize is worth `payoff` on the day the last
stage is passed. Values are discounted with one real yearly rate. Failing is taken up by the odds alone: the
rate must not hold a second charge for it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.risk.costtime.sums import expected, variance
from tongtu.risk.multipliers import Floats
from tongtu.risk.special import TENTH

YEAR = 365.25


@dataclass(frozen=True)
class Ladders:
    """Cases in rows, stages in columns; a case with fewer stages ends in stages that cost and take nothing and
    are passed. What is not known is NaN."""

    p: Floats
    p_square: Floats  # mean of p²: the doubt about the odds
    cost: Floats
    cost_variance: Floats
    years: Floats
    lead: Floats  # years until the first stage is entered
    payoff: Floats
    payoff_sd: Floats
    stages: npt.NDArray[np.int64]

    def at(self, rows: npt.NDArray[Any]) -> Ladders:
        return Ladders(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def discount(self, rate: float) -> Floats:
        """Over each stage."""
        return np.asarray((1 + rate) ** -self.years, np.float64)

    @cached_property
    def entered(self) -> Floats:
        """Years from today until each stage is entered, then until success."""
        return np.asarray(self.lead[:, None] + np.cumsum(np.pad(self.years, ((0, 0), (1, 0))), axis=1), np.float64)

    @cached_property
    def reached(self) -> Floats:
        """Odds of entering each stage, then of success."""
        return np.asarray(np.cumprod(np.pad(self.p, ((0, 0), (1, 0)), constant_values=1.0), axis=1), np.float64)

    @property
    def last_cost(self) -> Floats:
        """What the last stage of each case costs."""
        place = np.maximum(self.stages - 1, 0)[:, None]
        return np.take_along_axis(np.pad(self.cost, ((0, 0), (0, 1))), place, axis=1)[:, 0]


def ladders(stages: pl.DataFrame, cases: list[str], payoff: Floats, payoff_sd: Floats, as_of: Any) -> Ladders:
    """From the stage frame, sorted by case and order; `payoff` per case, in the order of `cases`."""
    place = {case: k for k, case in enumerate(cases)}
    row = np.array([place[c] for c in stages["case"]], np.int64)
    count = np.bincount(row, minlength=len(cases))
    column = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) if len(row) else row
    wide = int(count.max(initial=0))

    def laid(values: Floats, rest: float) -> Floats:
        table = np.full((len(cases), wide), rest)
        table[row, column] = values
        return table

    def points(what: str) -> tuple[Floats, Floats, Floats]:
        low, middle, high = (stages[f"{what}{at}"].to_numpy().astype(float) for at in ("_low", "", "_high"))
        return low, middle, high

    p, a, b = (stages[c].to_numpy().astype(float) for c in ("p", "a", "b"))
    square = np.where(np.isnan(a + b), p**2, p**2 + p * (1 - p) / (a + b + 1))
    starts = stages.group_by("case", maintain_order=True).agg(pl.col("start").min())
    lead = np.zeros(len(cases))
    for case, start in starts.rows():
        if start is not None:
            lead[place[case]] = max(0.0, (start - as_of).days / YEAR)
    money, time = points("cost"), points("days")
    return Ladders(
        laid(p, 1.0), laid(square, 1.0), laid(expected(*money), 0.0), laid(variance(*money), 0.0),
        laid(expected(*time) / YEAR, 0.0), lead, payoff, payoff_sd, count,
    )  # fmt: skip


def gate_values(case: Ladders, rate: float) -> Floats:
    """What each case is worth on entering each stage and on the day of success, going on to the end."""
    value = np.empty((len(case.lead), case.p.shape[1] + 1))
    value[:, -1] = case.payoff
    discount = case.discount(rate)
    for k in range(case.p.shape[1] - 1, -1, -1):
        value[:, k] = discount[:, k] * case.p[:, k] * value[:, k + 1] - case.cost[:, k]
    return value


def today(value: Floats, case: Ladders, rate: float) -> Floats:
    """A value on entering the first stage, as of today."""
    return np.asarray(value * (1 + rate) ** -case.lead, np.float64)


def spread(case: Ladders, rate: float) -> Floats:
    """Standard deviation of today's value from the doubt about odds, costs and cash flows, taken as independent.

    Exact for that model, stage by stage; it is the doubt about an expected value, not the range of results.
    """
    mean, square = case.payoff, case.payoff**2 + case.payoff_sd**2
    discount = case.discount(rate)
    for k in range(case.p.shape[1] - 1, -1, -1):
        going = discount[:, k] * case.p[:, k] * mean
        var = discount[:, k] ** 2 * case.p_square[:, k] * square - going**2 + case.cost_variance[:, k]
        mean = going - case.cost[:, k]
        square = np.maximum(var, 0.0) + mean**2
    return today(np.sqrt(np.maximum(square - mean**2, 0.0)), case, rate)


def low_high(value: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """Its 10 and 90 % points, taken as normal."""
    return value - TENTH * sd, value + TENTH * sd
