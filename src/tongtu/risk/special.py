"""The special functions this room needs: scipy's, loaded at first use, with types."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: How far a standard normal lies from its middle at its 10 and 90 % points.
TENTH = 1.2815515655446004


def _scipy() -> Any:
    import scipy.special  # type: ignore[import-untyped]

    return scipy.special


def log_beta(a: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
    return np.asarray(_scipy().betaln(a, b), np.float64)


def beta_quantile(a: npt.ArrayLike, b: npt.ArrayLike, chance: npt.ArrayLike) -> Floats:
    return np.asarray(_scipy().betaincinv(a, b, chance), np.float64)


def beta_above(a: npt.ArrayLike, b: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
    """P(X > x) of a Beta(a, b)."""
    return np.asarray(_scipy().betaincc(a, b, x), np.float64)


def log_choose(n: npt.ArrayLike, k: npt.ArrayLike) -> Floats:
    """Logarithm of n choose k."""
    n, k = np.asarray(n, np.float64), np.asarray(k, np.float64)
    return np.asarray(-log_beta(n - k + 1, k + 1) - np.log1p(n), np.float64)


def normal_quantile(chance: float) -> float:
    return float(_scipy().ndtri(chance))


def normal_cdf(x: npt.ArrayLike) -> Floats:
    return np.asarray(_scipy().ndtr(x), np.float64)


def student_quantile(freedom: float, chance: float) -> float:
    return float(_scipy().stdtrit(freedom, chance))


def bivariate_normal(x: npt.ArrayLike, y: npt.ArrayLike, correlation: npt.ArrayLike) -> Floats:
    """P(X <= x and Y <= y) of standard normals, to rounding, elementwise (Owen 1956)."""
    h, k, rho = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (x, y, correlation)))
    rho = np.clip(rho, -1 + 1e-15, 1 - 1e-15)
    root = np.sqrt((1 - rho) * (1 + rho))
    apart = np.where((h * k < 0) | ((h * k == 0) & (h + k < 0)), 0.5, 0.0)
    half = (normal_cdf(h) + normal_cdf(k)) / 2
    found = half - _owen(h, k, rho, root) - _owen(k, h, rho, root) - apart
    centre = 0.25 + np.arcsin(rho) / (2 * np.pi)
    return np.asarray(np.where((h == 0) & (k == 0), centre, found).clip(0, 1), np.float64)


def _owen(h: Floats, k: Floats, rho: Floats, root: Floats) -> Floats:
    """Owen's T(h, (k/h - rho) / root), with its limit at h = 0."""
    safe = np.where(h == 0, 1.0, h)
    inside = _scipy().owens_t(h, (k / safe - rho) / root)
    return np.asarray(np.where(h == 0, np.sign(k) / 4, inside), np.float64)


def sobol_normals(n: int, dimensions: int, seed: int) -> Floats:
    """`n` (a power of 2) standard normals in each dimension, on scrambled Sobol' points (Owen 1998)."""
    from scipy.stats import qmc  # type: ignore[import-untyped]

    points = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed)).random(n)
    return np.asarray(_scipy().ndtri(np.clip(points, 1e-12, 1 - 1e-12)), np.float64)
