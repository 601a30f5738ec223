"""Pooled rates from counts with noise: the noise is part of the likelihood, not clipped away.

The published passed and failed of a cell are the true ones plus discrete Laplace noise of known scale. Clipping them
at zero and going on as if they were exact is too sure of itself, takes noise in empty cells for results, and is
biased where cells are small. Here the true counts are unknown whole numbers: those of the reader itself, which are
certain, and those of others. How many others there are in a cell is zero with some chance and else geometric, both
estimated from the published totals of all cells (maximum marginal likelihood); the chance of the published figures
given the true ones is the noise's. Both are summed over a small grid, within the grid over (m, M) of
`tongtu.risk.pooling`: the rate of a cell comes from Beta(m·M, (1−m)·M), M / (M + n0) uniform, where n0 is the median
cell, counted as the exact results that would tell as much. Without noise the answer is that of `pooling.pool` up to
the coarser grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tongtu.risk.pooling import LIKENESS, Prior, Rates
from tongtu.risk.special import beta_quantile, log_beta

Floats = npt.NDArray[np.float64]

_ALIKE = 14  # grid points for M
_COMMON = 13  # grid points for m, given M
_NODES = 9  # grid points for each noisy count
_REACH = 9.0  # scales of noise on either side that are looked at: the rest has a chance of 1 in 8,000
_EMPTY = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.995])


@dataclass(frozen=True, slots=True)
class _Cell:
    """Possible true counts of one cell (with those of the reader) and the weights of their pairs."""

    passed: Floats  # (i,)
    failed: Floats  # (j,)
    log_weight: Floats  # (i, j)

    def mean(self) -> tuple[float, float]:
        weight = np.exp(self.log_weight - self.log_weight.max())
        weight /= weight.sum()
        return float(weight.sum(axis=1) @ self.passed), float(weight.sum(axis=0) @ self.failed)


def pool_noisy(
    passed: npt.ArrayLike, failed: npt.ArrayLike, scale: float, *, known_passed: npt.ArrayLike = 0,
    known_failed: npt.ArrayLike = 0, prior: Prior | None = None,
) -> Rates:  # fmt: skip
    """Rates of the cells, in their order, then of one more of which nothing is known.

    `passed` and `failed` are published counts (any whole numbers), `scale` that of their noise (0: exact), `known_*`
    results certain to be among them.
    """
    prior = prior or Prior()
    told = [np.atleast_1d(np.asarray(x, float)) for x in (passed, failed)]
    known = [np.broadcast_to(np.asarray(x, float), told[0].shape) for x in (known_passed, known_failed)]
    cells = _cells(told, known, scale)
    counts = np.array([cell.mean() for cell in cells]).reshape(-1, 2)
    m, alike, log = _grid(counts[:, 0], counts.sum(axis=1), prior, scale)
    found = [_rate(m, alike, cell) for cell in cells]
    log = log + sum(evidence for evidence, *_ in found)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    first = np.array([weight @ mean for _, mean, _, _ in found] + [weight @ m])
    square = np.array([weight @ part for *_, part, _ in found] + [weight @ ((m * alike + 1) / (alike + 1) * m)])
    borrowed = np.array([weight @ share for *_, share in found] + [1.0])
    size = np.maximum(first * (1 - first) / np.maximum(square - first**2, 1e-15) - 1, 1e-6)
    common = float(weight @ _rests(counts.sum(axis=1), alike))
    return Rates(first * size, (1 - first) * size, borrowed * prior.weight / (prior.weight + common))


def _cells(told: list[Floats], known: list[Floats], scale: float) -> list[_Cell]:
    if scale == 0:
        return [_Cell(np.array([k]), np.array([f]), np.zeros((1, 1))) for k, f in zip(*told, strict=True)]
    others = [t - k for t, k in zip(told, known, strict=True)]
    empty, mean = _sizes(others[0] + others[1], scale)
    cells = []
    for k, f, own_k, own_f in zip(*others, *known, strict=True):
        (xk, wk), (xf, wf) = _nodes(k, scale), _nodes(f, scale)
        n = xk[:, None] + xf
        # Given n, every split is as likely as the rates make it (`_rate`); here only how likely n is.
        size = np.where(n == 0, empty + (1 - empty) / (1 + mean), (1 - empty) / (1 + mean))
        log = np.log(np.maximum(size, 1e-300)) + n * np.log(mean / (1 + mean))
        cells.append(_Cell(own_k + xk, own_f + xf, log + np.log(wk)[:, None] + np.log(wf)))
    return cells


def _nodes(told: float, scale: float) -> tuple[Floats, Floats]:
    """True counts of others to look at and the noise's weights. Zero is always one of them, the rest in groups."""
    reach = np.ceil(_REACH * scale)
    low = max(0.0, told - reach)
    true = np.arange(low, max(told, low) + reach + 1)
    weight = np.exp(-(np.abs(told - true) - np.abs(told - true).min()) / scale)
    first = int(low == 0)
    step = max(1, int(np.ceil((len(true) - first) / _NODES)))
    parts = np.unique(np.r_[0, np.arange(first, len(true), step)])
    mass = np.add.reduceat(weight, parts)
    return np.add.reduceat(weight * true, parts) / mass, mass


