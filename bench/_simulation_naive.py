"""What anybody would write first: worlds × cases × stages as one array, a fresh normal in every place. NumPy alone."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np

BATCH = 100  # worlds at a time, or the arrays would not fit


def simulate(p: Any, cost: Any, payoff: Any, sector: Any, market: float, common: float, worlds: int, seed: int) -> Any:
    """Worth of the portfolio in each world: payoffs of the cases that pass all stages, less what was spent.

    `p` and `cost` are cases × stages. In every world and stage a market factor, a factor for each sector and one
    number for each case decide who passes; a case that fails spends nothing more.
    """
    rng = np.random.default_rng(seed)
    cases, stages = p.shape
    inverse = NormalDist().inv_cdf
    limit = np.array([[inverse(1 - value) for value in row] for row in p])
    rest = np.sqrt(1 - market - common)
    worth = []
    for first in range(0, worlds, BATCH):
        batch = min(BATCH, worlds - first)
        whole = rng.standard_normal((batch, 1, stages))
        sectors = rng.standard_normal((batch, int(sector.max()) + 1, stages))
        own = rng.standard_normal((batch, cases, stages))
        latent = np.sqrt(market) * whole + np.sqrt(common) * sectors[:, sector] + rest * own
        passed = np.cumprod(latent > limit, axis=2)
        entered = np.concatenate([np.ones((batch, cases, 1)), passed[:, :, :-1]], axis=2)
        worth.append((passed[:, :, -1] * payoff).sum(axis=1) - (entered * cost).sum(axis=(1, 2)))
    return np.concatenate(worth)
