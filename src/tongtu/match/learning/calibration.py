"""From a model's sum to a probability: an increasing curve, read off judged pairs it was not trained on.

Isotonic regression (Zadrozny & Elkan 2002) by pooling neighbours, with two departures. Each pooled block is
drawn a little towards Platt's sigmoid (1999), as though it held a few more pairs that follow it, since small blocks at
the ends say 0 or 1 on the word of one judge. And a small even slope is mixed in, so that the curve rises everywhere:
pooling alone gives many pairs one value, and their order would be lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tongtu.match.learning.judged import Floats, Ints

#: no pair is certain: probabilities stay this far from 0 and 1
EPSILON = 1e-4
_EXTRA = 4.0  # pairs that follow the sigmoid, added to each block (ours)
_EVEN = 0.005  # share of the even slope, and so the most it can put a probability wrong (ours)
_GRID = 33
_STEP = 1e-9  # the least rise from knot to knot
_STEEPEST = 50.0
_DRAWS = 100
_TAILS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Knots of a strictly increasing, piecewise linear curve; level beyond the first and last.

    `low`, `high`: the 95 % interval of `p` at each knot; empty where none was taken.
    """

    z: tuple[float, ...]
    p: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    def __call__(self, z: Floats) -> Floats:
        return np.interp(z, self.z, self.p)

    def at(self, z: float) -> float:
        return float(np.interp(z, self.z, self.p))

    def sum_of(self, p: float) -> float:
        """Where the curve reaches a probability."""
        return float(np.interp(p, self.p, self.z))

    def interval(self, p: Floats) -> tuple[Floats, Floats]:
        """Where the probability of pairs given `p` lies, NaN where no interval was taken."""
        if not self.low:
            return np.full(p.shape, np.nan), np.full(p.shape, np.nan)
        return np.interp(p, self.p, self.low), np.interp(p, self.p, self.high)

    def slope(self, z: float) -> float:
        """Points of probability for one unit more, the mean of both sides at a knot."""
        step = 1e-6
        return (self.at(z + step) - self.at(z - step)) / (2 * step)


def sigmoid(z: Floats) -> Floats:
    """1 / (1 + e⁻ᶻ) without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * z))


def logistic(reach: tuple[float, float]) -> Calibration:
    """The curve of a model that says log-odds and has not been compared with judgments."""
    return _curve(np.linspace(*reach, 4 * _GRID), sigmoid)


def calibrate(z: Floats, y: Floats, weight: Floats, reach: tuple[float, float]) -> Calibration:
    """The curve for sums `z` of pairs judged `y` (0 or 1); it covers `reach`, the least and greatest sum possible."""
    ends, rise = _rise(z, y, weight, reach, platt(z, y, weight))
    return _curve(np.concatenate([ends, np.linspace(*reach, _GRID)]), rise)


def banded(
    curve: Calibration, z: Floats, y: Floats, weight: Floats, question: Ints, reach: tuple[float, float], seed: int
) -> Calibration:
    """`curve` with its 95 % interval at each knot, from curves of questions drawn again (bootstrap)."""
    draw, knots, sigmoid_of = np.random.default_rng(seed), np.array(curve.z), platt(z, y, weight)
    size, lines = int(question.max()) + 1, []
    for _ in range(_DRAWS):
        again = weight * draw.multinomial(size, np.full(size, 1 / size))[question]
        here = again > 0
        lines.append(_rise(z[here], y[here], again[here], reach, sigmoid_of)[1](knots))
    low, high = np.percentile(np.clip(lines, EPSILON, 1 - EPSILON), _TAILS, axis=0)
    p = np.array(curve.p)
    low, high = np.minimum(low, p).round(6), np.maximum(high, p).round(6)
    return replace(curve, low=tuple(low.tolist()), high=tuple(high.tolist()))


def _rise(
    z: Floats, y: Floats, weight: Floats, reach: tuple[float, float], sigmoid_of: tuple[float, float]
) -> tuple[Floats, Callable[[Floats], Floats]]:
    """Where the pooled blocks begin and end, and the curve through them with the even slope mixed in."""
    first, last, level = _blocks(z, y, weight, *sigmoid_of)
    ends, at = np.unique(np.column_stack([first, last]).ravel(), return_index=True)
    values = np.repeat(level, 2)[at]

    def rise(z: Floats) -> Floats:
        even = (z - reach[0]) / (reach[1] - reach[0])
        return np.asarray((1 - _EVEN) * np.interp(z, ends, values) + _EVEN * even)

    return ends, rise


def platt(z: Floats, y: Floats, weight: Floats) -> tuple[float, float]:
    """Slope (> 0) and offset of the sigmoid nearest to judgments, with Platt's smoothed targets."""
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    good, bad = float(weight @ y), float(weight @ (1 - y))
    target = np.where(y > 0, (good + 1) / (good + 2), 1 / (bad + 2))
    centre, spread = float(np.average(z, weights=weight)), max(float(z.std()), 1e-6)
    scaled = (z - centre) / spread

    def loss(theta: Floats) -> tuple[float, Floats]:
        s = theta[0] * scaled + theta[1]
        excess = weight * (sigmoid(s) - target)
        return float(weight @ (np.logaddexp(0.0, s) - target * s)), np.array([excess @ scaled, excess.sum()])

    start = np.array([1.0, np.log((good + 1) / (bad + 1))])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(1e-3, _STEEPEST), (None, None)])
    slope = float(found.x[0]) / spread
    return slope, float(found.x[1]) - slope * centre


def _blocks(z: Floats, y: Floats, weight: Floats, slope: float, offset: float) -> tuple[Floats, Floats, Floats]:
    """First and last sum of each pooled block, and its level."""
    from scipy.optimize import isotonic_regression

    places, back = np.unique(z, return_inverse=True)
    mass = np.bincount(back, weights=weight)
    mean = np.bincount(back, weights=weight * y) / mass
    starts = isotonic_regression(mean, weights=mass).blocks
    left = starts[:-1]
    held = np.add.reduceat(mass, left)
    level = np.add.reduceat(mass * mean, left) / held
    centre = np.add.reduceat(mass * places, left) / held
    drawn = (level * held + _EXTRA * sigmoid(slope * centre + offset)) / (held + _EXTRA)
    again = isotonic_regression(drawn, weights=held + _EXTRA).x
    return places[left], places[starts[1:] - 1], np.asarray(again)


def _curve(knots: Floats, rise: Callable[[Floats], Floats]) -> Calibration:
    z = np.unique(knots.round(6))
    p = EPSILON + (1 - 2 * EPSILON) * np.clip(rise(z), 0.0, 1.0)
    p = np.maximum.accumulate(p).round(9) + _STEP * np.arange(z.size)
    return Calibration(tuple(z.tolist()), tuple(p.round(9).tolist()))
