"""The special functions this room needs: scipy's, loaded at first use, with types."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def _scipy() -> Any:
    import scipy.special  # type: ignore[import-untyped]

    return scipy.special


def log_beta(a: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
    return np.asarray(_scipy().betaln(a, b), np.float64)


def beta_quantile(a: npt.ArrayLike, b: npt.ArrayLike, chance: npt.ArrayLike) -> Floats:
    return np.asarray(_scipy().betaincinv(a, b, chance), np.float64)


def normal_quantile(chance: float) -> float:
    return float(_scipy().ndtri(chance))


def student_quantile(freedom: float, chance: float) -> float:
    return float(_scipy().stdtrit(freedom, chance))
