"""How many cases become industry: exact given the factors for a small book, a normal for a large one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.risk.simulation.copula import Copula
from tongtu.risk.simulation.portfolio import Portfolio

Floats = npt.NDArray[np.float64]

EXACT = 300  # cases up to which the Poisson binomial is convolved
_POINTS = 2_048  # points at which it is
_EDGES = 501  # counts at which a large book is looked at,
_ENDS = 1e-9  # between these tails


def success(copula: Copula, z: Floats) -> Floats:
    """Each case's chance of passing all its stages, at each point: cases × points."""
    found = np.zeros((len(copula.book), len(z)))
    for group in copula.groups:
        found[group.cases] = copula.survival(group, z)[-1]
    return found


def counted(run: Portfolio) -> pl.DataFrame:
    """`count`, `p` (of exactly so many) and `at_least`; counts beyond both ends of what is likely are left out."""
    n = len(run.copula.book)
    if n <= EXACT:
        chosen = _first(run)
        weight = run.points.weight[chosen]
        pmf = _convolved(success(run.copula, run.points.z[chosen]), weight / weight.sum())
    else:
        pmf = _smooth(run, n)
    pmf = np.maximum(pmf, 0) / max(pmf.sum(), 1e-300)
    at_least = np.minimum(np.cumsum(pmf[::-1])[::-1], 1.0)
    seen = np.flatnonzero(pmf > 1e-12)
    kept = slice(int(seen[0]), int(seen[-1]) + 1) if len(seen) else slice(0, 1)
    return pl.DataFrame({"count": np.arange(n + 1)[kept], "p": pmf[kept], "at_least": at_least[kept]})


def _first(run: Portfolio) -> npt.NDArray[np.int64]:
    """The first points of every scrambling: the beginning of a net is a net."""
    each = max(1, _POINTS // run.points.sets)
    return np.concatenate([np.arange(of.start, min(of.start + each, of.stop)) for of in run.points.each()])


def _convolved(chance: Floats, weight: Floats) -> Floats:
    """The Poisson binomial at every point, case after case."""
    n = len(chance)
    pmf = np.zeros((n + 1, chance.shape[1]))
    pmf[0] = 1.0
    for k in range(n):
        moved = pmf[: k + 1] * chance[k]
        pmf[: k + 1] -= moved
        pmf[1 : k + 2] += moved
    return np.asarray(pmf @ weight)


def _smooth(run: Portfolio, n: int) -> Floats:
    """The portfolio's normals between the halves, looked at where the count is likely to lie."""
    mixture = run.mixture("count" if "count" in run.own else "outcome")
    low, high = (mixture.quantile(level) for level in (_ENDS, 1 - _ENDS))
    likely = np.linspace(max(np.floor(low), 0), min(np.ceil(high) + 1, n + 1), min(n + 2, _EDGES))
    edges = np.unique(np.r_[0, np.round(likely), n + 1]).astype(np.int64)
    beyond = np.array([mixture.exceed(float(edge) - 0.5) for edge in edges])
    beyond[0], beyond[-1] = 1.0, 0.0
    return np.asarray(-np.diff(np.interp(np.arange(n + 2), edges, beyond)))
