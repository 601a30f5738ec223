"""What the measures would have been with other places, or other counts: resampling.

`places`  as many places as there are, drawn with replacement; each counts as often as it was drawn (products are
          found from these, and every place is the mean of its products). Answers: were these places others?
`poisson` every cell drawn anew from a Poisson law with the count as its mean. Answers: were these counts others?
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tongtu.pilots.complexity.measures import advantage, eigen, has
from tongtu.pilots.complexity.table import Floats, Table
from tongtu.solve import Progress
from tongtu.solve import check as checked

Resample = Literal["places", "poisson"]


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """ECI and PCI of each draw (draws × places, draws × products); a draw without an answer is left out."""

    places: Floats
    products: Floats


def drawn(
    table: Table, threshold: float, draws: int, seed: int, resample: Resample, progress: Progress | None = None
) -> Drawn:
    """ECI and PCI in `draws` resamples, each with its own mean and deviation and the sign rule of `eigen`."""
    told = checked(progress)
    kept: list[tuple[Floats, Floats]] = []
    for done, (values, weights) in enumerate(_resamples(table.known, draws, seed, resample), start=1):
        found = eigen(has(advantage(values, weights), threshold), weights)
        if found.why is None:
            kept.append((found.places, found.products))
        told(done, draws)
    if not kept:
        n, m = table.values.shape
        return Drawn(np.empty((0, n)), np.empty((0, m)))
    return Drawn(np.stack([one[0] for one in kept]), np.stack([one[1] for one in kept]))


def _resamples(values: Floats, draws: int, seed: int, resample: Resample) -> Iterator[tuple[Floats, Floats | None]]:
    rng = np.random.default_rng(seed)
    n = len(values)
    for _ in range(draws):
        if resample == "poisson":
            yield rng.poisson(values).astype(np.float64), None
        else:
            yield values, rng.multinomial(n, np.full(n, 1.0 / n)).astype(np.float64)


def interval(draws: Floats, level: float) -> tuple[Floats, Floats]:
    """The central `level` of each column; NaN where fewer than half of the draws have a value."""
    if not len(draws):
        blank = np.full(draws.shape[1], np.nan)
        return blank, blank.copy()
    known = np.isfinite(draws).mean(axis=0) >= 0.5
    low, high = np.full(draws.shape[1], np.nan), np.full(draws.shape[1], np.nan)
    ends = [(1.0 - level) / 2, (1.0 + level) / 2]
    if known.any():
        low[known], high[known] = np.nanquantile(draws[:, known], ends, axis=0)
    return low, high


def ranks(values: Floats) -> Floats:
    """1 for the greatest of each row; equal values share the better rank; NaN stays."""
    flat = np.atleast_2d(values)
    order = np.argsort(-np.nan_to_num(flat, nan=-np.inf), axis=1, kind="stable")
    placed = np.empty_like(flat)
    for row, at in enumerate(order):
        ordered = flat[row, at]
        first = np.concatenate([[True], ordered[1:] != ordered[:-1]])
        placed[row, at] = np.maximum.accumulate(np.where(first, np.arange(1, len(at) + 1), 0))
    placed[np.isnan(flat)] = np.nan
    return placed.reshape(values.shape)
