"""Intervals of a share of so many, and of a rate of so many in a time. Vectorised; counts of nothing are allowed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tongtu.lifetimes.special import Floats, beta_quantile, gamma_quantile, two_sided


class Interval(NamedTuple):
    """Ends; not numbers where there is nothing to count."""

    low: Floats
    high: Floats


def wilson(hits: npt.ArrayLike, n: npt.ArrayLike, coverage: float = 0.95) -> Interval:
    """Wilson (1927): near its coverage at every share, within 0..1."""
    k, m = _counts(hits, n)
    z = two_sided(coverage)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = k / m
        middle = (p + z * z / (2 * m)) / (1 + z * z / m)
        half = z / (1 + z * z / m) * np.sqrt(p * (1 - p) / m + z * z / (4 * m * m))
    low = np.where(k == 0, 0.0, middle - half)
    high = np.where(k == m, 1.0, middle + half)
    return _none(m, low, high)


def jeffreys(hits: npt.ArrayLike, n: npt.ArrayLike, coverage: float = 0.95) -> Interval:
    """Equal tails of Beta(k + 1/2, n - k + 1/2); the ends 0 and 1 where all or none are hits (Brown, Cai and DasGupta
    2001)."""
    k, m = _counts(hits, n)
    tail = (1 - coverage) / 2
    low = np.where(k == 0, 0.0, beta_quantile(k + 0.5, m - k + 0.5, tail))
    high = np.where(k == m, 1.0, beta_quantile(k + 0.5, m - k + 0.5, 1 - tail))
    return _none(m, low, high)


def clopper_pearson(hits: npt.ArrayLike, n: npt.ArrayLike, coverage: float = 0.95) -> Interval:
    """Clopper and Pearson (1934): covers at least as often as it says, for claims that must not be too bold."""
    k, m = _counts(hits, n)
    tail = (1 - coverage) / 2
    low = np.where(k == 0, 0.0, beta_quantile(np.maximum(k, 0.5), m - k + 1, tail))
    high = np.where(k == m, 1.0, beta_quantile(k + 1, np.maximum(m - k, 0.5), 1 - tail))
    return _none(m, low, high)


def upper_of_none(n: npt.ArrayLike, coverage: float = 0.95) -> Floats:
    """How great a rate can be of which n trials have shown none: 1 - alpha^(1/n), one-sided, nearly 3/n at 95 %
    (the rule of three, Hanley and Lippman-Hand 1983)."""
    m = np.asarray(n, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = 1 - (1 - coverage) ** (1 / m)
    return np.asarray(np.where(m > 0, found, np.nan))


def poisson_rate(events: npt.ArrayLike, exposure: npt.ArrayLike, coverage: float = 0.95) -> Interval:
    """Garwood (1936): exact ends of a rate of so many events in so much time."""
    k, time = np.broadcast_arrays(np.asarray(events, np.float64), np.asarray(exposure, np.float64))
    if (k < 0).any() or (time < 0).any():
        raise ValueError("a count or an exposure is negative")
    tail = (1 - coverage) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(k == 0, 0.0, gamma_quantile(np.maximum(k, 0.5), tail)) / time
        high = gamma_quantile(k + 1, 1 - tail) / time
    return _none(time, low, high)


def _counts(hits: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Floats, Floats]:
    k, m = np.broadcast_arrays(np.asarray(hits, np.float64), np.asarray(n, np.float64))
    if (k < 0).any() or (k > m).any():
        raise ValueError("hits are not between nothing and all")
    return k, m


def _none(n: Floats, low: Floats, high: Floats) -> Interval:
    return Interval(*(np.where(n > 0, end, np.nan) for end in (low, high)))
