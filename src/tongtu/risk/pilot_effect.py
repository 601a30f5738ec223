"""How much a pilot run raises the odds: a published rise as a prior, and what selection alone would make of it.

Published shares of success with and without a pilot run compare cases that were chosen for it with others. Were the
choice made by a signal that goes with success, the rise would appear without any effect. So the published rise enters
only as a labelled prior with an explicit causal share: 0, all of it is selection; 1, all of it is the pilot run's.
In between the log odds are raised by that share of the published difference of log odds. Ours, and labelled so.

Selection: success and the signal are two normal variables with correlation r, cut where a case succeeds (share
`base`) and where it is admitted (share `admitted`); the share that succeeds among the admitted is a quadrant of the
bivariate normal distribution (Tallis 1961).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import polars as pl

from tongtu.risk.special import bivariate_normal, normal_quantile
from tongtu.terms.faults import DataRefused, Fault
from tongtu.terms.why import Ratio, Why


@dataclass(frozen=True, slots=True)
class PilotEffect:
    """Odds without and with a pilot run under one causal share, and how large the published rise is.

    `e_value`: how strongly a hidden common cause would have to go with both, as risk ratios, to explain all of it
    (VanderWeele and Ding 2017).
    """

    p_without: float
    p_with: float
    risk_ratio: float
    odds_ratio: float
    e_value: float
    why: Why


def pilot_effect(base: float, published: float, *, causal_share: float, source: str) -> PilotEffect:
    """`base` and `published`: the published shares that succeed without and with a pilot run, in 0..1.

    Raises DataRefused with every figure that is none, or where no source is named.
    """
    _check(("base", base, 0.0, 1.0, False), ("published", published, 0.0, 1.0, False),
           ("causal_share", causal_share, 0.0, 1.0, True), source=source)  # fmt: skip
    rise = _logit(published) - _logit(base)
    p_with = 1 / (1 + exp(-(_logit(base) + causal_share * rise))) if causal_share else base
    ratio = published / base
    apart = max(ratio, 1 / ratio)
    args = {"base": Ratio(base), "published": Ratio(published), "causal": Ratio(causal_share), "p": Ratio(p_with),
            "source": source}  # fmt: skip
    return PilotEffect(base, p_with, ratio, exp(rise), apart + sqrt(apart * (apart - 1)), Why("risk_odds.pilot", args))


def sensitivity(
    base: float, published: float, shares: Sequence[float] = (0.0, 0.25, 0.5, 0.75, 1.0), *, source: str
) -> pl.DataFrame:
    """What each causal share makes of the published rise: causal_share, p_without, p_with, uplift, why."""
    found = [(share, pilot_effect(base, published, causal_share=share, source=source)) for share in shares]
    rows = [(share, one.p_without, one.p_with, one.p_with - one.p_without, one.why.to_json()) for share, one in found]
    figures = dict.fromkeys(("causal_share", "p_without", "p_with", "uplift"), pl.Float64())
    return pl.DataFrame(rows, {**figures, "why": pl.String()}, orient="row")


def selection(
    base: float, correlations: Sequence[float] = (0.3, 0.5, 0.7), admitted: Sequence[float] = (0.05, 0.1, 0.2)
) -> pl.DataFrame:
    """What selection alone produces: correlation, admitted, p (share that succeeds among the admitted), why."""
    _check(("base", base, 0.0, 1.0, False), *(("correlation", r, -1.0, 1.0, False) for r in correlations),
           *(("admitted", share, 0.0, 1.0, False) for share in admitted))  # fmt: skip
    rows = []
    for r in correlations:
        for share in admitted:
            p = selected(base, r, share)
            told = {"base": Ratio(base), "r": r, "admitted": Ratio(share), "p": Ratio(p)}
            rows.append((r, share, p, Why("risk_odds.selection", told).to_json()))
    figures = dict.fromkeys(("correlation", "admitted", "p"), pl.Float64())
    return pl.DataFrame(rows, {**figures, "why": pl.String()}, orient="row")


def selected(base: float, correlation: float, admitted: float) -> float:
    """Share that succeeds among the best `admitted` by a signal of that correlation, without any effect."""
    both = bivariate_normal(normal_quantile(base), normal_quantile(admitted), correlation)
    return float(both) / admitted


def _check(*figures: tuple[str, float, float, float, bool], source: str | None = None) -> None:
    """Each figure within its limits, ends included or not."""
    wrong = [name for name, x, low, high, ends in figures if not (low <= x <= high if ends else low < x < high)]
    faults = [Fault(Why(f"risk_odds.pilot-{name.replace('_', '-')}"), Why("risk_odds.pilot-repair")) for name in wrong]
    if source is not None and not source.strip():
        faults.append(Fault(Why("risk_odds.pilot-source"), Why("risk_odds.pilot-source-repair")))
    if faults:
        raise DataRefused(faults)


def _logit(p: float) -> float:
    return log(p / (1 - p))
