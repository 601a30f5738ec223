"""The value of cases by stage: risk-adjusted, gate by gate, and with the right to decide later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from tongtu.risk.costtime.checks import rate_faults
from tongtu.risk.multipliers import Floats
from tongtu.risk.value.reading import accepted
from tongtu.risk.value.rights import Rights, on_lattice
from tongtu.risk.value.staged import Ladders, gate_values, ladders, spread, today
from tongtu.risk.value.tables import Valued, gates, values, waterfall
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.why import Why

#: A yearly volatility beyond this is none.
MOST = 2.0


@dataclass(frozen=True, slots=True)
class Valuation:
    """`values`: one row per case. `steps`: the waterfall from gross to whole. `gates`: value on entering each
    stage."""

    values: pl.DataFrame
    steps: pl.DataFrame
    gates: pl.DataFrame


def value(
    cases: pl.DataFrame, stages: pl.DataFrame, flows: pl.DataFrame, *, rate: float, as_of: date,
    volatility: float | None = None, rights: Rights | None = None, index: Mapping[int, float] | None = None,
    rates: pl.DataFrame | None = None, steps: int = 120,
) -> Valuation:  # fmt: skip
    """Risk-adjusted net present value of each case as of today, in real terms, and what rights add to it.

    `cases` and `flows` as for `payoffs`; `stages` is the stage frame (`p` and its Beta belief `a`, `b`; low,
    middle and high of cost and days; `start`). `rate` is real and yearly. `volatility` is the yearly one of what
    success is worth; without it, each case's follows from the range of its cash flows over the time to success.

    `values`: `gross` (cash flows not discounted), `rnpv`, its 10 and 90 % points from the doubt about odds, costs
    and cash flows, then what the rights to stop, expand and wait add in this order, and the `whole`. `steps`:
    `gross`, `odds` of each stage, `cost`, `time` (discounting), `rnpv`, `abandon`, `expand`, `wait`, `whole`;
    `change` is null on the totals `rnpv` and `whole`. `gates`: value on entering each stage in money of that day,
    going on to the end and (`value_with_stop`) with the rights to stop and expand. Figures are minor units.

    What is not known (no cash flows, no odds, no cost, no range for a volatility) leaves nulls and a reason.
    Raises DataRefused with every fault of the three tables, UsageFault for a rate, volatility or right that
    cannot be.
    """
    rights = rights or Rights()
    _usable(rate, volatility, rights)
    table, paid = accepted(cases, stages, flows, rate=rate, as_of=as_of, index=index, rates=rates)
    done = _valued(paid, table, rate, as_of, volatility, rights, steps)
    return Valuation(values(done), waterfall(done, table), gates(done, table, as_of))


def _usable(rate: float, volatility: float | None, rights: Rights) -> None:
    faults = [*rate_faults(rate), *rights.faults()]
    if volatility is not None and not 0 <= volatility <= MOST:
        args = {"value": volatility, "most": MOST}
        faults.append(Fault(Why("risk_value.volatility", args), Why("risk_value.volatility-repair", args)))
    if faults:
        raise UsageFault(faults)


def _valued(
    paid: pl.DataFrame, stages: pl.DataFrame, rate: float, as_of: date, volatility: float | None, rights: Rights,
    steps: int,
) -> Valued:  # fmt: skip
    """Everything by case: prices that do not agree, and cases without stages, have an unknown payoff."""
    years = stages.group_by("case", maintain_order=True).agg(
        missing_odds=pl.col("p").null_count(),
        missing_cost=pl.col("cost").null_count(),
        missing_days=pl.col("days").null_count(),
        certain_cost=(pl.col("cost_low").is_null() | pl.col("cost_high").is_null()).any(),
        ahead=pl.len(),
        years=pl.col("price_year").drop_nulls().unique().sort(),
    )
    joined = paid.drop("years").join(years, on="case", how="left", maintain_order="left")
    unlike = pl.col("price_year").is_not_null() & (
        pl.col("years").list.set_difference(pl.concat_list("price_year")).list.len() > 0
    )
    joined = joined.with_columns(unlike=unlike.fill_null(False))
    usable = pl.col("ahead").is_not_null() & ~pl.col("unlike")
    prize, sd = (
        joined.select(pl.when(usable).then(c)).to_series().to_numpy().astype(float) for c in ("payoff", "payoff_sd")
    )
    laid = ladders(stages, joined["case"].to_list(), prize, sd, as_of)
    at_gates = gate_values(laid, rate)
    rnpv = today(at_gates[:, 0], laid, rate)
    moving = _volatility(laid, volatility)
    worth = on_lattice(laid, rate, moving, rights, steps)
    return Valued(joined, laid, at_gates, rnpv, spread(laid, rate), moving, volatility is not None, worth, rights)


def _volatility(laid: Ladders, stated: float | None) -> Floats:
    """As stated, else what makes the doubt about the payoff arise evenly until the day of success."""
    if stated is not None:
        return np.full(len(laid.lead), stated)
    years = laid.entered[:, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.sqrt(np.log1p((laid.payoff_sd / laid.payoff) ** 2) / years)
    return np.where((laid.payoff > 0) & (found <= MOST), found, np.nan)
