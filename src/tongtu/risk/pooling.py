"""Pooled success rates: cells with few results borrow from all cells, as far as the data say they are alike.

Cell c passed k of n. Its rate is drawn from Beta(m·M, (1−m)·M): m is the rate common to all cells, M
says how alike they are. Plain empirical Bayes plugs one estimate of (m, M) in and is then too sure of
itself; here both are averaged over their posterior on a small grid, with the uniform shrinkage prior
for M (Christiansen and Morris 1997; Daniels 1999: M / (M + n0) is uniform, n0 the median cell, but no less
than `LIKENESS`), and for m Jeffreys' prior or a labelled prior of known weight. Each cell's posterior, a
mixture of Betas, is handed on as the Beta of equal mean and variance. The grid is placed by quantiles, so
nothing is drawn at random.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongtu.risk.special import beta_quantile, log_beta

Floats = npt.NDArray[np.float64]

#: Where cells are too small to tell, rates of different cells are as likely as not to lie closer together
#: than a standard deviation of 0.15 (the Beta of this size). Ours.
LIKENESS = 10.0

_ALIKE = 32  # grid points for M
_COMMON = 31  # grid points for m, given M


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed of the common rate beforehand: its mean, and how many cases it is worth."""

    mean: float = 0.5
    weight: float = 1.0  # with mean 0.5: Jeffreys' prior


@dataclass(frozen=True, slots=True)
class Rates:
    """Beta(a, b) per cell. `prior_share` is the weight of the prior in each cell's mean."""

    a: Floats
    b: Floats
    prior_share: Floats

    @property
    def mean(self) -> Floats:
        return self.a / (self.a + self.b)

    @property
    def n_eff(self) -> Floats:
        """How many results an estimate as precise would need, less what the prior contributes."""
        return (self.a + self.b) * (1 - self.prior_share)

    def interval(self, coverage: float = 0.8) -> tuple[Floats, Floats]:
        tail = (1 - coverage) / 2
        return beta_quantile(self.a, self.b, tail), beta_quantile(self.a, self.b, 1 - tail)


def pool(passed: Floats, closed: Floats, prior: Prior | None = None, share: float = 1.0) -> Rates:
    """Rates of the cells, in their order, then of one more cell of which nothing is known yet.

    `passed` and `closed` are counts per cell, 0 <= passed <= closed, not necessarily whole. `share`: how much of
    `prior` is prior indeed; the rest are results of others, counted with the results.
    """
    prior = prior or Prior()
    k, n = np.append(passed, 0.0), np.append(closed, 0.0)
    m, alike, weight, common = _posterior(k, n, prior)
    a, b = (m * alike)[:, None] + k, ((1 - m) * alike)[:, None] + (n - k)
    mean, square = a / (a + b), a * (a + 1) / ((a + b) * (a + b + 1))
    first, second = weight @ mean, weight @ square
    spread = np.maximum(second - first**2, 1e-15)
    size = np.maximum(first * (1 - first) / spread - 1, 1e-6)
    borrowed = weight @ (alike[:, None] / (alike[:, None] + n))
    return Rates(first * size, (1 - first) * size, share * borrowed * prior.weight / (prior.weight + common))


def _posterior(k: Floats, n: Floats, prior: Prior) -> tuple[Floats, Floats, Floats, float]:
    """Grid points (m, M), their weights, and how many results the estimate of m rests on."""
    seen = n > 0
    k, n = k[seen], n[seen]
    typical = max(LIKENESS, float(np.median(n)) if len(n) else 0.0)
    shrink = (np.arange(_ALIKE) + 0.5) / _ALIKE  # uniform in M / (M + n0)
    alike = np.repeat(typical * shrink / (1 - shrink), _COMMON)
    rests = (n / (1 + (n - 1) / (alike[:, None] + 1))).sum(axis=1)  # results net of likeness within cells
    rate = k.sum() / n.sum() if len(n) else 0.5
    a0, b0 = prior.mean * prior.weight, (1 - prior.mean) * prior.weight
    # Importance sampling at the quantiles of a Beta close to the posterior of m.
    a, b = a0 + rests * rate + 0.5, b0 + rests * (1 - rate) + 0.5
    m = beta_quantile(a, b, np.tile((np.arange(_COMMON) + 0.5) / _COMMON, _ALIKE))
    m = np.clip(m, 1e-9, 1 - 1e-9)
    left, right = (m * alike)[:, None], ((1 - m) * alike)[:, None]
    log = (log_beta(left + k, right + n - k) - log_beta(left, right)).sum(axis=1)
    log += _log_density(m, a0, b0) - _log_density(m, a, b)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    return m, alike, weight, float(weight @ rests)


def _log_density(m: Floats, a: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
    density: Floats = (np.asarray(a) - 1) * np.log(m) + (np.asarray(b) - 1) * np.log1p(-m) - log_beta(a, b)
    return density
