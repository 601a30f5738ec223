"""Chances of passing as a product of two small matrices.

Within a group the chance of passing a stage, Φ((threshold + x)·scale), depends on the point only through one number
x. It is smooth, so its Chebyshev series in x (Trefethen 2013, ch. 8) needs a dozen or two terms: coefficients by case
times polynomials by point, which a matrix product does several times faster than Φ itself.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from tongtu.risk.simulation.normal import cdf

Floats = npt.NDArray[np.float64]
Reals = npt.NDArray[Any]

_NODES = (24, 48, 96)  # tried in turn
_TOLERANCE = {np.dtype(np.float32): 3e-7, np.dtype(np.float64): 1e-11}
_FEW = 8  # cases below which Φ itself is quicker


@cache
def _rule(nodes: int) -> tuple[Floats, Floats]:
    """Chebyshev nodes, and the matrix that makes a function's values there into its series."""
    angle = np.pi * (np.arange(nodes) + 0.5) / nodes
    transform = np.cos(np.outer(angle, np.arange(nodes))) * (2 / nodes)
    transform[:, 0] /= 2
    return np.cos(angle), transform


class Passing:
    """The chance that cases of these thresholds pass, at every shift of `x`; terms of the series below `tolerance`
    (default: what the precision of `dtype` can tell) are left out."""

    def __init__(
        self, threshold: Floats, x: Floats, scale: float, dtype: npt.DTypeLike, tolerance: float | None = None
    ) -> None:
        self.threshold, self.x, self.scale, self.dtype = threshold, x, scale, np.dtype(dtype)
        self._tolerance = tolerance or _TOLERANCE[self.dtype]
        self.reach = max(float(np.abs(x).max(initial=0.0)), 1e-12)
        self.terms = self._series() if len(threshold) >= _FEW else None

    def _series(self) -> tuple[Reals, Reals] | None:
        """Coefficients (cases × terms) and polynomials (terms × points); None where the series is too long."""
        for nodes in _NODES:
            cosine, transform = _rule(nodes)
            series = cdf((self.threshold[:, None] + self.reach * cosine) * self.scale) @ transform
            largest = np.abs(series).max(axis=0, initial=0.0)
            needed = int(np.flatnonzero(largest > self._tolerance).max(initial=0)) + 1
            if needed < nodes - 2:
                return series[:, :needed].astype(self.dtype), self._powers(needed)
        return None

    def _powers(self, terms: int) -> Reals:
        """Chebyshev polynomials of the first kind, by their recurrence."""
        u = self.x / self.reach
        powers = np.empty((terms, len(u)), self.dtype)
        before, here = np.ones_like(u), u
        for k in range(terms):
            powers[k] = before
            before, here = here, 2 * u * here - before
        return powers

    def at(self, points: slice, out: Reals) -> Reals:
        """Cases × points, written to `out`: fresh memory for every block costs more than the work."""
        if self.terms is None:
            x = (self.threshold[:, None] + self.x[points]) * self.scale
            out[:] = cdf(x.astype(self.dtype))
            return out
        series, powers = self.terms
        return np.matmul(series, powers[:, points], out=out)
