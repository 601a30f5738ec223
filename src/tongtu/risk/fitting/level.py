"""Where the common level stands next: a local level, never a trend.

The level of a period is seen with error; it wanders (σ_w per period) and each period has a whim of its own (σ_e):
the local-level model (Harvey 1989), filtered. σ_w and σ_e are averaged over their posterior on a fixed grid, not
plugged in. So old periods count less as far as the data say they differ, and what lies ahead grows less sure with
distance; a line is never drawn on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_GRID = np.array([0.0, 0.02, 0.04, 0.06, 0.09, 0.13, 0.18, 0.25, 0.35, 0.5])
_WIDE = 4.0  # variance of the first level before anything is seen


@dataclass(frozen=True, slots=True)
class Level:
    """Mean and variance of the last level, and of what a period adds to it and has of its own."""

    mean: float
    variance: float
    wander: float  # variance per period
    whim: float  # variance of one period

    def ahead(self, periods: npt.ArrayLike) -> Floats:
        """Variance of the level so many periods after the last one."""
        return self.variance + self.wander * np.maximum(np.asarray(periods, np.float64), 0.0) + self.whim


def level(seen: Floats, variance: Floats, gaps: Floats) -> Level:
    """`seen` by period in order, with its variance of error; `gaps`: periods since the one before (first: any)."""
    wander, whim = (grid.ravel() ** 2 for grid in np.meshgrid(_GRID, _GRID, indexing="ij"))
    middle = float(np.average(seen, weights=1 / variance))
    mean, spread = np.full(len(wander), middle), np.full(len(wander), _WIDE)
    log = np.zeros(len(wander))
    for k, (x, v) in enumerate(zip(seen, variance, strict=True)):
        spread = spread + (wander * gaps[k] if k else 0.0)
        total = spread + whim + v
        log -= (np.log(total) + (x - mean) ** 2 / total) / 2
        gain = spread / total
        mean, spread = mean + gain * (x - mean), spread * (1 - gain)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    centre = float(weight @ mean)
    apart = float(weight @ (mean - centre) ** 2)
    return Level(centre, float(weight @ spread) + apart, float(weight @ wander), float(weight @ whim))
