"""Pooled cells of several columns at once: a logistic model whose level effects are drawn around nothing.

    logit p = level of the period + Σ over columns u[column, level],   u[column, ·] ~ N(0, τ²[column])

τ² is estimated from the data (empirical Bayes): a column that tells nothing shrinks to nothing, a level with few rows
stays near its column's middle. Solved block by block with Newton steps on the penalised likelihood; τ² by MacKay's
fixed point (1992) with a weak prior. Effects wear off: a row of t periods ago counts `memory`^t of a row of now.
Posterior variances are those of each block alone (a diagonal Laplace approximation): what that misses, and how rates
drift, is learnt from held-out periods (see `choosing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

_SWEEPS = 40
_CLOSE = 1e-4
_WEAK = 1.0  # results' worth of the prior for τ²
_SPREAD = 0.05  # and where it stands
_PERIODS = 4.0  # variance of period levels within the fit: they are left to themselves


@dataclass(frozen=True, slots=True)
class Block:
    """One column's effects: by code, the last for anything new (no effect, all of τ² as variance)."""

    effect: Floats
    variance: Floats
    spread: float  # τ²


@dataclass(frozen=True, slots=True)
class Additive:
    """`level` by period, which effects are apart from; `blocks` in the order of the columns."""

    level: Floats
    blocks: tuple[Block, ...]

    def effects(self, codes: Sequence[Codes]) -> Floats:
        """Sum of the columns' effects for each row."""
        return sum((block.effect[c] for block, c in zip(self.blocks, codes, strict=True)), np.zeros(_rows(codes)))

    def variances(self, codes: Sequence[Codes]) -> Floats:
        return sum((block.variance[c] for block, c in zip(self.blocks, codes, strict=True)), np.zeros(_rows(codes)))


def _rows(codes: Sequence[Codes]) -> int:
    return len(codes[0]) if codes else 1


def additive(y: Floats, period: Codes, weight: Floats, codes: Sequence[Codes], sizes: Sequence[int]) -> Additive:
    """`y` 0/1 by row; `period` from 0 on; `weight` of the rows of each period; `codes` by column, below its size."""
    heavy = weight[period]
    even = np.ones_like(heavy)
    mean = (y.sum() + 0.5) / (len(y) + 1)
    start = float(np.log(mean / (1 - mean)))
    level = np.full(len(weight), start)
    effects = [np.zeros(size) for size in sizes]
    spreads = np.full(len(codes), 0.1)
    precision = [np.zeros(size) for size in sizes]
    eta = level[period].copy()
    for _ in range(_SWEEPS):
        before = eta.copy()
        step, _ = _newton(y, eta, even, period, level - start, 1 / _PERIODS)
        level += step
        eta += step[period]
        for k, code in enumerate(codes):
            step, seen = _newton(y, eta, heavy, code, effects[k], 1 / spreads[k])
            effects[k] += step
            eta += step[code]
            precision[k] = seen + 1 / spreads[k]
            free = float((seen / precision[k]).sum())
            spreads[k] = max((float(effects[k] @ effects[k]) + _WEAK * _SPREAD**2) / (free + _WEAK), 1e-6)
        if np.abs(eta - before).max() < _CLOSE:
            break
    blocks = tuple(
        Block(np.append(u, 0.0), np.append(1 / q, s), float(s))
        for u, q, s in zip(effects, precision, spreads, strict=True)
    )
    return Additive(level, blocks)


def _newton(y: Floats, eta: Floats, weight: Floats, code: Codes, effect: Floats, pull: float) -> tuple[Floats, Floats]:
    """One step of a block's effects, and the information its rows hold about them."""
    p = 1 / (1 + np.exp(-eta))
    gain = np.bincount(code, weight * (y - p), len(effect))
    seen: Floats = np.bincount(code, weight * p * (1 - p), len(effect)).astype(np.float64)
    step = (gain - pull * effect) / (seen + pull)
    return np.clip(step, -2, 2), seen
