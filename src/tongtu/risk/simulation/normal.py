"""The standard normal, elementwise: its distribution in the precision given, its quantiles and its density."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Real = TypeVar("Real", np.float32, np.float64)


def _scipy() -> Any:
    import scipy.special  # type: ignore[import-untyped]

    return scipy.special


def cdf(x: npt.NDArray[Real]) -> npt.NDArray[Real]:
    found: npt.NDArray[Real] = _scipy().ndtr(x)
    return found


def quantile(chance: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return np.asarray(_scipy().ndtri(chance), np.float64)


def density(x: npt.NDArray[Real]) -> npt.NDArray[Real]:
    found: npt.NDArray[Real] = np.exp(x * x * x.dtype.type(-0.5)) * x.dtype.type(1 / np.sqrt(2 * np.pi))
    return found