def _sizes(totals: Floats, scale: float) -> tuple[float, float]:
    """The share of empty cells and the mean of the others' geometric size that best explain the published totals."""
    reach = int(np.ceil(2 * _REACH * scale))
    top = int(max(totals.max(initial=0), 0)) + reach
    n = np.unique(np.round(np.r_[np.arange(min(top, 64) + 1), np.geomspace(64, max(top, 65), 200)]))
    width = np.diff(np.r_[n, n[-1] + 1])
    gap = np.abs(totals[:, None] - n) / scale
    p = np.exp(-1 / scale)
    noise = np.exp(-gap) * (gap * scale * (1 - p * p) + 1 + p * p)  # the sum of two draws, up to a factor
    noise = np.maximum(noise, 1e-300)
    means = np.geomspace(0.5, max(2.0 * abs(totals).max(initial=1.0), 2.0), 30)
    size = np.exp(n[:, None] * np.log(means / (1 + means))) * width[:, None] / (1 + means)
    some = noise @ size  # (cells, means)
    log = np.log(_EMPTY[:, None, None] * noise[:, :1] + (1 - _EMPTY[:, None, None]) * some).sum(axis=1)
    best = np.unravel_index(np.argmax(log), log.shape)
    return float(_EMPTY[best[0]]), float(means[best[1]])


def _grid(k: Floats, n: Floats, prior: Prior, scale: float) -> tuple[Floats, Floats, Floats]:
    """Points (m, M), and the logarithm of prior over proposal: m at the quantiles of a Beta near its posterior, as
    wide as noise in the totals may make it."""
    rate = (k.sum() + 0.5) / (n.sum() + 1)
    shaken = 2 * scale**2 * (rate**2 + (1 - rate) ** 2) / (rate * (1 - rate))  # noise as results are, in variance
    seen = n[n > 0.5]
    typical = max(LIKENESS, float(np.median(seen / (1 + shaken / seen))) if len(seen) else 0.0)
    shrink = (np.arange(_ALIKE) + 0.5) / _ALIKE
    alike = np.repeat(typical * shrink / (1 - shrink), _COMMON)
    rests = _rests(n, alike)
    rests = rests / (1 + rests * shaken * len(n) / (n.sum() + 1) ** 2)
    a0, b0 = prior.mean * prior.weight, (1 - prior.mean) * prior.weight
    a, b = a0 + rests * rate + 0.5, b0 + rests * (1 - rate) + 0.5
    m = np.clip(beta_quantile(a, b, np.tile((np.arange(_COMMON) + 0.5) / _COMMON, _ALIKE)), 1e-9, 1 - 1e-9)
    return m, alike, _log_density(m, a0, b0) - _log_density(m, a, b)


def _rests(n: Floats, alike: Floats) -> Floats:
    """How many results the estimate of m rests on, net of likeness within cells."""
    counted = np.maximum(n, 0.0)
    total: Floats = (counted / (1 + np.maximum(counted - 1, 0) / (alike[:, None] + 1))).sum(axis=1)
    return total


def _rate(m: Floats, alike: Floats, cell: _Cell) -> tuple[Floats, Floats, Floats, Floats]:
    """For every grid point: log evidence of the cell, mean and mean square of its rate, share of the pool in it."""
    k, f, n = cell.passed, cell.failed, cell.passed[:, None] + cell.failed
    a, b, sizes = m * alike, (1 - m) * alike, alike[::_COMMON]
    whole = _lg(sizes[:, None, None] + n).repeat(_COMMON, axis=0)  # few values of M: the costly part is done once
    log = _lg(a[:, None] + k)[:, :, None] + _lg(b[:, None] + f)[:, None, :] - whole
    log += (_lg(alike) - _lg(a) - _lg(b))[:, None, None]
    log += _lg(n + 1) - _lg(k + 1)[:, None] - _lg(f + 1) + cell.log_weight
    top = log.max(axis=(1, 2), keepdims=True)
    part = np.exp(log - top)
    mass = part.sum(axis=(1, 2))
    part /= mass[:, None, None]
    less = 1 / (alike[:, None, None] + n)
    mean = (part * less * (a[:, None] + k)[:, :, None]).sum(axis=(1, 2))
    square = part * less / (alike[:, None, None] + n + 1) * ((a[:, None] + k) * (a[:, None] + k + 1))[:, :, None]
    return np.log(mass) + top[:, 0, 0], mean, square.sum(axis=(1, 2)), (part * less).sum(axis=(1, 2)) * alike


def _log_density(m: Floats, a: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
    density: Floats = (np.asarray(a) - 1) * np.log(m) + (np.asarray(b) - 1) * np.log1p(-m) - log_beta(a, b)
    return density


def _lg(x: npt.ArrayLike) -> Any:
    from scipy.special import gammaln  # type: ignore[import-untyped]

    return gammaln(x)
