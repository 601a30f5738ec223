"""Noise for what is published, and what it protects: one project, with all its rows.

Two data sets are neighbours where one holds one project more. That project has at most one row at each of the
taxonomy's m stages, and at each of them raises exactly one of the four results of one cell by one. So the vector of
all results changes by at most m in L1, and one discrete Laplace draw of scale m/ε per figure makes the release
ε-differentially private (Ghosh, Roughgarden and Sundararajan 2012; sampled without floating-point leaks by OpenDP).
`entered` and rates are computed from the noisy figures and cost nothing. Where days are released as well, they get a
share of ε of their own: `timed` goes up by at most 1 and `days` by at most the cap, m times, so that half of that
share each pays for scale 2m/ε and 2m·cap/ε.

This holds as it stands for whole counts. Where members held small cells back, it holds for neighbours of the same
pattern of blanks: the project that makes the fifth of its member's cell brings five rows at once.

The noise comes from the operating system's randomness; a sampler with a seed is for tests and benches only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, nextafter, tanh
from typing import Any

import numpy as np
import numpy.typing as npt

from tongtu.risk.share.refusal import refused

Ints = npt.NDArray[np.int64]

#: Adds noise of a scale to every figure.
Sampler = Callable[[Ints, float], Ints]

LEAST_EPSILON, MOST_EPSILON = 0.01, 10.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How ε is spent: scales of the noise for results, timed and days (infinite: not released)."""

    epsilon: float
    results: float
    timed: float = inf
    days: float = inf


def plan(epsilon: float, rows: int, *, days: float = 0.0, days_cap: int = 0) -> Plan:
    """Scales for a project of at most `rows` rows; `days` is the share of ε for how long projects take.

    Raises DataRefused for ε outside 0.01..10 or a share outside 0..0.9.
    """
    if not LEAST_EPSILON <= epsilon <= MOST_EPSILON:
        raise refused("risk_share.epsilon", value=epsilon, least=LEAST_EPSILON, most=MOST_EPSILON)
    if not 0 <= days <= 0.9:
        raise refused("risk_share.days-share", value=days)
    results = rows / (epsilon * (1 - days))
    if not days:
        return Plan(epsilon, results)
    each = 2 * rows / (epsilon * days)
    return Plan(epsilon, results, each, each * days_cap)


def discrete_laplace(values: Ints, scale: float) -> Ints:
    """OpenDP: P(noise = k) proportional to exp(−|k|/scale), for each figure. Raises DataRefused without OpenDP."""
    measurement = _laplace(scale)
    while measurement.map(1) > 1 / scale:  # a rounding step upwards would spend more than was asked
        measurement = _laplace(scale := nextafter(scale, inf))
    return np.asarray(measurement([int(v) for v in values]), np.int64)


def _laplace(scale: float) -> Any:
    try:
        from importlib import import_module

        mod, domains = import_module("opendp.mod"), import_module("opendp.domains")
        metrics, measurements = import_module("opendp.metrics"), import_module("opendp.measurements")
    except ImportError:
        raise refused("risk_share.no-opendp") from None
    mod.enable_features("contrib")
    space = domains.vector_domain(domains.atom_domain(T="i64"))
    return measurements.make_laplace(space, metrics.l1_distance(T="i64"), scale=scale)


def seeded(seed: int) -> Sampler:
    """The same distribution from a seed. For tests and benches: whoever knows the seed takes the noise off."""
    rng = np.random.default_rng(seed)

    def sample(values: Ints, scale: float) -> Ints:
        stay = -np.expm1(-1 / scale)  # difference of two geometric draws
        noise = rng.geometric(stay, values.shape) - rng.geometric(stay, values.shape)
        return values + noise.astype(np.int64)

    return sample


def worst_auc(epsilon: float) -> float:
    """What nobody exceeds: the area under the curve of any test whether a project is in an ε-private release.

    1/2 + tanh(ε/2)/2 (from the trade-off curve of pure privacy: Kairouz, Oh and Viswanath 2015); reached by whoever
    knows every other project and looks at one figure of scale 1/ε.
    """
    return 0.5 + tanh(epsilon / 2) / 2
