"""Scores of probabilities: how good they were, once it is known what happened.

`p` are probabilities, `y` what happened (0 or 1), both one-dimensional and equally long. Lower is better for
`brier`, `log_loss`, `ece` and both CRPS; 0.5 is chance for `auc`. Proper scores (Brier 1950; Good 1952; Matheson and
Winkler 1976; Gneiting and Raftery 2007) cannot be bettered by saying anything but what one believes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
import numpy.typing as npt
import polars as pl

from tongtu.risk.special import beta_quantile, normal_cdf

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: a probability of exactly 0 or 1 that was wrong costs this much belief, not all of it
_EDGE = 1e-15


def brier(p: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Mean squared distance."""
    p, y = _pair(p, y)
    return float(np.mean((p - y) ** 2))


def log_loss(p: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Mean of −log of the probability given to what happened, in nats."""
    p, y = _pair(p, y)
    p = np.clip(p, _EDGE, 1 - _EDGE)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log1p(-p)))


def auc(score: npt.ArrayLike, y: npt.ArrayLike) -> float | None:
    """Chance that a case that succeeded scores higher than one that did not, ties half; None where one is missing."""
    score, y = _pair(score, y)
    ones, zeros = float(y.sum()), float(len(y) - y.sum())
    if not ones or not zeros:
        return None
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = np.cumsum(count) - (count - 1) / 2
    return float((rank[place][y > 0.5].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def reliability(p: npt.ArrayLike, y: npt.ArrayLike, bins: int = 10) -> pl.DataFrame:
    """What was said beside what happened: bin, n, p_mean, rate, low, high (80 % for the rate, Jeffreys), from low to
    high. Bins hold equally many cases; equal probabilities stay together, so there may be fewer."""
    p, y = _pair(p, y)
    order = np.argsort(p, kind="stable")
    place = np.empty(len(p), np.int64)
    place[order] = np.arange(len(p)) * bins // max(len(p), 1)
    _, same = np.unique(p, return_inverse=True)
    first = np.full(same.max(initial=-1) + 1, bins)
    np.minimum.at(first, same, place)
    frame = pl.DataFrame({"bin": first[same], "p": p, "y": y}, schema_overrides={"bin": pl.Int64})
    found = frame.group_by("bin").agg(n=pl.len().cast(pl.Int64), p_mean=pl.col("p").mean(), rate=pl.col("y").mean())
    found = found.sort("bin").with_columns(bin=pl.int_range(pl.len(), dtype=pl.Int64))
    passed = (found["rate"] * found["n"]).to_numpy()
    n = found["n"].to_numpy()
    low, high = (beta_quantile(passed + 0.5, n - passed + 0.5, tail) for tail in (0.1, 0.9))
    return found.with_columns(pl.Series("low", low, pl.Float64), pl.Series("high", high, pl.Float64))


def ece(p: npt.ArrayLike, y: npt.ArrayLike, bins: int = 10) -> float:
    """Expected calibration error: mean distance of said and seen over the bins of `reliability`, by cases."""
    found = reliability(p, y, bins)
    n, said, seen = (found[name].to_numpy() for name in ("n", "p_mean", "rate"))
    return float(n @ np.abs(said - seen)) / max(int(n.sum()), 1)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logistic regression of what happened on the log odds that were said (Cox 1958): 1 and 0 are perfect; a slope
    below 1: too sure. Both None where there is nothing to tell them by."""

    slope: float | None
    intercept: float | None


def calibration(p: npt.ArrayLike, y: npt.ArrayLike) -> Calibration:
    p, y = _pair(p, y)
    p = np.clip(p, 1e-12, 1 - 1e-12)
    x = np.log(p / (1 - p))
    if not len(x) or np.ptp(x) < 1e-9 or y.min() == y.max():
        return Calibration(None, None)
    if x[y > 0.5].min() >= x[y < 0.5].max() or x[y > 0.5].max() <= x[y < 0.5].min():
        return Calibration(None, None)  # told apart wholly: no slope is steep enough
    rows = np.column_stack([np.ones_like(x), x])
    b = np.array([0.0, 1.0])
    for _ in range(50):
        fitted = 1 / (1 + np.exp(-np.clip(rows @ b, -40, 40)))
        weight = np.maximum(fitted * (1 - fitted), 1e-12)
        step = np.linalg.lstsq((rows * weight[:, None]).T @ rows, rows.T @ (y - fitted), rcond=None)[0]
        b = b + np.clip(step, -5, 5)
        if np.abs(step).max() < 1e-10:
            break
    return Calibration(float(b[1]), float(b[0]))


def crps_normal(mean: npt.ArrayLike, sd: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
    """Continuous ranked probability score of a normal forecast, elementwise, in the units of `x`; `sd` > 0, or 0 for
    a point. Closed form (Gneiting et al. 2005)."""
    mean, sd, x = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (mean, sd, x)))
    safe = np.where(sd > 0, sd, 1.0)
    z = (x - mean) / safe
    density = np.exp(-(z**2) / 2) / sqrt(2 * pi)
    score = safe * (z * (2 * normal_cdf(z) - 1) + 2 * density - 1 / sqrt(pi))
    return np.asarray(np.where(sd > 0, score, np.abs(x - mean)), np.float64)


def crps_sample(draws: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
    """CRPS of forecasts given as draws along the last axis: E|X − x| − E|X − X'| / 2, of the empirical distribution."""
    drawn = np.sort(np.asarray(draws, np.float64), axis=-1)
    n = drawn.shape[-1]
    seen = np.asarray(x, np.float64)[..., None]
    apart = (drawn * (2 * np.arange(n) - n + 1)).sum(axis=-1) / n**2
    return np.asarray(np.abs(drawn - seen).mean(axis=-1) - apart, np.float64)


def coverage(low: npt.ArrayLike, high: npt.ArrayLike, seen: npt.ArrayLike) -> float | None:
    """Share of what was seen that lies within its interval, ends included; None of nothing."""
    low, high, seen = (np.asarray(v, np.float64) for v in (low, high, seen))
    return float(((low <= seen) & (seen <= high)).mean()) if seen.size else None


def rolling_origin(times: npt.ArrayLike, least: int = 3, ahead: int = 1) -> Iterator[tuple[Mask, Mask]]:
    """Masks (past, next) for each origin: fit on all periods before it, test on the next `ahead`. At least `least`
    distinct periods come before the first origin."""
    times = np.asarray(times)
    periods = np.unique(times)
    for k in range(least, len(periods) - ahead + 1):
        yield times < periods[k], (times >= periods[k]) & (times <= periods[k + ahead - 1])


def _pair(p: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
    p, y = np.asarray(p, np.float64), np.asarray(y, np.float64)
    if p.shape != y.shape or p.ndim != 1:
        raise ValueError(f"one probability for each result, not {p.shape} and {y.shape}")
    return p, y
