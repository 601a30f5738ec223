"""Staged terms between the side that holds a technology and the side that takes it: entry fee, milestones,
royalty, and payment deferred until after use.

Two sides that differ in what they believe, how they discount, or what else they could do put different prices on
the same payment. Terms that both prefer to no deal, where there are any, follow from a linear program: it raises
the smaller of the two gains as far as it goes (the egalitarian solution, Kalai 1977). Where both see a payment
alike, it matters to neither which is used: then the latest, or the earliest, are taken. Nothing is created here
but by the difference in views; each side's value is reckoned with its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import polars as pl

from tongtu.risk.costtime.checks import rate_faults
from tongtu.risk.multipliers import Floats
from tongtu.risk.value.bargain import Bargain, Limits
from tongtu.risk.value.flows import yearly
from tongtu.risk.value.reading import accepted
from tongtu.risk.value.sides import Ladder, Side, View, view
from tongtu.solve.solution import Relax, Solution
from tongtu.terms.faults import Fault, UsageFault
from tongtu.terms.money import Money
from tongtu.terms.why import Why

_TERMS = {
    "term": pl.String(), "stage": pl.String(), "amount": pl.Int64(), "share": pl.Float64(),
    "holder_value": pl.Int64(), "taker_value": pl.Int64(),
}  # fmt: skip
_SIDES = {
    "side": pl.String(), "alone": pl.Int64(), "before": pl.Int64(), "after": pl.Int64(), "gain": pl.Int64(),
    "loss_chance": pl.Float64(), "worst": pl.Int64(), "sd": pl.Int64(),
}  # fmt: skip
_OUTCOMES = {"side": pl.String(), "failed": pl.String(), "p": pl.Float64(), "result": pl.Int64()}


@dataclass(frozen=True)
class Deal:
    """`terms` that leave both at least as well off as no deal (empty: there are none); `sides` before and after;
    `outcomes`: what each side ends with, discounted, if the case fails at a stage or (null) succeeds, with the
    odds it sees. `gap_upfront` is the gap between asking and bidding price for one payment at signing; `gap` what
    is left of it under the best terms, that is the least a third party would have to pay at signing."""

    terms: pl.DataFrame
    sides: pl.DataFrame
    outcomes: pl.DataFrame
    gap_upfront: int | None
    gap: int | None
    solution: Solution
    why: Why


def staged_terms(
    case: str, cases: pl.DataFrame, stages: pl.DataFrame, flows: pl.DataFrame, *, holder: Side, taker: Side,
    as_of: date, limits: Limits | None = None, holder_pays: float = 0.0, prefer: Literal["late", "early"] = "late",
    index: Mapping[int, float] | None = None, rates: pl.DataFrame | None = None,
) -> Deal:  # fmt: skip
    """Terms for one case; `cases`, `stages`, `flows`, `index` and `rates` as for `value`.

    The taker has the cash flows of the market years and pays the terms; the holder bears the share `holder_pays`
    of the stage costs, the taker the rest. `terms`: `entry`; `milestone` (for passing a stage); `royalty`
    (`share` of revenue of every market year); `deferred`. `amount` is minor units of the case's currency, with
    what each side expects of it, discounted. Terms that are 0 are left out. What is not known leaves an empty
    deal and a reason. Raises UsageFault for sides or limits that cannot be, DataRefused as `value` does.
    """
    limits = limits or Limits()
    _usable(holder, taker, limits, holder_pays)
    own = cases.filter(pl.col("case") == case)
    ahead, _ = accepted(
        own, stages.filter(pl.col("case") == case), flows, rate=taker.rate, as_of=as_of, index=index, rates=rates
    )
    market = yearly(own, flows, as_of=as_of, index=index, rates=rates)
    unknown = _unknown(ahead, market, own)
    if unknown:
        return _none(Why("risk_value.unknown", {}, tuple(unknown)))
    currency = str(market["taken"][0])
    ladder = Ladder.of(ahead, market, as_of, limits.deferred_year)
    views = [view(holder, ladder, pays=holder_pays, takes=False), view(taker, ladder, pays=1 - holder_pays, takes=True)]
    problem = Bargain(views, holder.alone - views[0].base, views[1].base - taker.alone, limits)
    terms, least = problem.best(prefer)
    if terms is None:
        return _none(Why("risk_value.limits-clash"))
    gap = 0.0 if least >= 0 else problem.shortfall()
    return _deal(ladder, problem, terms if least >= 0 else None, (holder.alone, taker.alone), currency, least, gap)


def _usable(holder: Side, taker: Side, limits: Limits, holder_pays: float) -> None:
    faults: list[Fault] = []
    for name, side in (("holder", holder), ("taker", taker)):
        faults += rate_faults(side.rate, f"{name}.rate")
        odds = (side.odds or {}).values()
        if not (all(0 <= p <= 1 for p in odds) and 0 <= side.factor < np.inf):
            faults.append(Fault(Why("risk_value.side", {"side": name}), Why("risk_value.side-repair", {"side": name})))
    shares = {"entry_share": (0.0, limits.entry_share), "holder_pays": (0.0, holder_pays)}
    ranges = {name: getattr(limits, name) for name in ("entry", "milestone", "royalty", "deferred")}
    for name, (low, high) in (ranges | shares).items():
        if not 0 <= low <= high or (name in ("royalty", *shares) and high > 1):
            args = {"name": name, "low": low, "high": high}
            faults.append(Fault(Why("risk_value.limit", args), Why("risk_value.limit-repair", args)))
    if faults:
        raise UsageFault(faults)


def _unknown(stages: pl.DataFrame, market: pl.DataFrame, own: pl.DataFrame) -> list[Why]:
    missing = [Why("risk_value.no-flows")] if market.is_empty() else []
    years = {*stages["price_year"].drop_nulls(), *market["taken_year"].drop_nulls()}
    if market["mean"].null_count() or len(years) > 1:
        missing.append(Why("risk_value.price-years"))
    if stages.is_empty() or own.is_empty():
        missing.append(Why("risk_value.no-stages"))
    names = {"odds": "p", "cost": "cost", "days": "days"}
    return missing + [Why(f"risk_value.no-{what}") for what, c in names.items() if stages[c].null_count()]


# ------------------------------------------------------------------------------------------ the tables


def _none(why: Why) -> Deal:
    terms, sides, outcomes = (pl.DataFrame(schema=s) for s in (_TERMS, _SIDES, _OUTCOMES))
    return Deal(terms, sides, outcomes, None, None, Solution("staged-terms", "empty"), why)


def _deal(
    ladder: Ladder, problem: Bargain, terms: Floats | None, alone: tuple[float, float], currency: str, least: float,
    gap: float,
) -> Deal:  # fmt: skip
    upfront = max(0, round(problem.ask - problem.bid))
    said = {"ask": Money(round(problem.ask), currency), "bid": Money(round(problem.bid), currency)}
    views = problem.views
    if terms is None:
        left = Why("risk_value.gap-stays", {**said, "gap": Money(round(gap), currency)})
        solution = Solution("staged-terms", "infeasible", unit=currency, relax=(Relax(left, gap, currency),))
        sides = [_side(n, v, a, None) for n, v, a in zip(("holder", "taker"), views, alone, strict=True)]
        return Deal(
            pl.DataFrame(schema=_TERMS), pl.DataFrame(sides, _SIDES, orient="row"), pl.DataFrame(schema=_OUTCOMES),
            upfront, round(gap), solution, left,
        )  # fmt: skip
    results = [views[0].bare + views[0].paths @ terms, views[1].bare - views[1].paths @ terms]
    sides = [_side(*row) for row in zip(("holder", "taker"), views, alone, results, strict=True)]
    failed = [*ladder.stages, None]
    outcomes = [
        (name, stage, float(p), round(x))
        for name, v, result in zip(("holder", "taker"), views, results, strict=True)
        for stage, p, x in zip(failed, v.chance, result, strict=True)
    ]
    why = Why("risk_value.deal-upfront" if upfront == 0 else "risk_value.deal-closes", said)
    solution = Solution("staged-terms", "optimal", least, least, currency)
    return Deal(
        pl.DataFrame(list(_listed(ladder, views, terms)), _TERMS, orient="row"),
        pl.DataFrame(sides, _SIDES, orient="row"), pl.DataFrame(outcomes, _OUTCOMES, orient="row"),
        upfront, 0, solution, why,
    )  # fmt: skip


def _listed(ladder: Ladder, views: Sequence[View], terms: Floats) -> Iterator[tuple[Any, ...]]:
    k = len(ladder.stages)
    names = [("entry", None), *(("milestone", stage) for stage in ladder.stages), ("royalty", None), ("deferred", None)]
    for column, (term, stage) in enumerate(names):
        if terms[column] > 0:
            figure = (None, float(terms[column])) if column == k + 1 else (round(terms[column]), None)
            yield term, stage, *figure, *(round(v.each[column] * terms[column]) for v in views)


def _side(name: str, own: View, alone: float, result: Floats | None) -> tuple[Any, ...]:
    before = round(own.base)
    if result is None:
        return name, round(alone), before, None, None, None, None, None
    mean = float(own.chance @ result)
    possible = own.chance > 0
    sd = float(own.chance @ (result - mean) ** 2) ** 0.5
    loss = float(own.chance[result < -0.5].sum())
    return (
        name,
        round(alone),
        before,
        round(mean),
        round(mean - alone),
        loss,
        round(float(np.min(result[possible]))),
        round(sd),
    )
