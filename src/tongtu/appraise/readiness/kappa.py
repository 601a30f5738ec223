"""Agreement beyond chance: weighted kappa of two raters, Krippendorff's alpha of several.

Cohen (1968), Psychological Bulletin 70:213; large-sample error by Fleiss, Cohen and Everitt (1969), ibid. 72:323.
Krippendorff, Content Analysis, ch. 12: ordinal metric, values missing at will; its interval is a bootstrap over units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Weights = Literal["none", "linear", "quadratic"]
_DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Kappa:
    """`value` and its interval in -1..1; all null where chance alone would agree fully. `n`: things rated by both."""

    value: float | None
    se: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Alpha:
    """`value` and its interval; null where fewer than two values differ. `units`: things rated by two or more."""

    value: float | None
    low: float | None
    high: float | None
    units: int
    raters: int


def weighted_kappa(
    first: Sequence[Any], second: Sequence[Any], *, categories: Sequence[Any] | None = None,
    weights: Weights = "linear", level: float = 0.95,
) -> Kappa:  # fmt: skip
    """Agreement of two raters over the same things, in the order of `categories` (default: those that occur).

    Distances count places in that order: give all levels of a scale where some were never used. Raises ValueError
    where the two are of different length or a value is no category.
    """
    if len(first) != len(second):
        raise ValueError("two raters rate the same things")
    order = list(categories) if categories is not None else sorted({*first, *second})
    place = {category: i for i, category in enumerate(order)}
    if unknown := {*first, *second} - place.keys():
        raise ValueError(f"no category: {sorted(map(str, unknown))}")
    size, n = len(order), len(first)
    if size < 2 or n == 0:
        return Kappa(None, None, None, None, n)
    table = np.zeros((size, size))
    np.add.at(table, ([place[x] for x in first], [place[x] for x in second]), 1.0)
    return _kappa(table / n, _agreeing(size, weights), n, level)


def _agreeing(size: int, weights: Weights) -> Floats:
    apart = np.abs(np.subtract.outer(np.arange(size), np.arange(size))) / (size - 1)
    if weights == "none":
        return np.asarray(apart == 0, np.float64)
    return np.asarray(1 - (apart if weights == "linear" else apart**2), np.float64)


def _kappa(share: Floats, weight: Floats, n: int, level: float) -> Kappa:
    rows, columns = share.sum(1), share.sum(0)
    seen, chance = float((weight * share).sum()), float(rows @ weight @ columns)
    if 1 - chance < 1e-12:
        return Kappa(None, None, None, None, n)
    value = (seen - chance) / (1 - chance)
    means = (weight @ columns)[:, None] + (rows @ weight)[None, :]
    spread = (share * (weight * (1 - chance) - means * (1 - seen)) ** 2).sum()
    variance = (spread - (seen * chance - 2 * chance + seen) ** 2) / (n * (1 - chance) ** 4)
    se = float(np.sqrt(max(variance, 0.0)))
    reach = NormalDist().inv_cdf((1 + level) / 2) * se
    return Kappa(value, se, max(value - reach, -1.0), min(value + reach, 1.0), n)


def krippendorff_alpha(
    ratings: npt.ArrayLike, *, metric: Literal["ordinal", "interval", "nominal"] = "ordinal", level: float = 0.95,
    seed: int = 0,
) -> Alpha:  # fmt: skip
    """ratings: raters × units, NaN where a rater did not rate. The interval draws units again 1,000 times."""
    values = np.asarray(ratings, np.float64)
    known = values[~np.isnan(values)]
    order = np.unique(known)
    counts = np.stack([(values == one).sum(0) for one in order], 1) if order.size else np.zeros((values.shape[1], 0))
    raters = int((~np.isnan(values)).any(1).sum())
    paired = np.asarray(counts[counts.sum(1) >= 2], np.float64)
    units = len(paired)
    if units == 0 or order.size < 2:
        return Alpha(None, None, None, units, raters)
    pairs = (paired[:, :, None] * paired[:, None, :] - np.eye(order.size) * paired[:, :, None]) / (
        paired.sum(1) - 1
    )[:, None, None]  # fmt: skip
    value = _alpha(pairs.sum(0)[None], order, metric)[0]
    if np.isnan(value):
        return Alpha(None, None, None, units, raters)
    picks = np.random.default_rng(seed).multinomial(units, np.full(units, 1 / units), _DRAWS).astype(np.float64)
    drawn = _alpha((picks @ pairs.reshape(units, -1)).reshape(_DRAWS, order.size, order.size), order, metric)
    # a draw in which everything is alike agrees fully: leaving it out would bend the interval downward
    low, high = np.quantile(np.nan_to_num(drawn, nan=1.0), [(1 - level) / 2, (1 + level) / 2])
    return Alpha(float(value), float(low), float(high), units, raters)


def _alpha(pairs: Floats, order: Floats, metric: str) -> Floats:
    """Of each table of coincidences; NaN where all values are alike."""
    totals = pairs.sum(2)
    n = totals.sum(1)
    apart = _distances(totals, order, metric)
    seen = (pairs * apart).sum((1, 2))
    chance = np.einsum("bi,bij,bj->b", totals, apart, totals)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(chance > 0, 1 - (n - 1) * seen / chance, np.nan), np.float64)


def _distances(totals: Floats, order: Floats, metric: str) -> Floats:
    """Squared distances between values, for each table."""
    if metric == "ordinal":
        upto = np.cumsum(totals, 1) - totals / 2  # the middle rank of each value
        return np.asarray((upto[:, :, None] - upto[:, None, :]) ** 2, np.float64)
    plain = np.subtract.outer(order, order) ** 2 if metric == "interval" else 1 - np.eye(order.size)
    return np.broadcast_to(plain, (len(totals), *plain.shape))
