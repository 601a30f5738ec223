"""The special functions of intervals and tests: scipy's, loaded at first use, with types."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def _scipy() -> Any:
    import scipy.special  # type: ignore[import-untyped]

    return scipy.special


def normal_quantile(chance: float) -> float:
    return float(_scipy().ndtri(chance))


def normal_cdf(x: npt.ArrayLike) -> Floats:
    return np.asarray(_scipy().ndtr(x), np.float64)


def beta_quantile(a: npt.ArrayLike, b: npt.ArrayLike, chance: float) -> Floats:
    return np.asarray(_scipy().betaincinv(a, b, chance), np.float64)


def gamma_quantile(shape: npt.ArrayLike, chance: float) -> Floats:
    """Quantile of a gamma law of that shape and scale 1."""
    return np.asarray(_scipy().gammaincinv(shape, chance), np.float64)


def chi_square_above(freedom: float, x: float) -> float:
    return float(_scipy().chdtrc(freedom, x))


def two_sided(coverage: float) -> float:
    """How many standard errors lie on either side of an interval of that coverage. Raises ValueError."""
    if not 0 < coverage < 1:
        raise ValueError(f"coverage {coverage} is not between 0 and 1")
    return normal_quantile((1 + coverage) / 2)
