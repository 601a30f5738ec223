"""Aalen–Johansen for one stage with competing results, and the influence of each case on it.

F_r(t), the share that has left by day t with result r, is the sum over days s <= t of S(s−)·d_r(s)/n(s): still there
just before, times the hazard of that result among those at risk (Aalen and Johansen 1978). Its variance is the sum of
squared influences (infinitesimal jackknife): without open cases it is the binomial one exactly, and it serves
any function of several shares, which Greenwood-type formulas do not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongtu.risk.odds.counting import OPEN

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Curve:
    """Distinct days in order; at each, how many are at risk, how many leave with each result, and the shares."""

    days: Floats  # [t]
    at_risk: Floats  # [t]
    left: Floats  # [result, t], open ones last
    share: Floats  # [result, t] without open
    before: Floats  # [t] share still there just before

    @property
    def entered(self) -> float:
        return float(self.left.sum())

    def until(self, day: float | None = None) -> int:
        """How many of the distinct days have passed by then; all where no day is given."""
        return len(self.days) if day is None else int(np.searchsorted(self.days, day, side="right"))

    def at(self, day: float | None = None) -> Floats:
        """Shares passed, failed, withdrawn by that day."""
        end = self.until(day)
        return self.share[:, end - 1] if end else np.zeros(OPEN)

    def told(self, day: float | None) -> bool:
        """Whether anybody was followed that long, or nobody is left to follow."""
        if day is None:
            return True
        gone = bool(len(self.days)) and self.share[:, -1].sum() > 1 - 1e-12
        return gone or bool(len(self.days) and self.days[-1] >= day)

    def influence(self, day: float | None = None) -> Floats:
        """[share, result, t]: what one more case that leaves so, on that day, changes in F by `day`."""
        end = self.until(day)
        found = np.zeros((OPEN, *self.left.shape))
        if not end:
            return found
        gone = self.left[:OPEN].sum(axis=0)
        hazard = gone / self.at_risk
        stays = np.where(hazard < 1, self.at_risk * (1 - hazard), np.inf)  # all gone: nothing comes after
        for r in range(OPEN):
            own = self.before * self.left[r] / self.at_risk**2
            after = self.share[r, end - 1] - self.share[r]
            base = np.cumsum(np.where(np.arange(len(self.days)) < end, hazard / stays * after - own, 0.0))
            found[r] += base[np.minimum(np.arange(len(self.days)), end - 1)]
            found[r, :OPEN, :end] -= (after / stays)[:end]
            found[r, r, :end] += (self.before / self.at_risk)[:end]
        return found


def curve(days: Floats, result: Ints) -> Curve:
    """From one record per case: days followed, and result (0 passed, 1 failed, 2 withdrawn, 3 still open)."""
    distinct, place = np.unique(days, return_inverse=True)
    left = np.zeros((OPEN + 1, len(distinct)))
    np.add.at(left, (result, place), 1.0)
    all_left = left.sum(axis=0)
    at_risk = all_left.sum() - np.concatenate([[0.0], np.cumsum(all_left)[:-1]]) if len(distinct) else all_left
    stay = 1 - left[:OPEN].sum(axis=0) / at_risk
    before = np.concatenate([[1.0], np.cumprod(stay)[:-1]]) if len(distinct) else at_risk
    share = np.cumsum(before * left[:OPEN] / at_risk, axis=1)
    return Curve(distinct, at_risk, left, share, before)


@dataclass(frozen=True, slots=True)
class Worth:
    """A share as so many passed of so many: what binomial counts would be as sure."""

    passed: float
    closed: float

    @property
    def share(self) -> float | None:
        return self.passed / self.closed if self.closed else None


def passing(found: Curve, day: float | None = None) -> Worth:
    """Of the cases that are closed as passed or failed, the share that passes (`day` None); or of all that enter,
    the share that has passed by `day`. Never worth more cases than were seen to bear on it."""
    passed, failed, _ = found.at(day)
    if day is None:
        whole, seen = passed + failed, float(found.left[:2].sum())
        if not whole:
            return Worth(0.0, 0.0)
        share = passed / whole
        move = found.influence()
        effect = (move[0] * failed - move[1] * passed) / whole**2
    else:
        share = float(passed)
        seen = followed(found, day)
        effect = found.influence(day)[0]
    return _worth(float(share), float((found.left * effect**2).sum()), seen)


def share_of(found: Curve, result: int, day: float | None = None) -> Worth:
    """Of all that enter, the share that has left with `result` by `day`; `OPEN`: has not left."""
    move = found.influence(day)
    effect = -move.sum(axis=0) if result == OPEN else move[result]
    shares = found.at(day)
    share = 1 - shares.sum() if result == OPEN else shares[result]
    return _worth(float(share), float((found.left * effect**2).sum()), followed(found, day))


def followed(found: Curve, day: float | None) -> float:
    """How many had left by the day, or were followed to it."""
    end = found.until(day)
    gone = float(found.left[:OPEN, :end].sum())
    return gone + (0.0 if day is None else float(found.left[:, end:].sum()))


def _worth(share: float, variance: float, seen: float) -> Worth:
    share = min(max(share, 0.0), 1.0)
    flat = share * (1 - share)
    size = seen if flat <= 1e-12 or variance <= 1e-15 else min(seen, flat / variance)
    return Worth(share * size, size)
