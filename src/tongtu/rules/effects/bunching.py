"""Do firms bunch above the cutoff? Two tests that their number changes smoothly there.

`density_test` compares the density just above and just below by local polynomials of the empirical distribution
function (Cattaneo, Jansson & Ma 2020): no histogram and no binning, unlike McCrary (2008). The densities are
fitted by cubics with the bandwidth of the quadratic, which leaves the bias out of the test as theirs does; the
bandwidth is a rule of thumb, not their plug-in. `binomial_test` asks whether the firms nearest to the cutoff fall
on either side as a fair coin does (Cattaneo, Titiunik & Vazquez-Bare 2017): exact, but weak, and only where the
density is about flat among so few. The first sees what is spread over the neighbourhood, the second what is
crowded right above the cutoff; `bunching` joins them by Bonferroni's rule.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from tongtu.rules.effects.local import Fit, Flags, Floats, rule_of_thumb

#: How many of the nearest firms the binomial test looks at: few, or a sloping density would look like bunching.
NEAREST = 20


@dataclass(frozen=True, slots=True)
class Density:
    """The density on both sides of the cutoff; `p` is the probability of so great a difference without bunching."""

    below: float
    above: float
    error: float

    @property
    def p(self) -> float:
        """The difference may have no error at all where nobody is observed near; that is no evidence of bunching."""
        if not self.error > 0:
            return 1.0
        return 2 * NormalDist().cdf(-abs(self.above - self.below) / self.error)


def bunching(x: Floats, right: Flags) -> float:
    """Probability of so uneven a number of firms around zero if nobody is moved over it."""
    return min(1.0, 2 * min(density_test(x, right).p, binomial_test(x, right)))


def density_test(x: Floats, right: Flags, bandwidth: float | None = None) -> Density:
    """Densities just below and above zero. Raises LinAlgError where a side has too few distinct distances."""
    reach = bandwidth if bandwidth is not None else rule_of_thumb(x, right)
    ordered = np.sort(x)
    share = np.searchsorted(ordered, x, side="right") / len(x)
    density, influence = [], np.zeros(len(x))
    for side, sign in ((~right, -1.0), (right, 1.0)):
        near = side & (np.abs(x) < reach)
        weights = Fit.of(x[near], reach, order=3).weights(derivative=1)
        density.append(float(weights @ share[near]))
        influence += sign * _influence(x, x[near], weights)
    return Density(density[0], density[1], float(influence.std(ddof=1)) / math.sqrt(len(x)))


def _influence(x: Floats, near: Floats, weights: Floats) -> Floats:
    """What each observation adds to a slope of the distribution function: a density is the mean of these.

    An observation raises the function at every place at or above its own, so it adds their weights.
    """
    order = np.argsort(near, kind="stable")
    above = np.append(np.cumsum(weights[order][::-1])[::-1], 0.0)
    return np.asarray(above[np.searchsorted(near[order], x, side="left")], np.float64)


def binomial_test(x: Floats, right: Flags) -> float:
    """Probability that the nearest firms, ties included, fall so unevenly if either side is equally likely."""
    distance = np.abs(x + _half_step(x, right))
    count = min(NEAREST, len(x))
    near = distance <= np.partition(distance, count - 1)[count - 1]
    n, above = int(near.sum()), int((near & right).sum())
    fewer = min(above, n - above)
    tail = sum(math.comb(n, k) for k in range(fewer + 1))
    return float(min(1.0, 2 * tail / 2**n))


def _half_step(x: Floats, right: Flags) -> float:
    """Where figures come in steps, the cutoff lies between two of them, not on the one that just passes (or fails)."""
    at_cutoff = x == 0
    if not at_cutoff.any():
        return 0.0
    step = float(np.diff(np.unique(x)).min(initial=np.inf))
    half = step / 2 if math.isfinite(step) else 0.0
    return half if right[at_cutoff].any() else -half
