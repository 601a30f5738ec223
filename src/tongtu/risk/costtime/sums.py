"""Sums of correlated lognormals: what all stages of a case cost and take together.

The sum has no closed form. It is taken on scrambled Sobol' points: those give the joint distribution of cost
and time, on which everything here rests, and hold in the tails. Matching two moments with one lognormal
(Fenton 1960; here `moment_matched`) needs no points and tells mean and spread exactly, but says nothing of
cost and date together and errs in the tails where stages are uneven: it is the check, not the answer.

Each stage is a lognormal through its 10, 50 and 90 % points. Where the middle is not the geometric mean of
the outer two, each side has a spread of its own, so that all three points are kept. Student's tails, which a
small reference class has, are cut to normal ones beyond those points.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np
import numpy.typing as npt

from tongtu.risk.costtime.reference import Together
from tongtu.risk.multipliers import Floats
from tongtu.risk.special import TENTH, normal_cdf, sobol_normals

#: Points of a sum: a power of 2.
POINTS = 4096


@dataclass(frozen=True)
class Total:
    """Cost (minor units) and days of one case's stages, at the same points."""

    cost: Floats
    days: Floats

    def at(self, what: str, chances: npt.ArrayLike) -> Floats:
        """What is not exceeded with these chances: `what` is `cost` or `days`."""
        order = self._cost_order if what == "cost" else self._days_order
        return np.asarray(getattr(self, what)[order[_place(chances, len(order))]], np.float64)

    def confidence(self, cost: float, days: float) -> float:
        """P(cost and days both hold)."""
        return float(((self.cost <= cost) & (self.days <= days)).mean())

    def held_with(self, confidence: float) -> tuple[float, float, float]:
        """The chance each must be held with alone so that both hold with `confidence`; that cost, those days."""
        n = len(self.cost)
        rank = np.empty((2, n), np.int64)
        for own, order in zip(rank, (self._cost_order, self._days_order), strict=True):
            own[order] = np.arange(n)
        need = int(np.sort(rank.max(axis=0))[_place(confidence, n)])
        return (need + 1) / n, float(self.cost[self._cost_order[need]]), float(self.days[self._days_order[need]])

    def least_cost(self, days: float, confidence: float) -> float | None:
        """The least cost that holds together with these days; None where no cost does."""
        dear = self._cost_order
        held, need = np.cumsum(self.days[dear] <= days), _place(confidence, len(dear)) + 1
        return float(self.cost[dear[np.searchsorted(held, need)]]) if held[-1] >= need else None

    @property
    def correlation(self) -> float:
        """Of log cost with log days, on the first points (a net of their own); 0 where one of them is certain."""
        cost, days = (np.log(np.maximum(x[:1024], 1e-9)) for x in (self.cost, self.days))
        cost, days = cost - cost.mean(), days - days.mean()
        scale = float(cost @ cost) * float(days @ days)
        return float(cost @ days) / sqrt(scale) if scale > 1e-12 else 0.0

    @cached_property
    def _cost_order(self) -> npt.NDArray[np.int64]:
        return np.argsort(self.cost, kind="stable")

    @cached_property
    def _days_order(self) -> npt.NDArray[np.int64]:
        return np.argsort(self.days, kind="stable")


def _place(chance: npt.ArrayLike, n: int) -> npt.NDArray[np.int64]:
    """Where in rising order stands what so large a share does not exceed."""
    return np.clip(np.ceil(np.asarray(chance) * n - 1e-9).astype(np.int64), 1, n) - 1


def normals(stages: int, together: Together, *, points: int = POINTS, seed: int = 0) -> Floats:
    """Correlated standard normals (points × stages × 2: cost, days) for cases with so many stages."""
    root = _root(together.matrix(stages))
    drawn = sobol_normals(points, 2 * stages, seed) @ root.T
    return drawn.reshape(points, stages, 2)


def _root(matrix: Floats) -> Floats:
    """A square root of a correlation matrix that may be singular."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0)), np.float64)


def total(cost: Floats, days: Floats, drawn: Floats) -> Total:
    """`cost` and `days` hold low, middle and high of each stage (stages × 3); NaN low or high: no spread."""
    return Total(_at(cost, drawn[:, :, 0]).sum(axis=1), _at(days, drawn[:, :, 1]).sum(axis=1))


def _at(points: Floats, drawn: Floats) -> Floats:
    below, above = spread_of(points[:, 0], points[:, 1], points[:, 2])
    return np.asarray(points[:, 1] * np.exp(np.where(drawn < 0, below, above) * drawn), np.float64)


def spread_of(low: npt.ArrayLike, middle: npt.ArrayLike, high: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Standard deviations of the logarithm below and above the middle; 0 where the points do not tell."""
    low, middle, high = (np.asarray(x, np.float64) for x in (low, middle, high))
    with np.errstate(divide="ignore", invalid="ignore"):
        below, above = np.log(middle / low) / TENTH, np.log(high / middle) / TENTH
    return tuple(np.where(np.isfinite(s) & (s > 0), s, 0.0) for s in (below, above))  # type: ignore[return-value]


def expected(low: npt.ArrayLike, middle: npt.ArrayLike, high: npt.ArrayLike) -> Floats:
    """Mean of the lognormal through 10, 50 and 90 %; the middle where low and high are NaN."""
    return _moment(1, low, middle, high)


def variance(low: npt.ArrayLike, middle: npt.ArrayLike, high: npt.ArrayLike) -> Floats:
    """Its variance; 0 where low and high are NaN."""
    return np.asarray(np.maximum(_moment(2, low, middle, high) - expected(low, middle, high) ** 2, 0.0), np.float64)


def _moment(k: int, low: npt.ArrayLike, middle: npt.ArrayLike, high: npt.ArrayLike) -> Floats:
    below, above = (k * s for s in spread_of(low, middle, high))
    sides = np.exp(below**2 / 2) * normal_cdf(-below) + np.exp(above**2 / 2) * normal_cdf(above)
    return np.asarray(np.asarray(middle, np.float64) ** k * sides, np.float64)


def moment_matched(middle: Floats, spread: Floats, correlation: Floats) -> tuple[float, float]:
    """Median and log standard deviation of the lognormal with the mean and variance of the sum of lognormals
    whose logarithms have this `spread` and `correlation` (Fenton 1960; correlated: Abu-Dayya and Beaulieu
    1994)."""
    mean = middle * np.exp(spread**2 / 2)
    second = float(mean @ np.exp(correlation * np.outer(spread, spread)) @ mean)
    whole = float(mean.sum())
    log = float(np.log(second / whole**2))
    return whole * float(np.exp(-log / 2)), float(np.sqrt(log))
