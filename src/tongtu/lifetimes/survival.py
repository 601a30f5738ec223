"""Kaplan-Meier: the share that is still there, when so many have left, and how long it lasts on average.

Kaplan and Meier (1958); variance by Greenwood (1926); intervals of a point on the log-minus-log scale (Kalbfleisch and
Prentice 1980), which stay within 0..1; of a quantile by inverting them (Brookmeyer and Crowley 1982).
Where we depart: before the first event, where Greenwood's variance is zero, the lower end is the share that so many
without an event could still hide, (alpha/2)^(1/n); once nobody is left, the upper end stays where it was. A quantile
is the first time by which so many have left, never the middle of a flat piece.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from tongtu.lifetimes.counting import Counted, before, count, running_product, running_sum, within
from tongtu.lifetimes.special import Floats, Ints, two_sided

Scale = Literal["log-log", "log", "plain"]


@dataclass(frozen=True, slots=True)
class Quantiles:
    """[groups] each; not a number: not reached while anybody was followed."""

    time: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Means:
    """[groups] Mean time within `tau` and its standard error. `told`: whether anybody was followed that long (or all
    had left before); elsewhere the figures are not numbers."""

    tau: float
    mean: Floats
    error: Floats
    told: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Curves:
    """`share` [t]: still there after each time of `counted`; `greenwood` [t]: the sum of d / n(n - d)."""

    counted: Counted
    share: Floats
    greenwood: Floats

    @cached_property
    def error(self) -> Floats:
        """[t] Greenwood's standard error of the share."""
        return np.asarray(self.share * np.sqrt(self.greenwood))

    def interval(self, coverage: float = 0.95, scale: Scale = "log-log") -> tuple[Floats, Floats]:
        """[t], [t] Pointwise ends. Raises ValueError for a coverage outside 0..1."""
        z = two_sided(coverage)
        s, root = self.share, np.sqrt(self.greenwood)
        with np.errstate(divide="ignore", invalid="ignore"):
            if scale == "plain":
                low, high = s - z * s * root, s + z * s * root
            elif scale == "log":
                low, high = s * np.exp(-z * root), s * np.exp(z * root)
            else:
                spread = z * root / np.abs(np.log(s))
                low, high = s ** np.exp(spread), s ** np.exp(-spread)
        none_yet, gone = s >= 1, s <= 0
        low = np.where(none_yet, ((1 - coverage) / 2) ** (1 / np.maximum(self.counted.at_risk, 1)), low)
        high = np.where(none_yet, 1.0, high)
        return np.where(gone, 0.0, low).clip(0, 1), self._kept(np.where(gone, np.nan, high)).clip(0, 1)

    def _kept(self, high: Floats) -> Floats:
        """The last end that could be told, where the share is nothing."""

        def carry(values: Floats) -> Floats:
            known = np.where(np.isnan(values), -1, np.arange(len(values)))
            place = np.maximum.accumulate(known) if len(values) else known
            return np.where(place < 0, 1.0, values[place])

        return within(self.counted, carry, high)

    def at(self, time: float, coverage: float = 0.95, scale: Scale = "log-log") -> tuple[Floats, Floats, Floats]:
        """[groups] Share still there just after `time`, with its ends. Not numbers beyond what was followed."""
        low, high = self.interval(coverage, scale)
        place = self.counted.until(time) - 1
        known = self._told(time)
        found = []
        for values, start in ((self.share, 1.0), (low, np.nan), (high, 1.0)):
            inside = place >= self.counted.starts[:-1]
            taken = np.where(inside, values[np.maximum(place, 0)] if len(values) else np.nan, start)
            found.append(np.where(known, taken, np.nan))
        return found[0], found[1], found[2]

    def _told(self, time: float) -> npt.NDArray[np.bool_]:
        ends = self.counted.starts[1:] - 1
        filled = self.counted.starts[1:] > self.counted.starts[:-1]
        last = self.share[np.maximum(ends, 0)] if len(self.share) else np.ones(len(ends))
        return np.asarray(filled & ((self.counted.followed() >= time) | (last <= 0)))

    def quantile(self, left: float = 0.5, coverage: float = 0.95, scale: Scale = "log-log") -> Quantiles:
        """When a share `left` has left. The ends are the times at which the interval of the curve holds 1 - left."""
        low, high = self.interval(coverage, scale)
        times = [_first(self.counted, values, 1 - left) for values in (self.share, low, high)]
        return Quantiles(times[0], times[1], times[2])

    def median(self, coverage: float = 0.95, scale: Scale = "log-log") -> Quantiles:
        return self.quantile(0.5, coverage, scale)

    def mean(self, tau: float) -> Means:
        """Restricted mean: the area below the curve to `tau` (Irwin 1949; variance as in Klein and Moeschberger 2003,
        section 4.5)."""
        counted = self.counted
        mean, error = np.full(counted.groups, np.nan), np.full(counted.groups, np.nan)
        told = self._told(tau)
        for g in np.flatnonzero(told):
            here = counted.span(int(g))
            end = here.start + int(np.searchsorted(counted.times[here], tau, "right"))
            here = slice(here.start, end)
            steps = np.diff(np.concatenate([[0.0], counted.times[here], [tau]]))
            heights = np.concatenate([[1.0], self.share[here]])
            areas = steps * heights
            mean[g] = areas.sum()
            ahead = areas[::-1].cumsum()[::-1][1:]  # the area from each time to tau
            d, n = counted.all_left[here], counted.at_risk[here]
            terms = np.where(n > d, d / np.maximum(n * (n - d), 1), 0.0)
            error[g] = np.sqrt((ahead**2 * terms).sum())
        return Means(tau, mean, error, told)


def survival(
    times: npt.ArrayLike, left: npt.ArrayLike, *, group: npt.ArrayLike | None = None,
    entry: npt.ArrayLike | None = None, groups: int | None = None,
) -> Curves:  # fmt: skip
    """Curves from one row per case: `times`, and whether each had `left` by then (else it is still open).

    `group`, `entry`: as in `count`. Raises ValueError.
    """
    gone = np.asarray(left).astype(bool)
    return of_counts(count(times, np.where(gone, 0, -1), group=group, entry=entry, groups=groups, ways=1))


def of_counts(counted: Counted) -> Curves:
    """Curves of leaving in any way."""
    d, n = counted.all_left, np.maximum(counted.at_risk, 1)
    share = within(counted, running_product, 1 - d / n)
    terms = np.where(n > d, d / np.maximum(n * (n - d), 1), 0.0)
    return Curves(counted, share, within(counted, running_sum, terms))


def still(curves: Curves) -> Floats:
    """[t] Share still there just before each time."""
    return before(curves.counted, curves.share, 1.0)


def _first(counted: Counted, values: Floats, level: float) -> Floats:
    """[groups] The first time at which `values` is not above `level`, to rounding."""
    met = values <= level + 1e-12
    found = np.full(counted.groups, np.nan)
    places: Ints = np.flatnonzero(met)
    at = np.searchsorted(places, counted.starts[:-1])
    for g in range(counted.groups):
        if at[g] < len(places) and places[at[g]] < counted.starts[g + 1]:
            found[g] = counted.times[places[at[g]]]
    return found
