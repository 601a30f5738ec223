"""A trinomial lattice on a fixed grid of the logarithm: options valued backwards, many cases at once.

What is uncertain moves as a lognormal; a node goes up, stays or goes down, with the odds that match mean and
variance of the step exactly (Boyle 1988). The grid does not grow with the steps: it covers seven standard
deviations, and beyond its ends values run on as straight lines. Steps may have any length up to the finest one
for which the grid was made, so that gates fall exactly on steps whatever the lengths of the stages.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

import numpy as np

from tongtu.risk.multipliers import Floats

#: Nodes are so many standard deviations of the longest step apart: a third of the odds stay where they are.
_APART = sqrt(1.5)
_REACH = 7.0  # standard deviations that the grid covers on either side
_LONGEST = 0.25  # years; shorter where much moves, so that a step stays small
_STILL = 1e-4  # what does not move is taken to move by this much


@dataclass(frozen=True)
class Lattice:
    """One row per case. `factor` (cases × nodes) is what each node multiplies today's figure by."""

    volatility: Floats
    longest: Floats  # longest step of each case, years
    factor: Floats

    @classmethod
    def over(cls, volatility: Floats, years: Floats, steps: int, drift: float = 0.0) -> Lattice:
        """A lattice for cases that are followed for `years`, in at least so many steps.

        `drift` is the strongest it will be used with: odds stay odds only where a step's drift is less than a
        node, so what hardly moves is taken to move a little more.
        """
        volatility, years = np.asarray(volatility, np.float64), np.maximum(np.asarray(years, np.float64), 1e-6)
        longest = np.minimum(years / steps, _LONGEST / np.maximum(1.0, volatility**2))
        moving = np.maximum(volatility, np.maximum(_STILL, 1.05 * _APART * abs(drift) * np.sqrt(longest)))
        reach = ceil(_REACH * sqrt(float(np.max(years / longest, initial=1.0))) / _APART) + 1
        apart = moving * np.sqrt(longest) * _APART
        return cls(moving, longest, np.exp(apart[:, None] * np.arange(-reach, reach + 1)))

    @property
    def middle(self) -> int:
        """The node where things stand today."""
        return int(self.factor.shape[1] // 2)

    def steps(self, years: Floats) -> Any:
        """How many steps such a time takes, for each case; none where it is nothing."""
        return np.where(years > 0, np.maximum(1, np.ceil(years / self.longest - 1e-9)), 0).astype(int)

    def back(self, value: Floats, years: Floats, discount: Floats, drift: Floats | float = 0.0) -> Floats:
        """What `value` at each node in so many years is worth on average now, times `discount` for all that time.

        `drift` is yearly, continuously compounded. All three per case.
        """
        steps = self.steps(years)
        last = int(steps.max(initial=0))
        tau = np.divide(years, steps, out=np.zeros_like(years), where=steps > 0)
        up, down = self.odds(tau, drift)
        ratio = self.factor[:, 1] / self.factor[:, 0]
        for k in range(last):
            going = (steps > k)[:, None]
            value = step(value, np.where(going, up[:, None], 0.0), np.where(going, down[:, None], 0.0), ratio[:, None])
        return value * np.asarray(discount)[:, None]

    def odds(self, tau: Floats, drift: Floats | float) -> tuple[Floats, Floats]:
        """Odds of going up and down in a step of `tau` years."""
        ratio = self.factor[:, 1] / self.factor[:, 0]
        rise, fall = ratio - 1, 1 / ratio - 1
        growth = np.exp(drift * tau)
        first = growth - 1
        second = growth**2 * np.exp(self.volatility**2 * tau) - 2 * growth + 1
        up = (second - fall * first) / (rise * (rise - fall))
        down = (second - rise * first) / (fall * (fall - rise))
        return up, down


def step(value: Floats, up: Floats, down: Floats, ratio: Floats) -> Floats:
    """One step back: the average over up, stay and down; straight on at both ends."""
    inner = value[:, 1:-1]
    new = np.empty_like(value)
    new[:, 1:-1] = inner + up * (value[:, 2:] - inner) + down * (value[:, :-2] - inner)
    new[:, :1] = new[:, 1:2] + (new[:, 1:2] - new[:, 2:3]) / ratio
    new[:, -1:] = new[:, -2:-1] + (new[:, -2:-1] - new[:, -3:-2]) * ratio
    return new


def put(
    spot: Floats, price: float, rate: float, volatility: Floats, years: Floats, *, dates: int, steps: int = 40
) -> Floats:
    """Puts that may be exercised on `dates` equally spaced days a year, today among them (Bermudan).

    `steps` lie between two dates; `rate` is continuously compounded. All arrays are per put.
    """
    spot, volatility, years = (np.asarray(x, np.float64) for x in (spot, volatility, years))
    found = np.empty(len(spot))
    for length in np.unique(years):  # puts that run equally long share their dates
        own = years == length
        many = round(float(length) * dates)
        lattice = Lattice.over(volatility[own], years[own], many * steps, rate)
        exercise = np.maximum(price - spot[own][:, None] * lattice.factor, 0.0)
        value, each = exercise.copy(), years[own] / many
        for _ in range(many):
            value = np.maximum(lattice.back(value, each, np.exp(-rate * each), rate), exercise)
        found[own] = value[:, lattice.middle]
    return found
