"""Whether groups last differently: the log-rank test, and the difference of two restricted means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tongtu.lifetimes.special import Floats, Ints, chi_square_above, normal_cdf, two_sided
from tongtu.lifetimes.survival import Means


@dataclass(frozen=True, slots=True)
class LogRank:
    """`observed`, `expected` [groups]; `statistic` is chi-square with `freedom` degrees where nothing differs;
    `p`: the chance of at least so much. Not numbers where there is nothing to compare."""

    observed: Floats
    expected: Floats
    statistic: float
    freedom: int
    p: float


def log_rank(
    times: npt.ArrayLike, left: npt.ArrayLike, group: npt.ArrayLike, *, entry: npt.ArrayLike | None = None
) -> LogRank:  # fmt: skip
    """Mantel's test of equal hazards over all groups (Mantel 1966; Peto and Peto 1972), ties by the hypergeometric
    variance. One row per case, as in `survival`; groups in which nobody was ever at risk are left out.
    """
    ends, gone = np.asarray(times, np.float64), np.asarray(left).astype(bool)
    of = np.asarray(group, np.int64)
    since = np.full(len(ends), -1.0) if entry is None else np.where(np.asarray(entry) > 0, entry, -1.0)
    distinct = np.unique(ends[gone])
    tables = [_table(ends[of == g], gone[of == g], since[of == g], distinct) for g in range(_groups(of))]
    risk, events = (np.array(side).reshape(len(tables), len(distinct)) for side in zip(*tables, strict=True))
    n, d = risk.sum(axis=0), events.sum(axis=0)
    expected, observed = (risk / n * d).sum(axis=1), events.sum(axis=1)
    spread = np.where(n > 1, d * (n - d) / np.maximum(n - 1, 1), 0.0)
    shares = risk / n
    covariance = np.diag((spread * shares).sum(axis=1)) - (spread * shares) @ shares.T
    kept = np.flatnonzero(risk.sum(axis=1) > 0)
    inner = covariance[np.ix_(kept, kept)]
    rank = int(np.linalg.matrix_rank(inner, hermitian=True)) if len(kept) else 0
    if rank == 0:
        return LogRank(observed, expected, float("nan"), 0, float("nan"))
    gap = (observed - expected)[kept]
    statistic = float(gap @ np.linalg.pinv(inner, hermitian=True) @ gap)
    return LogRank(observed, expected, statistic, rank, chi_square_above(rank, statistic))


def _groups(of: Ints) -> int:
    return int(of.max()) + 1 if len(of) else 1


def _table(
    ends: Floats, gone: npt.NDArray[np.bool_], since: Floats, distinct: Floats
) -> tuple[Floats, Floats]:  # fmt: skip
    """[distinct] At risk and leaving of one group at every time at which anybody leaves."""
    entered = np.searchsorted(np.sort(since), distinct, "left")
    over = np.searchsorted(np.sort(ends), distinct, "left")
    events = np.bincount(np.searchsorted(distinct, ends[gone]), minlength=len(distinct))
    return np.asarray(entered - over, np.float64), events.astype(np.float64)


@dataclass(frozen=True, slots=True)
class Difference:
    """[…] second minus first, its ends, and the chance of at least so much where nothing differs (two-sided)."""

    value: Floats
    low: Floats
    high: Floats
    p: Floats


def difference(means: Means, first: npt.ArrayLike, second: npt.ArrayLike, coverage: float = 0.95) -> Difference:
    """Restricted means of groups `second` minus those of `first`, at one tau for both (Royston and Parmar 2013).

    Not numbers where either was not followed that long.
    """
    a, b = np.asarray(first, np.int64), np.asarray(second, np.int64)
    value = means.mean[b] - means.mean[a]
    error = np.sqrt(means.error[a] ** 2 + means.error[b] ** 2)
    reach = two_sided(coverage) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(error > 0, 2 * normal_cdf(-np.abs(value / error)), np.nan)
    return Difference(value, value - reach, value + reach, np.asarray(p))
