"""The linear program behind staged terms: the smaller of two gains raised as far as the limits let it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tongtu.risk.multipliers import Floats
from tongtu.risk.value.sides import View
from tongtu.solve.linear import Program


@dataclass(frozen=True, slots=True)
class Limits:
    """Least and most of each term: entry fee, each milestone and the deferred payment in minor units, royalty as
    a share of revenue (most of it: ours). `entry_share`: the entry fee's largest share of all the taker expects
    to pay. `deferred_year`: the year of use after which the deferred payment falls due."""

    entry: tuple[float, float] = (0.0, np.inf)
    milestone: tuple[float, float] = (0.0, np.inf)
    royalty: tuple[float, float] = (0.0, 0.3)
    deferred: tuple[float, float] = (0.0, np.inf)
    entry_share: float = 1.0
    deferred_year: int = 1


@dataclass(frozen=True)
class Bargain:
    """What the holder asks and the taker bids for one payment at signing, and how each sees every term.

    Columns of the programs are the terms (entry, a milestone per stage, royalty, deferred), then two more.
    Amounts are divided by `scale`.
    """

    views: Sequence[View]
    ask: float
    bid: float
    limits: Limits

    @cached_property
    def scale(self) -> float:
        return max(1.0, abs(self.ask), abs(self.bid), *(abs(v.base) for v in self.views))

    @cached_property
    def unit(self) -> Floats:
        """What 1 of each term's column stands for: money in units of `scale`, royalty as a share."""
        stages = len(self.views[0].bare) - 1
        return np.asarray(np.r_[np.full(1 + stages, self.scale), 1.0, self.scale], np.float64)

    def best(self, prefer: str) -> tuple[Floats | None, float]:
        """The terms under which the smaller gain is largest, and that gain; no terms where the limits clash.

        Among equals, those that fall due late: royalty, deferred, milestones, entry; or early, the other way
        round.
        """
        first = self._gains().solve()
        if first is None:
            return None, 0.0
        least = float(first.x[-2] - first.x[-1])
        tidy = self._gains(least - 1e-9 * max(1.0, abs(least)))
        stages = len(self.unit) - 3
        urgency = np.r_[3.0, np.full(stages, 2.0), 0.0, 1.0] * self._worth(1)
        tidy.cost = np.r_[urgency if prefer == "late" else -urgency, 0.0, 0.0]
        second = tidy.solve() or first
        terms = second.x[:-2] * (second.x[:-2] > 1e-8)
        return terms * self.unit, least * self.scale

    def shortfall(self) -> float:
        """The least that a third party would have to pay at signing, to either side, so that with some terms no
        one is worse off."""
        n = len(self.unit)
        program = self._limited(np.r_[np.zeros(n), 1.0, 1.0])
        program.row([*range(n), n], np.r_[self._worth(0), 1.0], at_least=self.ask / self.scale)
        program.row([*range(n), n + 1], np.r_[-self._worth(1), 1.0], at_least=-self.bid / self.scale)
        answer = program.solve()
        return float("inf") if answer is None else float(answer.x[n:].sum()) * self.scale

    def _gains(self, at_least: float | None = None) -> Program:
        """The last two columns are the smaller gain, as the difference of two; it is made large, or kept."""
        n = len(self.unit)
        program, every = self._limited(np.r_[np.zeros(n), -1.0, 1.0]), np.arange(n + 2)
        program.row(every, np.r_[self._worth(0), -1.0, 1.0], at_least=self.ask / self.scale)
        program.row(every, np.r_[-self._worth(1), -1.0, 1.0], at_least=-self.bid / self.scale)
        if at_least is not None:
            program.row([n, n + 1], [1.0, -1.0], at_least=at_least)
        return program

    def _limited(self, cost: Floats) -> Program:
        n, limits = len(self.unit), self.limits
        ranges = [limits.entry, *[limits.milestone] * (n - 3), limits.royalty, limits.deferred]
        upper = np.array([high for _, high in ranges]) / self.unit
        program = Program(cost, np.r_[upper, np.inf, np.inf])
        for column, (low, _) in enumerate(ranges):
            if low > 0:
                program.row([column], [1.0], at_least=low / self.unit[column])
        if limits.entry_share < 1:
            paid = self._worth(1)
            program.row(np.arange(n), np.r_[paid[0], np.zeros(n - 1)] - limits.entry_share * paid, at_most=0.0)
        return program

    def _worth(self, side: int) -> Floats:
        """What one of each term's column is worth to a side, in units of `scale`."""
        return np.asarray(self.views[side].each * self.unit / self.scale, np.float64)
