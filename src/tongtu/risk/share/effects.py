"""Random-effects pooling for members who report an effect and its standard error and nothing else.

y_i ~ N(θ_i, s_i²), θ_i ~ N(μ, τ²). τ² by DerSimonian and Laird (1986, moments) or by restricted maximum likelihood
(Fisher scoring from the moments, Viechtbauer 2005). Intervals of μ are normal, or Hartung and Knapp's (2001) with
t(k − 1), which keep their coverage with few members and are the default; the interval for a new member's effect is
that of Higgins, Thompson and Spiegelhalter (2009), t(k − 2), unknown below three members.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from tongtu.risk.share.refusal import fault
from tongtu.risk.special import normal_quantile, student_quantile
from tongtu.terms.faults import DataRefused

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Effects:
    """`mean` with `se` and interval; `tau2` between members, `q` and `i2` of heterogeneity; `next_low/high` where a new
    member's effect lies (NaN below three members); `shrunk` with `shrunk_se`: each member's own effect, pulled to the
    mean as far as it is unsure (τ² and μ as estimated)."""

    mean: float
    se: float
    low: float
    high: float
    tau2: float
    q: float
    i2: float
    next_low: float
    next_high: float
    shrunk: Floats
    shrunk_se: Floats


def pool_effects(
    effect: npt.ArrayLike, se: npt.ArrayLike, *, method: Literal["dl", "reml"] = "dl",
    interval: Literal["normal", "knapp"] = "knapp", coverage: float = 0.95,
) -> Effects:  # fmt: skip
    """Pools `effect` with standard errors `se`, one per member. Raises DataRefused with every figure that cannot be."""
    y, s = np.atleast_1d(np.asarray(effect, float)), np.atleast_1d(np.asarray(se, float))
    faults = [
        fault("risk_share.effect-wrong", row=k + 1)
        for k, (one, spread) in enumerate(zip(y, s, strict=True))
        if not (np.isfinite(one) and np.isfinite(spread) and spread > 0)
    ]
    if len(y) < 2:
        faults.append(fault("risk_share.effect-few", n=len(y)))
    if faults:
        raise DataRefused(faults)
    v = s**2
    q = float((((y - _mean(y, 1 / v)) ** 2) / v).sum())
    tau2 = _moments(v, q) if method == "dl" else _reml(y, v, _moments(v, q))
    w = 1 / (v + tau2)
    mean, k = _mean(y, w), len(y)
    se_mean = float(np.sqrt(1 / w.sum()))
    spread, reach = se_mean, normal_quantile(0.5 + coverage / 2)
    if interval == "knapp":
        spread = se_mean * float(np.sqrt(max((w * (y - mean) ** 2).sum() / (k - 1), 1.0)))
        reach = student_quantile(k - 1, 0.5 + coverage / 2)
    ahead = student_quantile(k - 2, 0.5 + coverage / 2) * float(np.sqrt(tau2 + se_mean**2)) if k > 2 else np.nan
    share = tau2 / (tau2 + v)
    return Effects(
        mean, se_mean, mean - reach * spread, mean + reach * spread, tau2, q, max(0.0, 1 - (k - 1) / q) if q else 0.0,
        mean - ahead, mean + ahead, mean + share * (y - mean),
        np.sqrt(share * v + (1 - share) ** 2 * se_mean**2),
    )  # fmt: skip


def _mean(y: Floats, w: Floats) -> float:
    return float((w * y).sum() / w.sum())


def _moments(v: Floats, q: float) -> float:
    w = 1 / v
    return max(0.0, (q - (len(v) - 1)) / float(w.sum() - (w**2).sum() / w.sum()))


def _reml(y: Floats, v: Floats, start: float) -> float:
    """The root of the restricted score, by Fisher scoring held at zero and above."""
    tau2 = start
    for _ in range(200):
        w = 1 / (v + tau2)
        mean, total = _mean(y, w), w.sum()
        score = (w**2 * (y - mean) ** 2).sum() - total + (w**2).sum() / total
        information = (w**2).sum() - 2 * (w**3).sum() / total + ((w**2).sum() / total) ** 2
        step = score / information
        moved = max(0.0, tau2 + step)
        if abs(moved - tau2) <= 1e-12 * (1 + tau2):
            return float(moved)
        tau2 = moved
    return float(tau2)
