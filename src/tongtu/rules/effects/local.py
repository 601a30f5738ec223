"""Local polynomial regression at a cutoff: the jump of any number of figures there, and their joint covariance.

Figures are centred on the cutoff beforehand, so that it lies at zero. On each side a polynomial is fitted with the
triangular kernel, which is optimal at a boundary (Cheng, Fan & Marron 1997); the jump is the difference of the
two fits at zero.

The jump is estimated by local quadratics with the bandwidth that is MSE-optimal for local lines. That is the
robust bias-corrected estimator of Calonico, Cattaneo & Titiunik (2014) with both of its bandwidths equal; its
interval is right where the line's own is too narrow, because the line's bias is not negligible at that
bandwidth. We show the corrected estimate, not the line's, so that it lies within its interval.

The bandwidth is their three-step plug-in with its regularisation (2014; Calonico, Cattaneo & Farrell 2020).
Variances are clustered by firm, each residual divided by one minus its leverage: HC3 where a firm is seen once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Groups = npt.NDArray[np.int64]

#: The rule-of-thumb constant of the triangular kernel at a boundary.
_PILOT = 2.576
#: Every bandwidth reaches so many distinct distances on each side, where there are so many; with fewer, what lies
#: between them is a matter of form (Lee & Card 2008).
DISTINCT = 10
#: How often the variance of an estimated bias is added to its square, so that a bias that is close to zero
#: by chance does not make the bandwidth endless (Imbens & Kalyanaraman 2012).
_REGULARISED = 3.0


@dataclass(frozen=True, slots=True)
class Jumps:
    """Jumps of several figures at the cutoff, and the covariance of these estimates."""

    values: Floats
    covariance: Floats

    def variance(self, weights: Floats) -> float:
        """Variance of a weighted sum of the jumps."""
        return float(weights @ self.covariance @ weights)


@dataclass(frozen=True, slots=True)
class Fit:
    """A local polynomial at zero. `rows @ y` are its coefficients in units of the bandwidth."""

    design: Floats
    rows: Floats
    bandwidth: float

    @classmethod
    def of(cls, x: Floats, bandwidth: float, order: int) -> Fit:
        scaled = x / bandwidth
        design = np.vander(scaled, order + 1, increasing=True)
        weighted = design * np.maximum(1 - np.abs(scaled), 0)[:, None]
        return cls(design, np.linalg.solve(design.T @ weighted, weighted.T), bandwidth)

    def weights(self, derivative: int = 0) -> Floats:
        """What each observation counts for in the coefficient of x to this power."""
        return np.asarray(self.rows[derivative] / self.bandwidth**derivative, np.float64)

    def errors(self, y: Floats, derivative: int = 0) -> Floats:
        """What each observation of `y` (n,) or (n, m) adds to the error of that coefficient."""
        weights, residuals = self.weights(derivative), y - self.design @ (self.rows @ y)
        return np.asarray(weights * residuals if y.ndim == 1 else weights[:, None] * residuals, np.float64)

    def leverage(self) -> Floats:
        """How far each observation pulls its own fit; below one, so that it can be divided by what is left."""
        return np.asarray(np.minimum((self.design * self.rows.T).sum(axis=1), 0.99), np.float64)


def jumps(x: Floats, right: Flags, y: Floats, bandwidth: float, group: Groups, order: int = 2) -> Jumps:
    """The jump at zero of every column of `y`, from left to right.

    x          (n,) distance from the cutoff · right  (n,) on which side of it
    y          (n, m) figures · group  (n,) who is observed; errors of one group may be of one piece
    Raises LinAlgError where a side has too few distinct distances for the order.
    """
    near = np.abs(x) < bandwidth
    x, right, y, group = x[near], right[near], y[near], group[near]
    values, scores = np.zeros(y.shape[1]), np.zeros_like(y)
    for side, sign in ((right, 1.0), (~right, -1.0)):
        fit = Fit.of(x[side], bandwidth, order)
        values += sign * (fit.weights() @ y[side])
        scores[side] = sign * fit.errors(y[side]) / (1 - fit.leverage())[:, None]
    _, place = np.unique(group, return_inverse=True)
    together = np.zeros((place.max(initial=-1) + 1, y.shape[1]))
    np.add.at(together, place, scores)
    return Jumps(values, together.T @ together)


def optimal(x: Floats, right: Flags, y: Floats) -> float:
    """The bandwidth that makes the mean squared error of a local line's jump in `y` (n,) smallest.

    Where the figure has no spread at all around its polynomial, no bandwidth is better than another; the
    rule of thumb stays.
    """
    pilot = rule_of_thumb(x, right)
    third = _plug_in(x, right, y, order=3, derivative=3, pilot=pilot, wide=None)
    second = _plug_in(x, right, y, order=2, derivative=2, pilot=pilot, wide=third)
    return _plug_in(x, right, y, order=1, derivative=0, pilot=pilot, wide=second)


def rule_of_thumb(x: Floats, right: Flags) -> float:
    """A bandwidth from the spread of the distances alone."""
    low, high = np.quantile(x, (0.25, 0.75))
    spread = min(float(x.std(ddof=1)), float(high - low) / 1.349) or float(x.std(ddof=1))
    return _within(_PILOT * spread * len(x) ** -0.2, x, right)


def _within(bandwidth: float, x: Floats, right: Flags) -> float:
    """A bandwidth made wide enough to see a few distinct distances on each side, and no wider than the data."""
    nearest = [np.unique(np.abs(x[side])) for side in (right, ~right)]
    least = max(float(one[min(DISTINCT, len(one)) - 1]) for one in nearest) * (1 + 1e-9)
    return min(max(bandwidth, least), max(_reach(x), least))


def _reach(x: Floats) -> float:
    return float(np.abs(x).max())


def _plug_in(
    x: Floats, right: Flags, y: Floats, *, order: int, derivative: int, pilot: float, wide: float | None
) -> float:
    """MSE-optimal for the jump of a derivative by polynomials of an order.

    `pilot` is the bandwidth for the variance, `wide` that for the derivative which makes the bias; without it
    the whole side is used. Odd derivatives change sign with the side, so their sum is estimated, not their jump.
    """
    variance = bias = doubt = 0.0
    for side, sign in ((right, 1.0), (~right, 1.0 if derivative % 2 else -1.0)):
        reach = wide or _reach(x[side]) * (1 + 1e-9)
        near, far = (side & (np.abs(x) < within) for within in (pilot, reach))
        fit, beyond = Fit.of(x[near], pilot, order), Fit.of(x[far], reach, order + 1)
        # What the next power of x, were there one unit of it, would leave in the coefficient.
        left_over = float(fit.weights(derivative) @ x[near] ** (order + 1)) / pilot ** (order + 1 - derivative)
        variance += _squared(fit.errors(y[near], derivative)) * pilot ** (1 + 2 * derivative)
        bias += sign * left_over * float(beyond.weights(order + 1) @ y[far])
        doubt += left_over**2 * _squared(beyond.errors(y[far], order + 1))
    squared = bias**2 + (_REGULARISED * doubt if wide else 0.0)
    if not variance > 0 or not squared > 0:
        return pilot
    rate = 1 / (2 * order + 3)
    best = ((1 + 2 * derivative) * variance / (2 * (order + 1 - derivative) * squared)) ** rate
    return _within(float(best), x, right)


def _squared(errors: Floats) -> float:
    return float(errors @ errors)
