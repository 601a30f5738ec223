"""A mixture of normals, one for each point of factor space: the distribution of a portfolio's loss or value.

Given the factors the cases are independent, so by the central limit theorem their sum is close to normal where none of
them dominates; cases that do are drawn and only shift the mean (a spread of 0 is a point mass, and all is then exact).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tongtu.risk.simulation.normal import cdf, density

Floats = npt.NDArray[np.float64]

_STEPS = 100


@dataclass(frozen=True)
class Mixture:
    """Mean, standard deviation and weight of each normal; weights add up to 1."""

    mean: Floats
    sd: Floats
    weight: Floats

    @property
    def expected(self) -> float:
        return float(self.weight @ self.mean)

    @property
    def spread(self) -> float:
        square = self.weight @ (self.sd**2 + (self.mean - self.expected) ** 2)
        return float(np.sqrt(max(float(square), 0.0)))

    @cached_property
    def masses(self) -> tuple[Floats, Floats] | None:
        """Where nothing is smooth: the points in order and the weight up to and including each. None otherwise."""
        if self.sd.any():
            return None
        order = np.argsort(self.mean, kind="stable")
        return self.mean[order], np.cumsum(self.weight[order])

    def standard(self, x: float) -> Floats:
        """How many deviations x lies above each mean; infinite, or 0 at the mass itself, for a point mass."""
        gap = x - self.mean
        safe = np.where(self.sd > 0, self.sd, 1.0)
        return np.where(self.sd > 0, gap / safe, np.where(gap == 0, 0.0, np.copysign(np.inf, gap)))

    def exceed(self, x: float) -> float:
        """P(X > x)."""
        if self.masses is not None:
            points, below = self.masses
            at = int(np.searchsorted(points, x, side="right"))
            return float(1 - below[at - 1]) if at else 1.0
        mass = self.sd == 0
        beyond = np.where(mass, self.mean > x, cdf(-self.standard(x)))
        return float(self.weight @ beyond)

    def quantile(self, level: float) -> float:
        """The least x with P(X <= x) >= level: Newton's steps, halving the bracket wherever they leave it or stall."""
        if self.masses is not None:
            points, below = self.masses
            return float(points[min(int(np.searchsorted(below, level - 1e-12)), len(points) - 1)])
        low, high = float((self.mean - 9 * self.sd).min()), float((self.mean + 9 * self.sd).max())
        if self._below(low, level) >= 0:
            return low
        width = 1e-10 * (high - low)
        x, before = self.expected, high - low
        for _ in range(_STEPS):
            over = self._below(x, level)
            low, high = (low, x) if over >= 0 else (x, high)
            if high - low <= width:
                break
            slope = self._density(x)
            step = -over / slope if slope > 0 else np.inf
            inside = low < x + step < high and abs(step) < before / 2
            if inside and abs(step) <= width:  # as good as there: close the bracket from the other side
                step = np.copysign(width, step)
            before = abs(step) if inside else (high - low) / 2
            x = x + step if inside else (low + high) / 2
        return high

    def _below(self, x: float, level: float) -> float:
        return 1 - self.exceed(x) - level + 1e-12

    def _density(self, x: float) -> float:
        wide = self.sd > 0
        t = (x - self.mean[wide]) / self.sd[wide]
        return float(self.weight[wide] @ (density(t) / self.sd[wide]))

    def beyond(self, x: float) -> float:
        """E[(X - x)⁺]."""
        t = self.standard(x)
        smooth = np.where(np.isfinite(t), self.sd * density(np.where(np.isfinite(t), t, 0.0)), 0.0)
        return float(self.weight @ ((self.mean - x) * cdf(-t) + smooth))

    def cvar(self, level: float) -> float:
        """Mean of the greatest 1 - level (Rockafellar and Uryasev 2000), atoms split."""
        return self.tail(level)[1]

    def tail(self, level: float, most: float = np.inf) -> tuple[float, float]:
        """The quantile, and the mean of what lies beyond; `most` is what X cannot exceed, though normals do."""
        x = min(self.quantile(level), most)
        more = self.beyond(most) if np.isfinite(most) else 0.0
        return x, x + (self.beyond(x) - more) / (1 - level)

    def flipped(self) -> Mixture:
        return Mixture(-self.mean, self.sd, self.weight)
