"""Further figures of a case that move its odds within its cell, as far as past results bear that out.

    logit P(passes) = log odds of its cell + z·b,   b ~ N(0, τ²)

z are the covariates, each less its mean and over its spread among past results. τ is averaged over its posterior on a
fixed grid that holds 0, so figures that tell nothing move nothing (Laplace approximation). Cells' odds are held fixed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_GRID = np.array([0.0, 0.05, 0.1, 0.2, 0.4, 0.8])
_LEAST = 20  # results that tell all covariates


@dataclass(frozen=True, slots=True)
class Effect:
    """Mean and covariance of b, and what z is counted from and in."""

    mean: Floats
    covariance: Floats
    centre: Floats
    spread: Floats

    def moved(self, a: float, b: float, figures: Floats) -> tuple[float, float]:
        """A Beta moved by a case's figures; as it is where one of them is not known."""
        z = (figures - self.centre) / self.spread
        if np.isnan(z).any():
            return a, b
        p, size = a / (a + b), a + b
        variance = 1 / (p * (1 - p) * (size + 1)) + float(z @ self.covariance @ z)
        moved = 1 / (1 + np.exp(-(np.log(p / (1 - p)) + float(z @ self.mean))))
        new = min(max(1 / (moved * (1 - moved) * variance) - 1, 1e-3), size)
        return float(moved * new), float((1 - moved) * new)


def effect(figures: Floats, passed: Floats, odds: Floats) -> Effect | None:
    """`figures` [result, covariate] (NaN unknown), `passed` 0/1, `odds` the log odds of each result's cell; None where
    too few results tell them all."""
    told = ~np.isnan(figures).any(axis=1)
    figures, passed, odds = figures[told], passed[told], odds[told]
    if len(passed) < _LEAST or not 0 < passed.sum() < len(passed):
        return None
    centre, spread = figures.mean(axis=0), figures.std(axis=0)
    spread = np.where(spread > 1e-12 * (1 + np.abs(centre)), spread, np.inf)
    z = (figures - centre) / spread
    found = [_fitted(z, passed, odds, float(tau)) for tau in _GRID]
    weight = np.exp(np.array([one[0] for one in found]) - max(one[0] for one in found))
    weight /= weight.sum()
    means, spreads = np.stack([one[1] for one in found]), np.stack([one[2] for one in found])
    mean = weight @ means
    apart = means - mean
    covariance = np.tensordot(weight, spreads + apart[:, :, None] * apart[:, None, :], axes=1)
    return Effect(mean, covariance, centre, spread)


def _fitted(z: Floats, y: Floats, odds: Floats, tau: float) -> tuple[float, Floats, Floats]:
    """Log evidence, mean and covariance of b for one τ."""
    k = z.shape[1]
    b = np.zeros(k)
    if not tau:
        return _likelihood(y, odds), b, np.zeros((k, k))
    for _ in range(30):
        p = 1 / (1 + np.exp(-(odds + z @ b)))
        heavy = (z * (p * (1 - p))[:, None]).T @ z + np.eye(k) / tau**2
        step = np.linalg.solve(heavy, z.T @ (y - p) - b / tau**2)
        b = b + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    evidence = _likelihood(y, odds + z @ b) - float(b @ b) / (2 * tau**2)
    evidence -= float(np.linalg.slogdet(heavy)[1] + 2 * k * np.log(tau)) / 2
    return evidence, b, np.asarray(np.linalg.inv(heavy), np.float64)


def _likelihood(y: Floats, eta: Floats) -> float:
    return float((y * eta - np.logaddexp(0, eta)).sum())
