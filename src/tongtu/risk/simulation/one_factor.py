"""The one-factor model in closed form and by quadrature: what simulation is checked against, and quick answers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tongtu.risk.simulation.normal import cdf, density, quantile
from tongtu.risk.simulation.usable import fault
from tongtu.terms.faults import UsageFault

Floats = npt.NDArray[np.float64]

_REACH, _NODES = 9.0, 4_001


def vasicek_quantile(p: float, rho: float, level: float) -> float:
    """The share of a boundless pool of like cases that fails, not exceeded with chance `level` (Vasicek 2002).

    `p` is each case's chance of failing, `rho` the correlation. Raises UsageFault outside 0 < p, level < 1 and
    0 <= rho < 1.
    """
    _inside(p=p, level=level, rho=rho)
    return float(cdf((quantile(p) + np.sqrt(rho) * quantile(level)) / np.sqrt(1 - rho)))


def hit_counts(n: int, p: float, rho: float) -> Floats:
    """Chance of 0, 1, … n successes among `n` like cases with chance `p` each and correlation `rho` (one factor).

    The trapezium rule over the factor, which for such an integrand is exact to rounding.
    """
    from scipy.stats import binom  # type: ignore[import-untyped]

    _inside(p=p, rho=rho)
    if rho == 0:
        return np.asarray(binom.pmf(np.arange(n + 1), n, p), np.float64)
    z = np.linspace(-_REACH, _REACH, _NODES)
    weight = density(z) * (z[1] - z[0])
    given = cdf((quantile(p) + np.sqrt(rho) * z) / np.sqrt(1 - rho))
    return np.asarray(weight @ binom.pmf(np.arange(n + 1), n, given[:, None]), np.float64)


def hits(n: int, p: float, rho: float, at_least: int) -> float:
    """P(at least so many of `n` like cases succeed): the megafund's question (Fernandez, Stein and Lo 2012)."""
    return float(hit_counts(n, p, rho)[max(at_least, 0) :].sum())


def _inside(**values: float) -> None:
    faults = []
    for name, value in values.items():
        good = 0 <= value < 1 if name == "rho" else 0 < value < 1
        if not good:
            faults.append(fault("rho-outside" if name == "rho" else "chance-outside", name=name, value=value))
    if faults:
        raise UsageFault(faults)
