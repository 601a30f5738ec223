"""One model of dependence, run: the portfolio's mixtures, and who brings what to the tail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tongtu.risk.book import Book
from tongtu.risk.simulation.copula import Copula
from tongtu.risk.simulation.drawn import LARGE, drawn, shares, terminals
from tongtu.risk.simulation.factors import Factors
from tongtu.risk.simulation.mixture import Mixture
from tongtu.risk.simulation.moments import Moments, moments
from tongtu.risk.simulation.normal import cdf, density
from tongtu.risk.simulation.points import Points, points
from tongtu.risk.simulation.worth import Measure, Worth
from tongtu.solve.progress import Progress

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_PILOT = 64  # points on which shares of variance are judged
#: which way is bad
ADVERSE: dict[Measure, int] = {"loss": 1, "outcome": -1, "value": -1}
#: what a figure cannot be less than, though a normal can
LEAST: dict[Measure, float] = {"loss": 0.0, "outcome": 0.0, "value": -np.inf}


@dataclass(frozen=True)
class Portfolio:
    """A book under one model of dependence. `large`: cases drawn one by one, with their share of variance."""

    copula: Copula
    worth: Worth
    points: Points
    moments: Moments
    large: Ints
    share: Floats
    own: dict[Measure, Floats]

    def mixture(self, measure: Measure, of: slice = slice(None)) -> Mixture:
        """Of all scramblings, or of one."""
        unit, weight = self.worth.in_money(measure), self.points.weight[of]
        mean = self.moments.mean[measure][of] + self.own[measure].sum(axis=0)[of]
        return Mixture(mean * unit, np.sqrt(self.moments.variance[measure][of]) * unit, weight / weight.sum())

    def estimates(
        self, figures: Callable[[Mixture], list[float]], measure: Measure
    ) -> list[tuple[float, float | None]]:
        """Figures of the pooled mixture, and their standard errors from the independent scramblings."""
        each = np.array([figures(self.mixture(measure, of)) for of in self.points.each()])
        errors = each.std(axis=0, ddof=1) / np.sqrt(len(each)) if len(each) > 1 else [None] * each.shape[1]
        pooled = figures(self.mixture(measure))
        return [(v, None if e is None else float(e)) for v, e in zip(pooled, errors, strict=True)]

    @cached_property
    def _books(self) -> dict[str, Ints]:
        return {"sector": self.copula.book.sector, "technology": self.copula.book.technology}

    def contributions(self, measure: Measure, by: str, level: float) -> tuple[Floats, Floats]:
        """Mean of each group, and what it brings to the mean of the worst 1 - level (Euler; the parts add up).

        Groups by code, those without one last. The sign is the measure's own.
        """
        sign, unit = ADVERSE[measure], self.worth.in_money(measure)
        whole = self.mixture(measure)
        adverse = whole if sign > 0 else whole.flipped()
        beyond, edge = _tail(adverse, level)
        mean, variance = (self.moments.sectors if by == "sector" else self.moments.technologies)[measure]
        codes = self._books[by][self.large]
        mine = mean.astype(np.float64) * unit
        np.add.at(mine, codes, self.own[measure] * unit)
        covariance = variance.astype(np.float64) * unit**2
        tail = (mine @ beyond + sign * (covariance @ edge)) / (1 - level)
        return mine @ whole.weight, tail


def _tail(adverse: Mixture, level: float) -> tuple[Floats, Floats]:
    """Weight of each point beyond the quantile (adding up to 1 - level), and the weight its variance gets there."""
    x = adverse.quantile(level)
    t = adverse.standard(x)
    mass = adverse.sd == 0
    over = np.where(mass, adverse.mean > x, cdf(-t)) * adverse.weight
    at = mass & (adverse.mean == x)
    if at.any():
        missing = (1 - level) - over.sum()
        over = over + at * adverse.weight * (missing / adverse.weight[at].sum())
    finite = np.where(mass, 0.0, t)
    edge = np.where(mass, 0.0, density(finite) / np.where(mass, 1.0, adverse.sd)) * adverse.weight
    return over, edge


def portfolio(
    book: Book, factors: Factors, *, n: int, sets: int, seed: int, costs: bool, doubt: bool, parts: bool,
    tell: Progress,
) -> Portfolio:  # fmt: skip
    copula, worth = Copula(book, factors, doubt=doubt, parts=parts), Worth(book, costs)
    pilot = points(_PILOT, 1, copula.dimensions, 0, seed)
    share = shares(copula, worth, pilot.z, pilot.weight)
    large = np.flatnonzero(share > LARGE)
    towards = copula.slopes([worth.gains(measure) for measure in reversed(worth.measures)])
    at = points(n, sets, copula.dimensions, 3 * len(large), seed, towards)
    without = np.zeros(len(book), bool)
    without[large] = True
    found = moments(copula, worth, at.z, without=without, parts=parts, tell=tell)
    passed = terminals(copula, large, at.z, at.own[:, : len(large)])
    own = drawn(worth, large, passed, at.own[:, len(large) :])
    return Portfolio(copula, worth, at, found, large, share[large], own)
